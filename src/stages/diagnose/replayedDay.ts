import type { DayStates } from '../../model/buckets.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { Replay } from '../replay/replay.js';

/** A day and what a model that has not seen it says of its moves. */
export interface ReplayedDay {
  readonly day: DayStates;
  readonly replay: Replay;
  /** N×N, bps per million, and whether impact is concave beside it. */
  readonly model: { readonly K: DenseMatrix; readonly concave?: object | undefined };
}

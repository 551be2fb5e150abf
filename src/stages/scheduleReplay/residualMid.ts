import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import type { PredictedMoves } from '../replay/replay.js';
import type { ExecutedBasket } from './basket.js';

/**
 * How far the mid had moved, since the basket began, by what neither factors nor the fitted impact of all flow explain, when a
 * bucket traded: half of its own move included, T×m. A move that is missing counts as zero.
 */
export function residualMid(
  { names: all, residualBps, predictedBps }: PredictedMoves,
  { fromBucket, names, executed }: Pick<ExecutedBasket, 'fromBucket' | 'names' | 'executed'>,
): DenseMatrix {
  const out = zeros(executed.rows, executed.cols);
  names.forEach((name, i) => {
    let level = 0;
    for (let t = 0; t < executed.rows; t++) {
      const at = (fromBucket + t) * all + name;
      const move = Number.isNaN(residualBps[at]) ? 0 : residualBps[at] - predictedBps[at];
      out.data[t * executed.cols + i] = level + 0.5 * move;
      level += move;
    }
  });
  return out;
}

import type { DayMoves } from '../../model/buckets.js';
import type { Diagnosis, FailureMode } from '../../model/diagnosis.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import type { MoveUnit } from '../../model/units.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { DefactorParams } from '../defactor/defactor.js';
import type { RegimeSample } from '../replay/regimes.js';
import { aggressiveTails } from './aggressiveTails.js';
import { asynchronousClocks } from './asynchronousClocks.js';
import { bucketSize } from './bucketSize.js';
import { crowding } from './crowding.js';
import { type OverfitInput, overfittedLinks } from './overfittedLinks.js';
import type { DayQuotes } from './pairClocks.js';
import { placeboLeads } from './placeboLeads.js';
import { regimePortability } from './regimePortability.js';
import type { ReplayedDay } from './replayedDay.js';

export interface DiagnoseInput {
  /** Whole days, for clocks and bucket sizes: the last few of the window. */
  readonly days: readonly (DayMoves & DayQuotes)[];
  /** Days with what a model that had not seen them says of their moves. */
  readonly samples: readonly ReplayedDay[];
  /** The same days as the table of regimes was made of. */
  readonly regimes: readonly RegimeSample[];
  readonly decay: Float64Array;
  readonly transform: FlowTransform;
  /** Published, N×N, bps per million. */
  readonly K: DenseMatrix;
  /** What `factorContamination` says: it needs no day and no validation. */
  readonly contamination: Diagnosis;
  readonly defactor: DefactorParams;
  /** Absent where nothing is out of sample. */
  readonly overfit?: OverfitInput;
  /** Failure modes whose red is borne, and so excuses no other. */
  readonly accepted?: readonly FailureMode[];
  /** Of the moves; bps where absent. */
  readonly units?: MoveUnit;
}

/** Every failure mode, in the order of {@link FailureMode}. */
export function diagnose(input: DiagnoseInput): Diagnosis[] {
  const {
    days,
    samples,
    regimes,
    decay,
    transform,
    K,
    contamination,
    defactor,
    overfit,
    accepted,
    units = 'bps',
  } = input;
  const diagnoses = [
    asynchronousClocks(days, K, units),
    placeboLeads(samples),
    contamination,
    overfittedLinks(overfit),
    regimePortability(regimes, K.rows),
    bucketSize({ days, decay, transform, defactor, samples, units }),
    crowding(samples),
    aggressiveTails(samples),
  ];
  return withoutConsequences(diagnoses, accepted);
}

/**
 * What one failure makes of the tests of others, so that they cannot be judged while it lasts. With a wrong clock, flow stands
 * beside moves of other buckets: leads, links that differ by width, an asymmetry that looks like a factor. Flow that follows
 * moves meets them inside a wider bucket. Common flow of others is a factor with a decay of its own, and a recorded one.
 */
const CONSEQUENCES: Partial<Record<FailureMode, readonly FailureMode[]>> = {
  'asynchronous clocks': ['placebo leads', 'factor contamination', 'bucket size'],
  'placebo leads': ['bucket size'],
  crowding: ['factor contamination', 'bucket size'],
};

/**
 * A red that another red explains is not judged: one cause, one alarm. Its numbers stay. A cause that is accepted stops nothing,
 * and what it might explain stands.
 */
export function withoutConsequences(
  diagnoses: readonly Diagnosis[],
  accepted: readonly FailureMode[] = [],
): Diagnosis[] {
  const causes = diagnoses
    .filter(({ verdict, mode }) => verdict === 'red' && !accepted.includes(mode))
    .map(({ mode }) => mode);
  return diagnoses.map((diagnosis) => {
    const cause = causes.find((mode) => CONSEQUENCES[mode]?.includes(diagnosis.mode));
    if (diagnosis.verdict !== 'red' || cause === undefined) return diagnosis;
    return {
      ...diagnosis,
      verdict: 'not applicable',
      evidence: `not judged while ${cause} is red: ${diagnosis.evidence}`,
    };
  });
}

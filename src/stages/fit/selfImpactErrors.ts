import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { jackknifeStandardError, median } from '../../numerics/statistics.js';
import type { RegressionMoments } from './impactProblem.js';
import type { JackknifeSample } from './jackknife.js';

/** N estimates on a diagonal and their errors. */
export interface MeasuredSelfImpacts {
  /** Bps per million. */
  readonly estimates: Float64Array;
  /** Standard errors; 0 for a name without flow or moves. */
  readonly errors: Float64Array;
  /** Of Student's t that goes with the errors. */
  readonly degrees: number;
}

/** Groups that the common size of errors counts for, where other names have as many: each name's own error is of a few groups only. */
const COMMON_GROUPS = 4;

/**
 * Diagonal of an estimate that was made without each group of folds in turn. Its jackknife errors are drawn towards what
 * independent residuals would give, times the factor that is common to all names (as variances in Smyth 2004): errors of a
 * handful of groups are themselves wrong by half. With fewer than two groups they are those of independent residuals.
 */
export function jackknifedSelfImpacts(
  { whole, replicates, ratios }: JackknifeSample<DenseMatrix>,
  moments: RegressionMoments,
): MeasuredSelfImpacts {
  const classical = classicalSelfImpacts(whole, moments);
  const own = replicates.length - 1;
  if (own < 1) return classical;
  const { estimates, errors } = classical;
  const jackknife = estimates.map((_, i) => {
    const at = i * (whole.cols + 1);
    const values = replicates.map(({ data }) => data[at]);
    // About their own mean: replicates of a ridge are solved in a quicker way than the whole.
    return squared(jackknifeStandardError(values, undefined, ratios));
  });
  const common = commonRatio(jackknife, errors, own);
  const others = errors.filter((error) => error > 0).length - 1;
  const borrowed = Math.min(COMMON_GROUPS, own * Math.max(0, others));
  const degrees = own + borrowed;
  const moderated = errors.map((error, i) =>
    error > 0 ? Math.sqrt((own * jackknife[i] + borrowed * common * squared(error)) / degrees) : 0,
  );
  return { estimates, errors: moderated, degrees };
}

/** Median over names of jackknife on classical variance, less what a median of χ² lacks of its mean (Wilson and Hilferty). */
function commonRatio(jackknife: Float64Array, errors: Float64Array, degrees: number): number {
  const measured = [...errors.keys()].filter((i) => errors[i] > 0);
  const ratio = median(measured.map((i) => jackknife[i] / squared(errors[i])));
  const cubeRoot = 1 - 2 / (9 * degrees);
  return ratio / (squared(cubeRoot) * cubeRoot);
}

/**
 * The same from the residuals of each name on its own flow, as if buckets were independent: what links would explain stays
 * in them, so that they are not too small where names are as many as buckets.
 */
export function classicalSelfImpacts(K: DenseMatrix, moments: RegressionMoments): MeasuredSelfImpacts {
  const { names, buckets, gram, observed } = moments;
  const estimates = diagonalOf(K);
  const variances = ownResidualVariances(moments);
  const errors = diagonalOf(gram).map((flow, i) =>
    // Sums are completed to all buckets; what was seen of them is what counts.
    flow > 0 && observed[i] > 0 ? Math.sqrt((variances[i] * buckets) / (flow * observed[i])) : 0,
  );
  return { estimates, errors, degrees: Math.max(1, buckets - names) };
}

/** N: variance per bucket of what own flow leaves of a move that factors have left, bps². */
export function ownResidualVariances({ names, buckets, gram, cross, moveSquare }: RegressionMoments): Float64Array {
  return moveSquare.map((square, i) => {
    const at = i * (names + 1);
    const explained = gram.data[at] > 0 ? squared(cross.data[at]) / gram.data[at] : 0;
    return Math.max(0, square - explained) / buckets;
  });
}

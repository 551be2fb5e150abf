import { type DenseMatrix, diagonalOf, mapEntries } from '../../numerics/dense.js';
import { log } from '../../numerics/elementary/elementary.js';
import { mean, median, studentReach } from '../../numerics/statistics.js';
import type { RegressionMoments } from './impactProblem.js';
import { type MeasuredSelfImpacts, ownResidualVariances } from './selfImpactErrors.js';
import { type SelfImpactPrior, selfImpactPrior } from './selfImpactPrior.js';

/** What self impact is expected to be, and how far below that it may fall. */
export interface SelfImpacts extends SelfImpactPrior {
  /** Least self impact of every name, bps per million. */
  readonly floors: Float64Array;
}

/** Where the volume of the prior comes from. */
export interface NameVolumes {
  /** Average daily volume by name, in any one unit; NaN where the universe has none. */
  readonly adv?: Float64Array | undefined;
  /** Share of the prior self impact that no name may fall below. */
  readonly floor: number;
}

/** Prior, posterior and floors of self impact that was measured (MODEL §4, §5). */
export function selfImpactsOf(
  measured: MeasuredSelfImpacts,
  moments: RegressionMoments,
  { adv, floor }: NameVolumes,
): SelfImpacts {
  const prior = selfImpactPrior({ ...measured, logScales: logScales(moments, adv) });
  return { ...prior, floors: floorsOf(measured, prior.means, floor) };
}

/**
 * A share of the prior: a floor stands in for what was not measured and gives way to what was. It is no more than the lower
 * end of a name's own 95 % interval, nor than the upper end where the lower is not positive; an interval that lies below zero
 * altogether has no say.
 */
function floorsOf({ estimates, errors, degrees }: MeasuredSelfImpacts, means: Float64Array, share: number) {
  const reach = studentReach(0.95, degrees);
  return means.map((mean, i) => {
    const [lower, upper] = [estimates[i] - reach * errors[i], estimates[i] + reach * errors[i]];
    if (!(errors[i] > 0 && upper > 0)) return share * mean;
    return Math.min(share * mean, lower > 0 ? lower : upper);
  });
}

export const namesWithoutFlow = ({ names, gram }: RegressionMoments): number[] =>
  Array.from({ length: names }, (_, i) => i).filter((i) => !(gram.data[i * names + i] > 0));

/** Names whose average daily volume is known. */
export const namesWithVolume = (adv: Float64Array | undefined): number => (adv ?? []).filter((v) => v > 0).length;

/** Own flow that is further from what is usual tells of one's own trading, not of how liquid a name is. */
const WIDEST_OWN_FLOW = 10;

/** log(σ_i / V_i): V is `adv` where every name has one, else the root mean square of own filtered flow. What is missing is as usual. */
function logScales(moments: RegressionMoments, adv: Float64Array | undefined): Float64Array {
  const { names } = moments;
  const volumes = namesWithVolume(adv) === names && adv ? completeLogs(adv) : ownFlowLogs(moments);
  return completeLogs(ownResidualVariances(moments)).map((variance, i) => variance / 2 - volumes[i]);
}

function ownFlowLogs({ buckets, gram }: RegressionMoments): Float64Array {
  const logs = completeLogs(diagonalOf(gram).map((square) => Math.sqrt(Math.max(0, square) / buckets)));
  const [usual, reach] = [median(logs), log(WIDEST_OWN_FLOW)];
  return logs.map((log) => Math.max(usual - reach, Math.min(usual + reach, log)));
}

/** Logs; the mean of them for a name without. */
function completeLogs(values: Float64Array): Float64Array {
  const usual = mean(values.filter((value) => value > 0).map(log));
  return values.map((value) => (value > 0 ? log(value) : usual));
}

/** The matrix with another diagonal. */
export const withSelfImpacts = (K: DenseMatrix, self: Float64Array): DenseMatrix =>
  mapEntries(K, (value, i, j) => (i === j ? self[i] : value));

import { workedShares } from '../../model/kernel.js';
import { type DecayProfile, outsideBy } from '../fit/decayProfile.js';
import { orderTimes, type PricedKernel } from '../fit/referenceOrders.js';

/** An order as the published decay prices it, and as own flow bears on the whole grid of time constants. */
export interface DecayFitPoint {
  readonly seconds: number;
  /** Cost relative to the impact at once. */
  readonly published: number;
  /** 99 % bounds, whatever time constants were chosen. */
  readonly low: number;
  readonly high: number;
  /** How far the published cost lies outside them, as a share of the nearer one. */
  readonly outside: number;
  /** How far the truth may be from the published cost, as a share of it: the further end of a 90 % interval. */
  readonly uncertainty: number;
}

/** An order whose price is less certain than this share of it is not known well enough to be promoted, at a minute and at ten. */
export const UNCERTAINTY_BOUND = 0.25;
export const CERTAIN_SECONDS = 600;

/**
 * Whether the published decay prices orders as own flow says it should (MODEL §4). One-bucket R² cannot see how impact decays
 * over the time of an order: five fixed time constants misprice ten minutes by half with every other gate green.
 */
export function decayFit(profile: DecayProfile, kernel: PricedKernel): DecayFitPoint[] {
  const { decay, weights } = kernel;
  return orderTimes(kernel).map(({ seconds, buckets }) => {
    const shares = workedShares(decay, buckets);
    const published = weights.reduce((sum, a, p) => sum + a * shares[p], 0);
    const { low, high } = profile.worked(buckets, 0.99);
    const outside = outsideBy(published, { low, high });
    const likely = profile.worked(buckets);
    const uncertainty = Math.max(likely.high / published - 1, 1 - likely.low / published, 0);
    return { seconds, published, low, high, outside, uncertainty };
  });
}

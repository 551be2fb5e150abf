import { type ConcaveTerms, pinchedConcave } from '../../model/concave.js';
import { workedShares } from '../../model/kernel.js';
import type { ReferenceOrder } from '../../model/manifest.js';
import { evenlyWorkedCost } from '../../model/potentials.js';
import { type DenseMatrix, diagonalMatrix, diagonalOf } from '../../numerics/dense.js';
import { exp, hypot, log } from '../../numerics/elementary/elementary.js';
import { studentReach } from '../../numerics/statistics.js';
import { referenceBaskets } from './basketCosts.js';
import type { Calibration } from './calibration.js';
import type { DecayProfile } from './decayProfile.js';
import type { RegressionMoments } from './impactProblem.js';
import { type JackknifeSample, mapSample, standardErrorOf } from './jackknife.js';

/** Times over which orders are worked, seconds: a minute, ten minutes, an hour, or what whole buckets come nearest to them. */
export const ORDER_SECONDS = [60, 600, 3600] as const;

export interface PricedKernel {
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly bucketMs: number;
  /** Longest session: no order is worked for longer. */
  readonly sessionBuckets: number;
}

/** Those of the times that are at least a bucket and fit into the session. */
export const orderTimes = ({ bucketMs, sessionBuckets }: PricedKernel): { seconds: number; buckets: number }[] =>
  ORDER_SECONDS.map((seconds) => Math.round((1000 * seconds) / bucketMs))
    .filter((buckets) => buckets >= 1 && buckets <= sessionBuckets)
    .map((buckets) => ({ seconds: (buckets * bucketMs) / 1000, buckets }));

interface ReferenceInput {
  readonly symbols: readonly string[];
  /** Published: N×N bps per million, with a matrix per time constant where the kernel is not scalar. */
  readonly K: DenseMatrix;
  readonly parts?: readonly DenseMatrix[] | undefined;
  /** Concave terms, of which K holds the secants, and what of K is linear beside them (MODEL §2a). */
  readonly concave?: ConcaveTerms | undefined;
  readonly linear?: DenseMatrix | undefined;
  readonly kernel: PricedKernel;
  readonly calibration: Calibration;
  /** Of the window, for the typical flow of each name. */
  readonly impact: RegressionMoments;
  /** Absent where own flow explains nothing. */
  readonly profile: DecayProfile | undefined;
}

/**
 * Cost of orders that a desk can picture (MODEL §4): each name, a basket that buys every name in proportion to its typical
 * flow, and the same with every second name sold. An interval has two parts, on the logarithm of the cost: how impact decays
 * over the order ({@link DecayProfile}, choice of time constants included) and how large it is at once (jackknife of the
 * estimate without penalty). Concave terms price the order as large as it is; its interval is as wide as K has it.
 */
export function referenceOrders(input: ReferenceInput): ReferenceOrder[] {
  const { symbols, kernel, impact, profile } = input;
  const orders = [...nameOrders(symbols), ...basketOrders(impact)];
  return orderTimes(kernel).flatMap(({ seconds, buckets }) => {
    const shares = workedShares(kernel.decay, buckets);
    const worked = dot(shares, kernel.weights);
    const band = profile?.worked(buckets);
    return orders.map(({ order, kind, q }) => {
      const value = costOf(input, shares, q, buckets);
      const alone = kind === 'basket' ? { alone: costOf(withoutLinks(input), shares, q, buckets) } : {};
      const size = { published: quadratic(input.K, q), ...atOnce(input.calibration, q) };
      return { order, kind, seconds, value, ...bounds(value, band, worked, size), ...alone };
    });
  });
}

interface Basket {
  readonly order: string;
  readonly kind: ReferenceOrder['kind'];
  /** Millions by name, one million in all. */
  readonly q: Float64Array;
}

const nameOrders = (symbols: readonly string[]): Basket[] =>
  symbols.map((order, i) => ({
    order,
    kind: 'name',
    q: Float64Array.from(symbols, (_, j) => (j === i ? 1 : 0)),
  }));

function basketOrders(impact: RegressionMoments): Basket[] {
  const [oneSided, hedged] = referenceBaskets(impact);
  const gross = oneSided.q.reduce((sum, size) => sum + size, 0);
  if (impact.names < 2 || !(gross > 0)) return [];
  return [
    { order: 'one-sided basket', kind: 'basket', q: oneSided.q.map((size) => size / gross) },
    { order: 'hedged basket', kind: 'basket', q: hedged.q.map((size) => size / gross) },
  ];
}

/** `Σ_p share_p qᵀ K_p q` and the potentials of concave terms, bps of an order of one million. */
function costOf(
  { K, parts, linear = K, concave, kernel }: ReferenceInput,
  shares: Float64Array,
  q: Float64Array,
  buckets: number,
): number {
  if (parts) return parts.reduce((sum, part, p) => sum + shares[p] * quadratic(part, q), 0);
  const straight = dot(shares, kernel.weights) * quadratic(linear, q);
  return concave ? straight + evenlyWorkedCost(concave, q, buckets) : straight;
}

/** Every name on its own flow alone: what a model of single names would price. */
function withoutLinks(input: ReferenceInput): ReferenceInput {
  const own = (matrix: DenseMatrix) => diagonalMatrix(diagonalOf(matrix));
  const { K, parts, concave, linear } = input;
  return {
    ...input,
    K: own(K),
    ...(parts ? { parts: parts.map(own) } : {}),
    ...(linear ? { linear: own(linear) } : {}),
    ...(concave ? { concave: pinchedConcave(concave, (i, j) => i === j) } : {}),
  };
}

/** Cost at once of the estimate without penalty, with what it is without each group of folds. */
const atOnce = ({ estimate }: Calibration, q: Float64Array): JackknifeSample<number> =>
  mapSample(estimate.rawK, (K) => quadratic(K, q));

function bounds(
  value: number,
  band: { readonly low: number; readonly high: number } | undefined,
  worked: number,
  size: JackknifeSample<number> & { readonly published: number },
): { low?: number; high?: number } {
  const groups = size.replicates.length;
  if (!(value > 0 && size.published > 0) || !band || groups < 2) return {};
  const relative = (studentReach(0.9, groups - 1) * standardErrorOf(size)) / size.published;
  const below = band.low > 0 ? Math.max(0, log(worked / band.low)) : Number.POSITIVE_INFINITY;
  const above = Math.max(0, log(band.high / worked));
  const high = value * exp(hypot(above, relative));
  if (!Number.isFinite(high)) return {};
  return { low: value * exp(-hypot(below, relative)), high };
}

function quadratic({ rows, data }: DenseMatrix, q: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    if (q[i] === 0) continue;
    for (let j = 0; j < rows; j++) sum += q[i] * data[i * rows + j] * q[j];
  }
  return sum;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k], 0);

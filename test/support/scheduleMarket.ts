import type { ConcaveTerms } from '../../src/model/concave.js';
import { restState } from '../../src/model/impactState.js';
import type { Propagator } from '../../src/model/roundTrip.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';

/** A market to schedule in (MODEL §7a): ADV 300 to 1 600 millions, κ = 2000/ADV, links of a market and of sectors that fade later. */
export interface ScheduleMarket {
  readonly names: number;
  readonly buckets: number;
  /** Multiplies all links; 1 is the base case. */
  readonly links?: number;
  /** Multiplies time constants. */
  readonly slow?: number;
  readonly sectors?: number;
  readonly concave?: boolean;
  readonly aversion?: number;
  /** Share of ADV in every name, and the sign of each. */
  readonly share?: number;
  readonly sign?: (i: number) => number;
  /** Largest share of a bucket's volume. */
  readonly cap?: number;
}

const MARKET_SHARE = 0.25;
const SECTOR_SHARE = 0.2;

export function scheduleMarket(spec: ScheduleMarket): ScheduleProblem {
  const { names, buckets, share = 0.1, sign = () => 1, cap = 0.3, aversion = 0 } = spec;
  const adv = Float64Array.from({ length: names }, (_, i) => 300 * (1600 / 300) ** (i / Math.max(1, names - 1)));
  const sectors = spec.sectors ?? 4;
  const propagator = marketPropagator(spec, adv, sectors);
  const quantity = adv.map((a, i) => sign(i) * share * a);
  const each = (value: (t: number, i: number) => number) => mapEntries(zeros(buckets, names), (_, t, i) => value(t, i));
  const volume = each((t, i) => (adv[i] / buckets) * usual(t, buckets));
  return {
    propagator,
    children: 1,
    quantity,
    lower: mapEntries(volume, (v, _, i) => (quantity[i] < 0 ? -cap * v : 0)),
    upper: mapEntries(volume, (v, _, i) => (quantity[i] > 0 ? cap * v : 0)),
    volume,
    halfSpreadBps: each(() => 1),
    temporaryBps: mapEntries(volume, (v) => 5 / v),
    covariance: marketCovariance(names, sectors, buckets),
    aversion,
    alphaBps: zeros(buckets, names),
    state: restState(propagator),
    blocks: Array.from(adv, (_, i) => `s${i % sectors}`),
    balances: [],
  };
}

/** A day's volume in the form of a U, with mean one. */
function usual(t: number, buckets: number): number {
  const x = (2 * (t + 0.5)) / buckets - 1;
  return 0.7 + 0.9 * x * x;
}

/** Daily volatility 180 bps, a third of it the market's and a sixth the sector's variance, in one of T buckets. */
function marketCovariance(names: number, sectors: number, buckets: number): DenseMatrix {
  const variance = 180 ** 2 / buckets;
  return mapEntries(zeros(names), (_, i, j) => {
    const common = 1 / 3 + (i % sectors === j % sectors ? 1 / 6 : 0);
    return variance * (i === j ? 1 : common);
  });
}

function marketPropagator(
  { buckets, links = 1, slow = 1, concave }: ScheduleMarket,
  adv: Float64Array,
  sectors: number,
): Propagator {
  const kappa = adv.map((a) => 2000 / a);
  const part = (own: number, market: number, sector: number) =>
    mapEntries(zeros(adv.length), (_, i, j) => {
      const common = links * (market + (i % sectors === j % sectors ? sector : 0));
      return Math.sqrt(kappa[i] * kappa[j]) * (i === j ? own + common : common);
    });
  const fast = part(0.45, 0.2 * MARKET_SHARE, 0.2 * SECTOR_SHARE);
  const late = part(0.25, 0.8 * MARKET_SHARE, 0.8 * SECTOR_SHARE);
  const taus = [2, 20].map((tau) => (slow * tau * buckets) / 78);
  const decay = Float64Array.from(taus, (tau) => Math.exp(-1 / tau));
  const terms = concave ? { concave: concaveTerms(kappa, adv, decay, buckets) } : {};
  return { matrices: [fast, late], decay, weights: Float64Array.of(1, 1), ...terms };
}

function concaveTerms(kappa: Float64Array, adv: Float64Array, decay: Float64Array, buckets: number): ConcaveTerms {
  return {
    power: 0.4,
    decay,
    scales: adv.map((a) => (0.02 * a) / buckets),
    own: mapEntries(zeros(decay.length, adv.length), (_, q, i) => (q === 0 ? 2 : 1) * kappa[i]),
    typical: adv.map((a) => (0.05 * a) / buckets),
    modes: [],
  };
}

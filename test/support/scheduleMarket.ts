import type { ConcaveTerms } from '../../src/model/concave.js';
import { restState } from '../../src/model/impactState.js';
import type { Propagator } from '../../src/model/roundTrip.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';

/**
 * A market to schedule in (MODEL §7a): ADV 300 to 1 600 millions, κ = 2000/ADV, links of a market and of sectors that fade later
 * than what a name has of its own.
 */
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

/**
 * Of a normalised matrix, and how much of each is gone within minutes: names of one sector are linked by .14, others by .04, and
 * the slower the more names share it.
 */
const LINKS = {
  market: { size: 0.04, fast: 0.1 },
  sector: { size: 0.1, fast: 0.3 },
} as const;
const OWN_FAST = 0.5;

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

/** What prices do meanwhile: daily bps of a name, and the shares of its variance that the market and its sector have. */
export const VOLATILITY = { daily: 180, market: 1 / 3, sector: 1 / 6 } as const;

/** In one of T buckets. */
function marketCovariance(names: number, sectors: number, buckets: number): DenseMatrix {
  const variance = VOLATILITY.daily ** 2 / buckets;
  return mapEntries(zeros(names), (_, i, j) => {
    const common = VOLATILITY.market + (i % sectors === j % sectors ? VOLATILITY.sector : 0);
    return variance * (i === j ? 1 : common);
  });
}

function marketPropagator(
  { buckets, links = 1, slow = 1, concave }: ScheduleMarket,
  adv: Float64Array,
  sectors: number,
): Propagator {
  const kappa = adv.map((a) => 2000 / a);
  const [market, sector] = [links * LINKS.market.size, links * LINKS.sector.size];
  const part = (own: number, ofMarket: number, ofSector: number) =>
    mapEntries(zeros(adv.length), (_, i, j) => {
      const common = market * ofMarket + (i % sectors === j % sectors ? sector * ofSector : 0);
      return Math.sqrt(kappa[i] * kappa[j]) * (i === j ? (1 - market - sector) * own + common : common);
    });
  const fast = part(OWN_FAST, LINKS.market.fast, LINKS.sector.fast);
  const late = part(1 - OWN_FAST, 1 - LINKS.market.fast, 1 - LINKS.sector.fast);
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

import { log } from '../numerics/elementary/elementary.js';
import { type CertifiedModel, propagatorOf } from './certificate.js';
import { costByTrade, inCurrency, type Propagator, scheduleCost, type Trade, type Witness } from './roundTrip.js';

/** How a multiplier acts on prices. */
export interface MultiplierRule {
  /**
   * `level`: all impact that there is, of earlier trades too, is multiplied by what holds now, as in `pricesAt`. `trade`: what a trade
   * moves keeps the multiplier of its bucket, as with flow that is scaled by liquidity.
   */
  readonly acts: 'level' | 'trade';
  /** Whether permanent impact is multiplied as well; `pricesAt` leaves it. */
  readonly scalesPermanent: boolean;
}

/** A multiplier that changes between two buckets. */
export interface Switch extends MultiplierRule {
  readonly from: number;
  readonly to: number;
  /** What is bought before. */
  readonly millions: number;
}

/**
 * Cost of a schedule, bps × millions, of which every trade has its multiplier. A level that is multiplied multiplies what a trade
 * adds to the potentials; a flow that is multiplied is another flow, for which the market pays per unit of it.
 */
export function multipliedCost(
  propagator: Propagator,
  { names, trades }: Pick<Witness, 'names' | 'trades'>,
  multipliers: readonly number[],
  { acts, scalesPermanent }: MultiplierRule,
): number {
  const scaled = trades.map(({ bucket, millions }, t) => ({
    bucket,
    millions: millions.map((v) => v * multipliers[t]),
  }));
  let cost = 0;
  for (const [part, isScaled] of [
    [termsOf(propagator, false), true],
    [termsOf(propagator, true), scalesPermanent],
  ] as const) {
    const isFlow = isScaled && acts === 'trade';
    costByTrade(part, names, isFlow ? scaled : trades, (amount, t) => {
      cost += !isScaled ? amount : isFlow ? amount / multipliers[t] : amount * multipliers[t];
    });
  }
  return cost;
}

/** What is permanent, or what passes: concave terms always do. */
function termsOf({ concave, matrices, decay, weights }: Propagator, permanent: boolean): Propagator {
  const terms = [...decay.keys()].filter((p) => (decay[p] === 1) === permanent);
  return {
    matrices: terms.map((p) => matrices[Math.min(p, matrices.length - 1)]),
    decay: Float64Array.from(terms, (p) => decay[p]),
    weights: Float64Array.from(terms, (p) => weights[p]),
    ...(concave && !permanent ? { concave } : {}),
  };
}

/** Shares that are sold at once after the switch, and pieces of the rest: fewest trades first. */
const AT_ONCE = Array.from({ length: 21 }, (_, k) => 1 - k / 20);
const PIECES = [1, 8, 64] as const;
/** That are looked at. */
const MOST_NAMES = 16;
/** A gain below this share of what the first trade costs is none, and one that is larger by less is none that is better. */
const ROUNDING = 1e-12;

/**
 * The round trip that a switch at the worst moment pays for: one name is bought in the bucket before it, part of it is sold in the
 * bucket after it and the rest in equal pieces. A small search over the dearest names, parts and pieces: baskets may earn more.
 * `undefined` where none of them earns. Permanent impact that is multiplied from 2 to ½ trade by trade, or from ½ to 2 as a level,
 * pays ¾KQ² (MODEL §2a).
 */
export function switchWitness(model: CertifiedModel, change: Switch): Witness | undefined {
  const propagator = propagatorOf(model);
  const schedules = candidates(propagator, change.millions);
  let best: Witness | undefined;
  for (const { name, most } of dearest(propagator, model.K.rows, change)) {
    if (best && most <= best.gain) break;
    for (const trades of schedules) {
      const witness = executed(propagator, { names: [name], trades }, change);
      if (witness && witness.gain > (1 + ROUNDING) * (best?.gain ?? 0)) best = witness;
    }
  }
  return best;
}

/**
 * Names that are looked at, dearest to buy first, with the most that they can earn: a level that is multiplied gives back at most
 * `to · Φ(dJ)` of what was bought for `from · Φ(J)`, a gain of no more than `(to − from) Φ(J)`. Of flow that is multiplied nothing
 * is known beforehand.
 */
function dearest(
  propagator: Propagator,
  names: number,
  { acts, from, to, millions }: Switch,
): { readonly name: number; readonly most: number }[] {
  return Array.from({ length: names }, (_, name) => {
    const bought = inCurrency(scheduleCost(propagator, [name], [{ bucket: 0, millions: [millions] }]), propagator);
    return { name, bought, most: acts === 'level' ? (to - from) * bought : Number.POSITIVE_INFINITY };
  })
    .sort((a, b) => b.bought - a.bought || a.name - b.name)
    .slice(0, MOST_NAMES);
}

function executed(
  propagator: Propagator,
  { names, trades }: Pick<Witness, 'names' | 'trades'>,
  change: Switch,
): Witness | undefined {
  const multipliers = trades.map((_, t) => (t === 0 ? change.from : change.to));
  const cost = (some: readonly Trade[]) => multipliedCost(propagator, { names, trades: some }, multipliers, change);
  const gained = -cost(trades);
  if (!(gained > ROUNDING * cost(trades.slice(0, 1)))) return undefined;
  const turnover = 2 * change.millions;
  return { names, trades, turnover, gainBps: gained / turnover, gain: inCurrency(gained, propagator) };
}

function candidates({ decay, concave }: Propagator, millions: number): Trade[][] {
  const finite = [...decay, ...(concave?.decay ?? [])].filter((d) => d < 1);
  const memory = Math.max(1, Math.ceil(-1 / log(Math.max(0, ...finite))));
  return AT_ONCE.flatMap((share) =>
    PIECES.flatMap((pieces) => [1, 3 * memory].map((spacing) => unwound({ millions, share, pieces, spacing }))),
  );
}

/** Bought in bucket 0, a share sold in bucket 1, the rest in pieces, of which the last leaves nothing, to the last bit. */
function unwound(plan: { millions: number; share: number; pieces: number; spacing: number }): Trade[] {
  const { millions, share, pieces, spacing } = plan;
  const trades: Trade[] = [
    { bucket: 0, millions: [millions] },
    { bucket: 1, millions: [-share * millions] },
  ];
  let held = millions - share * millions;
  for (let left = pieces; left > 0 && held !== 0; left--) {
    const sold = held / left;
    trades.push({ bucket: 1 + (pieces - left + 1) * spacing, millions: [-sold] });
    held -= sold;
  }
  return trades;
}

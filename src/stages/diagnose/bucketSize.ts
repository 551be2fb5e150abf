import type { DayMoves, DayWith } from '../../model/buckets.js';
import type { DetailRow, Diagnosis } from '../../model/diagnosis.js';
import { atReferenceDepth, type FlowTransform } from '../../model/flowTransform.js';
import { type FoldMoments, sumMoments } from '../../model/moments.js';
import { type MoveUnit, unitWords } from '../../model/units.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { pow } from '../../numerics/elementary/elementary.js';
import { studentBound } from '../../numerics/fisher.js';
import { mean, studentReach } from '../../numerics/statistics.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { accumulateDay } from '../fit/accumulate.js';
import { regressionMoments } from '../fit/impactProblem.js';
import { type JackknifeSample, mapSample, standardErrorOf } from '../fit/jackknife.js';
import { fitKernel, symmetricEstimator } from '../fit/kernelWeights.js';
import { coarserBuckets } from './coarserBuckets.js';
import { ALARM_RATE, BASKET_ORDERS, digits, type Effect, judged, unjudged, worst } from './diagnosis.js';
import { foldJackknife, mergedGroups } from './foldJackknife.js';
import { mostTraded } from './mostTraded.js';
import { namesOfDay } from './namesOfDay.js';
import { normalisedLinks } from './normalisedLinks.js';
import { oneWayLinks } from './oneWayLinks.js';
import { basketPrice, typicalFlow } from './orders.js';
import type { ReplayedDay } from './replayedDay.js';
import { MIN_STRETCHES } from './stretches.js';

const MODE = 'bucket size';

/** Widths, in buckets; each divides the last. */
const WIDTHS = [1, 2, 4];
const UNIT = WIDTHS[WIDTHS.length - 1];

const FOLD_NS = 600e9;
/** Wide buckets need some of them in every fold. */
const MIN_FOLD_BUCKETS = 15;

export interface BucketSizeInput {
  readonly days: readonly DayWith<'moveBps' | 'volume'>[];
  readonly decay: Float64Array;
  readonly transform: FlowTransform;
  readonly defactor: DefactorParams;
  /** Days with predictions, for links that lead one way; may be fewer. */
  readonly samples: readonly ReplayedDay[];
  /** Of the moves; bps where absent. */
  readonly units?: MoveUnit | undefined;
}

/** Normalised links, then self impacts, of the fit at one width. */
type LinkSample = JackknifeSample<readonly number[]>;

interface Change {
  readonly says: string;
  readonly t: number;
  readonly effect: Effect;
}

/**
 * Whether links are those of the market or of the bucket: symmetric least squares without penalty in buckets one, two and
 * four times as wide, from the same time. Significant where a normalised link, or what they make of a one-sided basket,
 * changes by more than its jackknife error (stretches left out at all widths together), or where a link leads one way beyond
 * the model; Bonferroni over all of them.
 *
 * The effect: impact that decays inside a wider bucket makes all of K smaller, and the kernel prices that. What links alone
 * change is a basket's cost per self cost, `B_w = 1 + Σ_{i≠j} s_i s_j C_ij,w / Σ s_i²` with `s_i = q_i √K_ii` of the narrowest
 * bucket: `B_w/B_1 − 1`, over the self cost where links make the basket cheaper. One link has its own part of that sum. A link
 * that goes on one way by ΔK bps a million costs `q_i ΔK q_j` over the basket's price. Orders in one name have no links.
 */
export function bucketSize(given: BucketSizeInput): Diagnosis {
  // Depth is that of the narrow buckets at every width: wider ones differ in nothing but their width.
  const input = { ...given, days: given.days.map((day) => atReferenceDepth(day, given.transform)) };
  const names = mostTraded(input.days);
  if (names.length < 2) return unjudged(MODE, 'not applicable', 'one name has no links');
  const some = input.days.map((day) => namesOfDay(day, names));
  const fits = WIDTHS.flatMap((width) => linksAt(width, some, input, names) ?? []);
  const groups = fits.length === WIDTHS.length ? Math.min(...fits.map(({ replicates }) => replicates.length)) : 0;
  if (groups < MIN_STRETCHES || fits.some(({ replicates }) => replicates.length > groups))
    return unjudged(MODE, 'not enough data', `${groups} stretches with moves and flow at every width`);
  const symbols = names.map((i) => input.days[0].symbols[i]);
  const typical = typicalFlow(input.days);
  const basket = basketIn(
    fits[0].whole,
    names.map((i) => typical[i]),
  );
  if (!(basket.price > 0)) return unjudged(MODE, 'not enough data', 'own flow moves no price: a basket costs nothing');
  const changes = [...linkChanges(fits, symbols, basket), ...oneWay(input, symbols, names, basket)];
  if (changes.length === 0) return unjudged(MODE, 'not enough data', 'own flow moves prices in fewer than two names');
  const bound = studentBound(ALARM_RATE / changes.length, groups - 1);
  const { value, effect, says } = worst(changes.map((change) => ({ ...change, value: change.t, bound })))!;
  const means = fits.map((fit) => digits(linkMean(fit.whole))).join(', ');
  const evidence =
    `${says} (t ${digits(value)} against ${digits(bound)}, ${changes.length} comparisons); ` +
    `mean links ${means} at widths ${WIDTHS.join(', ')}`;
  return judged(MODE, { value, bound }, effect, evidence, table(fits, symbols));
}

/** A one-sided basket of the names as the narrowest bucket prices it. */
interface LinkedBasket {
  /** Money in each name, up to a factor. */
  readonly typical: readonly number[];
  /** Cost per pair and unit of its normalised link, `2 s_i s_j`, in the order of {@link normalisedLinks}. */
  readonly perLink: readonly number[];
  readonly price: number;
}

function basketIn(values: readonly number[], typical: readonly number[]): LinkedBasket {
  const pairs = pairsOf(typical.length);
  const size = typical.map((q, i) => q * Math.sqrt(Math.max(0, values[pairs + i])));
  const perLink = size.flatMap((s, i) => size.slice(0, i).map((other) => 2 * s * other));
  const self = size.reduce((sum, s) => sum + s * s, 0);
  return { typical, perLink, price: basketPrice({ self, cross: crossCost(values, perLink) }) };
}

/** Pairs without a link, where a name has no self impact, cost nothing. */
const crossCost = (values: readonly number[], perLink: readonly number[]): number =>
  perLink.reduce((sum, cost, k) => sum + cost * (values[k] || 0), 0);

/** Normalised links by pair, then self impacts, of days that have those names alone. */
function linksAt(
  width: number,
  days: readonly DayMoves[],
  input: BucketSizeInput,
  names: readonly number[],
): LinkSample | undefined {
  const blocks = names.map((i) => input.defactor.blocks[i]);
  const defactor = { ...input.defactor, blocks };
  const decay = input.decay.map((d) => pow(d, width));
  const transform = { concavity: input.transform.concavity, liquidity: 0 };
  const folds = days.flatMap((day) => {
    const coarse = coarserBuckets(day, width, UNIT);
    return accumulateDay(coarse, { decay, transform, foldBuckets: foldLength(day, width) });
  });
  const used = folds.filter((fold) => fold.buckets > 0);
  if (used.length === 0) return undefined;
  const total = sumMoments(used);
  const impact = removeFactors(total, fitFactors(total, defactor));
  const active = [...names.keys()].filter((i) => impact.moveSquare[i] > 0 && total.flowSquare[i] > 0);
  if (active.length < 2) return undefined;
  const { weights } = fitKernel(impact, symmetricEstimator);
  return foldJackknife(mergedGroups(used, weights), (moments) => linksOf(moments, defactor));
}

function foldLength({ grid }: DayMoves, width: number): number {
  const units = Math.max(MIN_FOLD_BUCKETS, Math.round(FOLD_NS / grid.bucketNs / UNIT));
  return (units * UNIT) / width;
}

function linksOf(moments: FoldMoments, defactor: DefactorParams): number[] {
  const K: DenseMatrix = symmetricEstimator(regressionMoments(removeFactors(moments, fitFactors(moments, defactor))));
  return [...normalisedLinks(K), ...diagonalOf(K)];
}

const pairsOf = (names: number): number => (names * (names - 1)) / 2;

/** Names from the length of links and self impacts together: `m (m + 1) / 2`. */
const namesIn = (values: readonly number[]): number => Math.round((Math.sqrt(8 * values.length + 1) - 1) / 2);

function linkMean(values: readonly number[]): number {
  return mean(values.slice(0, pairsOf(namesIn(values))).filter((link) => !Number.isNaN(link)));
}

/** Every link, and what all of them make of a basket, at each wider bucket against the narrowest. */
function linkChanges(
  fits: readonly LinkSample[],
  symbols: readonly string[],
  { perLink, price }: LinkedBasket,
): Change[] {
  const [base] = fits;
  const reach = studentReach(0.9, base.replicates.length - 1) / price;
  interface Measure {
    readonly what: string;
    readonly of: (values: readonly number[]) => number;
    /** Of the measure, in money of the basket. */
    readonly cost: number;
  }
  const measures: Measure[] = [
    { what: 'the cross cost of a basket', of: (values) => crossCost(values, perLink) / price, cost: price },
    ...pairLabels(symbols).map((pair, k) => ({
      what: `the link of ${pair}`,
      of: (values: readonly number[]) => values[k],
      cost: perLink[k],
    })),
  ];
  return fits.slice(1).flatMap((fit, w) =>
    measures.flatMap(({ what, of, cost }) => {
      const change = of(fit.whole) - of(base.whole);
      const replicates = base.replicates.map((replicate, g) => of(fit.replicates[g]) - of(replicate));
      const error = standardErrorOf({ whole: change, replicates, ratios: base.ratios });
      if (!Number.isFinite(change) || !(error > 0)) return [];
      const says = `${what} goes from ${digits(of(base.whole))} to ${digits(of(fit.whole))} in buckets ${WIDTHS[w + 1]} times as wide`;
      const effect = { relative: (cost * change) / price, reach: reach * cost * error, orders: BASKET_ORDERS };
      return [{ says, t: Math.abs(change) / error, effect }];
    }),
  );
}

/** In the order of {@link normalisedLinks}. */
const pairLabels = (symbols: readonly string[]): string[] =>
  symbols.flatMap((second, i) => symbols.slice(0, i).map((first) => `${first} and ${second}`));

function oneWay(
  { samples, units = 'bps' }: BucketSizeInput,
  symbols: readonly string[],
  names: readonly number[],
  { typical, price }: LinkedBasket,
): Change[] {
  return oneWayLinks(samples, names).map(({ leader, follower, excessBps, t }) => ({
    says: `${symbols[follower]} goes on moving after flow in ${symbols[leader]}, ${digits(excessBps)} ${unitWords(units).move} a million more than in reverse`,
    t,
    effect: { relative: (typical[leader] * excessBps * typical[follower]) / price, orders: BASKET_ORDERS },
  }));
}

/** Pairs in the tables of large universes: the first ones are as good as any. */
const ROWS = 20;

function table(fits: readonly LinkSample[], symbols: readonly string[]): DetailRow[] {
  return pairLabels(symbols)
    .slice(0, ROWS)
    .flatMap((pair, k) =>
      fits.map((fit, w) => {
        const link = mapSample(fit, (values) => values[k] || 0);
        return { pair, width: WIDTHS[w], link: link.whole, standardError: standardErrorOf(link) };
      }),
    );
}

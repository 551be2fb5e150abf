import type { DayMoves, DayWith } from '../../model/buckets.js';
import type { DetailRow, Diagnosis } from '../../model/diagnosis.js';
import { type FoldMoments, sumMoments } from '../../model/moments.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { studentBound } from '../../numerics/fisher.js';
import { mean, median } from '../../numerics/statistics.js';
import { type DefactorParams, fitFactors, removeFactors } from '../defactor/defactor.js';
import { accumulateDay } from '../fit/accumulate.js';
import { regressionMoments } from '../fit/impactProblem.js';
import { type JackknifeSample, mapSample, standardErrorOf } from '../fit/jackknife.js';
import { fitKernel, symmetricEstimator } from '../fit/kernelWeights.js';
import { coarserBuckets } from './coarserBuckets.js';
import { ALARM_RATE, digits, judged, unjudged } from './diagnosis.js';
import { foldJackknife, mergedGroups } from './foldJackknife.js';
import { mostTraded } from './mostTraded.js';
import { namesOfDay } from './namesOfDay.js';
import { normalisedLinks } from './normalisedLinks.js';
import { oneWayLinks } from './oneWayLinks.js';
import type { ReplayedDay } from './replayedDay.js';
import { MIN_STRETCHES } from './stretches.js';

const MODE = 'bucket size';

/** Widths, in buckets; each divides the last. */
const WIDTHS = [1, 2, 4];
const UNIT = WIDTHS[WIDTHS.length - 1];

const FOLD_NS = 600e9;
/** Wide buckets need some of them in every fold. */
const MIN_FOLD_BUCKETS = 15;

/** Normalised links that differ by less are the same for every use of them. */
const SMALLEST_CHANGE = 0.05;

export interface BucketSizeInput {
  readonly days: readonly DayWith<'moveBps' | 'volume'>[];
  readonly decay: Float64Array;
  readonly concavity: number;
  readonly defactor: DefactorParams;
  /** Days with predictions, for links that lead one way; may be fewer. */
  readonly samples: readonly ReplayedDay[];
}

/** Normalised links, then self impacts, of the fit at one width. */
type LinkSample = JackknifeSample<readonly number[]>;

interface Change {
  readonly says: string;
  readonly t: number;
  readonly size: number;
}

/**
 * Whether links are those of the market or of the bucket: symmetric least squares without penalty in buckets one, two and
 * four times as wide, from the same time. Red where a normalised link, or the mean of all, changes by more than its jackknife
 * error (stretches left out at all widths together), or where a link leads one way beyond the model; Bonferroni over all of
 * them.
 */
export function bucketSize(input: BucketSizeInput): Diagnosis {
  const names = mostTraded(input.days);
  if (names.length < 2) return unjudged(MODE, 'not applicable', 'one name has no links');
  const fits = WIDTHS.flatMap((width) => linksAt(width, input, names) ?? []);
  const groups = fits.length === WIDTHS.length ? Math.min(...fits.map(({ replicates }) => replicates.length)) : 0;
  if (groups < MIN_STRETCHES || fits.some(({ replicates }) => replicates.length > groups))
    return unjudged(MODE, 'not enough data', `${groups} stretches with moves and flow at every width`);
  const symbols = names.map((i) => input.days[0].symbols[i]);
  const changes = [...linkChanges(fits, symbols), ...oneWay(input, names, fits[0].whole)];
  const bound = studentBound(ALARM_RATE / Math.max(1, changes.length), groups - 1);
  const top = changes
    .filter(({ size }) => size >= SMALLEST_CHANGE)
    .reduce((most, change) => (change.t > most.t ? change : most), { says: '', t: 0, size: 0 });
  const found = top.says
    ? `${top.says} (t ${digits(top.t)} against ${digits(bound)}, ${changes.length} comparisons)`
    : `no change of ${SMALLEST_CHANGE} or more among ${changes.length} comparisons`;
  const means = fits.map((fit) => digits(linkMean(fit.whole))).join(', ');
  const evidence = `${found}; mean links ${means} at widths ${WIDTHS.join(', ')}`;
  return judged(MODE, { value: top.t, bound }, evidence, table(fits, symbols));
}

/** Normalised links by pair, then self impacts. */
function linksAt(width: number, input: BucketSizeInput, names: readonly number[]): LinkSample | undefined {
  const blocks = names.map((i) => input.defactor.blocks[i]);
  const defactor = { ...input.defactor, blocks };
  const decay = input.decay.map((d) => d ** width);
  const folds = input.days.flatMap((day) => {
    const coarse = coarserBuckets(namesOfDay(day, names), width, UNIT);
    return accumulateDay(coarse, { decay, concavity: input.concavity, foldBuckets: foldLength(day, width) });
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

/** Every link, and the mean of all, at each wider bucket against the narrowest. */
function linkChanges(fits: readonly LinkSample[], symbols: readonly string[]): Change[] {
  const [base] = fits;
  const labels = [...pairLabels(symbols)];
  const measures: [string, (values: readonly number[]) => number][] = [
    ['the mean link', linkMean],
    ...labels.map((label, k): [string, (values: readonly number[]) => number] => [`the link of ${label}`, (v) => v[k]]),
  ];
  return fits.slice(1).flatMap((fit, w) =>
    measures.flatMap(([what, of]) => {
      const change = of(fit.whole) - of(base.whole);
      const replicates = base.replicates.map((replicate, g) => of(fit.replicates[g]) - of(replicate));
      const error = standardErrorOf({ whole: change, replicates, ratios: base.ratios });
      if (Number.isNaN(change) || !(error > 0)) return [];
      const says = `${what} goes from ${digits(of(base.whole))} to ${digits(of(fit.whole))} in buckets ${WIDTHS[w + 1]} times as wide`;
      return [{ says, t: Math.abs(change) / error, size: Math.abs(change) }];
    }),
  );
}

/** In the order of {@link normalisedLinks}. */
const pairLabels = (symbols: readonly string[]): string[] =>
  symbols.flatMap((second, i) => symbols.slice(0, i).map((first) => `${first} and ${second}`));

/** Sizes relative to the median self impact. */
function oneWay({ samples }: BucketSizeInput, names: readonly number[], whole: readonly number[]): Change[] {
  const self = median(whole.slice(pairsOf(names.length)).filter((k) => k > 0));
  return oneWayLinks(samples, names).map(({ leader, follower, excessBps, t }) => ({
    says: `${follower} goes on moving after flow in ${leader}, ${digits(excessBps)} bps a million more than in reverse`,
    t,
    size: self > 0 ? excessBps / self : 0,
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

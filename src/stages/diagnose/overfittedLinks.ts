import { mergeBases } from '../../model/bases.js';
import type { DetailRow, Diagnosis } from '../../model/diagnosis.js';
import { type Fold, useFold } from '../../model/moments.js';
import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import { studentBound } from '../../numerics/fisher.js';
import { removeFactors } from '../defactor/defactor.js';
import { type RegressionMoments, regressionMoments, squaredErrors } from '../fit/impactProblem.js';
import { diagonalEstimator } from '../fit/kernelWeights.js';
import type { TrainedModel } from '../validate/walkForward.js';
import { ALARM_RATE, digits, judged, type Tested, unjudged, worst } from './diagnosis.js';
import { mergedSum } from './foldJackknife.js';

const MODE = 'over-fitted links';

/** A gain of links is over-fitted where more than this share of it is gone on data that it was not trained on. */
const LARGEST_LOSS = 0.5;

/** Of R²: MODEL §7 expects up to three points from links, and every estimate loses a little of what it fits. */
const SMALLEST_GAP = 0.0025;

/** Fewer folds on either side than this give no interval worth the name. */
const MIN_FOLDS = 3;

/** Standard errors between two estimates of one link from data of the same size, were they independent: windows overlap. */
const TWO_ESTIMATES = Math.SQRT2;

export interface OverfitInput {
  readonly folds: readonly Fold[];
  /** A model and the number of its training folds, counted from the first. */
  readonly model: TrainedModel;
  readonly trainingFolds: number;
  /** What is published: K, N×N, its jackknife errors before shrinkage and the share of folds with a link's sign. */
  readonly K: DenseMatrix;
  readonly standardErrors: DenseMatrix;
  readonly signStability: DenseMatrix;
  /** Matrix of the version before, same names, if there is one. */
  readonly previous?: DenseMatrix | undefined;
}

/**
 * Whether links promise more than they keep: the R² that they add to self impact on its training folds, less what
 * they add on those that did not. Red where the gap is beyond its Student interval and takes more than half of the gain, or
 * where links have turned over since the last version by more than their errors (Bonferroni over links).
 */
export function overfittedLinks(input: OverfitInput | undefined): Diagnosis {
  if (!input) return unjudged(MODE, 'not enough data', 'nothing is out of sample');
  const { folds, trainingFolds, model } = input;
  if (model.K.rows < 2) return unjudged(MODE, 'not applicable', 'one name has no links');
  const [inside, outside] = [folds.slice(0, trainingFolds), folds.slice(trainingFolds)].map((some) =>
    some.filter((fold) => fold.buckets > 0),
  );
  if (inside.length < MIN_FOLDS || outside.length < MIN_FOLDS)
    return unjudged(
      MODE,
      'not enough data',
      `${inside.length} folds that taught links and ${outside.length} that did not`,
    );
  const merged = (fold: Fold) => useFold(fold, (moments) => seen(mergeBases(moments, model.weights), model));
  const own = diagonalEstimator(seen(mergedSum(inside, model.weights), model));
  const gainsOf = (some: readonly Fold[]) => ratioOf(some.map((fold) => foldGain(merged(fold), model, own)));
  const [within, beyond] = [gainsOf(inside), gainsOf(outside)];
  const gap = gapTest(within, beyond, Math.min(inside.length, outside.length) - 1);
  const turnover = turnoverTest(input);
  const test = worst([gap, ...(turnover ? [turnover] : [])])!;
  const evidence =
    `links add ${digits(100 * within.value)} % of R² where they were learnt and ${digits(100 * beyond.value)} % where not ` +
    `(gap ${digits(100 * (within.value - beyond.value))} ± ${digits(100 * Math.hypot(within.error, beyond.error))} points)` +
    `; mean sign stability ${digits(weightedStability(input))}` +
    (turnover ? `; largest turnover of a link ${digits(turnover.value)} errors` : '');
  return judged(MODE, test, evidence, table(within, beyond, input, turnover));
}

const seen = (moments: Parameters<typeof removeFactors>[0], { factorModel }: TrainedModel): RegressionMoments =>
  regressionMoments(removeFactors(moments, factorModel));

interface Gain {
  readonly gain: number;
  readonly base: number;
}

/** Squared errors in units of the training residual variance. */
function foldGain(moments: RegressionMoments, { K, residualVolBps }: TrainedModel, own: DenseMatrix): Gain {
  const total = (errors: Float64Array) =>
    errors.reduce((sum, e, i) => sum + (residualVolBps[i] > 0 ? e / residualVolBps[i] ** 2 : 0), 0);
  const base = total(squaredErrors(moments, zeros(K.rows)));
  return { gain: total(squaredErrors(moments, own)) - total(squaredErrors(moments, K)), base };
}

/** Groups of folds behind the errors of links, at most. */
const GROUPS = 25;

interface Ratio {
  readonly value: number;
  readonly error: number;
}

/** Ratio estimator over folds and its standard error. */
function ratioOf(gains: readonly Gain[]): Ratio {
  const base = gains.reduce((sum, g) => sum + g.base, 0);
  if (!(base > 0)) return { value: 0, error: 0 };
  const value = gains.reduce((sum, g) => sum + g.gain, 0) / base;
  const spread = gains.reduce((sum, g) => sum + (g.gain - value * g.base) ** 2, 0);
  return { value, error: Math.sqrt((gains.length / (gains.length - 1)) * spread) / base };
}

/** One-sided at half the rate, which leaves the other half to turnover. */
function gapTest(within: Ratio, beyond: Ratio, degrees: number): Tested {
  const error = Math.hypot(within.error, beyond.error);
  const gap = within.value - beyond.value;
  const isMaterial = gap >= SMALLEST_GAP && gap > LARGEST_LOSS * Math.abs(within.value);
  return { value: isMaterial && error > 0 ? gap / error : 0, bound: studentBound(ALARM_RATE, degrees) };
}

/** Largest change of a link in units of its error; `undefined` without a version before. */
function turnoverTest({ K, previous, standardErrors, folds }: OverfitInput): Tested | undefined {
  if (!previous) return undefined;
  const n = K.rows;
  let [largest, links] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const k = i * n + j;
      if (!(standardErrors.data[k] > 0)) continue;
      links++;
      largest = Math.max(largest, Math.abs(K.data[k] - previous.data[k]) / (TWO_ESTIMATES * standardErrors.data[k]));
    }
  }
  return links > 0
    ? { value: largest, bound: studentBound(ALARM_RATE / 2 / links, Math.max(1, Math.min(folds.length, GROUPS) - 1)) }
    : undefined;
}

/** Share of folds that agree on the sign of a link, links weighted by their size. */
function weightedStability({ K, signStability }: OverfitInput): number {
  const n = K.rows;
  let [sum, weight] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const size = Math.abs(K.data[i * n + j]);
      sum += size * signStability.data[i * n + j];
      weight += size;
    }
  }
  return weight > 0 ? sum / weight : 1;
}

function table(within: Ratio, beyond: Ratio, input: OverfitInput, turnover: Tested | undefined): DetailRow[] {
  return [
    { what: 'R² from links, folds that taught', value: within.value, standardError: within.error },
    { what: 'R² from links, other folds', value: beyond.value, standardError: beyond.error },
    { what: 'sign stability', value: weightedStability(input) },
    ...(turnover ? [{ what: 'largest turnover, errors', value: turnover.value }] : []),
  ];
}

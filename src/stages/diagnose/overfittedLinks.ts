import { mergeBases } from '../../model/bases.js';
import type { DetailRow, Diagnosis } from '../../model/diagnosis.js';
import { type Fold, type FoldMoments, useFold } from '../../model/moments.js';
import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { hypot, squared } from '../../numerics/elementary/elementary.js';
import { studentBound } from '../../numerics/fisher.js';
import { studentReach } from '../../numerics/statistics.js';
import { removeFactors } from '../defactor/defactor.js';
import { type RegressionMoments, regressionMoments } from '../fit/impactProblem.js';
import type { TrainedModel } from '../validate/trainedModels.js';
import { ALARM_RATE, BASKET_ORDERS, digits, type Effect, type Finding, judged, unjudged, worst } from './diagnosis.js';
import { type FoldLinks, foldLinks, type Kept, kept } from './keptLinks.js';
import { basketCost, basketPrice, crossShare } from './orders.js';

const MODE = 'over-fitted links';

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
  /** Matrix of the version before, if there is one; NaN for a pair that it did not know. */
  readonly previous?: DenseMatrix | undefined;
}

/**
 * Whether links promise more than they keep: the slope λ of moves on what links predict beyond self impact, on the folds that
 * taught the links and on those that did not. Significant where the second is below the first by more than its Student
 * interval, or where links have turned over since the last version by more than their errors (Bonferroni over links).
 *
 * The effect: of the cross part X of a basket's cost λ X is paid. What is promised is 1, or as much as links kept where they
 * were learnt if that was less for other reasons; so links fall short by `min(λ_in − λ_out, 1 − λ_out)`, times the cross share
 * of the cost. Links that are noise have either sign and cancel in a basket that buys everything, so that the basket is the
 * worse of a one-sided one and one whose sides are drawn at random, whose cross part is `√(2 Σ_{i≠j} (q_i K_ij q_j)²)` in
 * the root of its mean square, beside the self cost S. Turnover: the change of the one-sided basket's cost between versions.
 * Orders in one name have no links.
 */
export function overfittedLinks(input: OverfitInput | undefined): Diagnosis {
  if (!input) return unjudged(MODE, 'not enough data', 'nothing is out of sample');
  const { folds, trainingFolds, model } = input;
  if (model.K.rows < 2) return unjudged(MODE, 'not applicable', 'one name has no links');
  const looks = folds.map((fold) => useFold(fold, (moments) => lookAt(moments, model)));
  const [inside, outside] = [looks.slice(0, trainingFolds), looks.slice(trainingFolds)].map((some) =>
    some.flatMap(({ links }) => links ?? []),
  );
  if (inside.length < MIN_FOLDS || outside.length < MIN_FOLDS)
    return unjudged(
      MODE,
      'not enough data',
      `${inside.length} folds that taught links and ${outside.length} that did not`,
    );
  const typical = typicalFlow(looks);
  const [within, beyond] = [kept(inside), kept(outside)];
  if (!within) return unjudged(MODE, 'not applicable', 'no link predicts anything where links were learnt');
  if (!beyond) return unjudged(MODE, 'not enough data', 'no flow in the folds that links were not learnt from');
  const gap = gapFinding(within, beyond, basketShare(model.K, typical), Math.min(inside.length, outside.length) - 1);
  const turnover = turnoverFinding(input, typical);
  const { effect, ...test } = worst([gap, ...(turnover ? [turnover] : [])])!;
  const evidence =
    `links add ${digits(100 * within.gain)} % of R² where they were learnt and ${digits(100 * beyond.gain)} % where not, ` +
    `moves follow them with slope ${digits(within.slope)} and ${digits(beyond.slope)} ± ${digits(beyond.error)}` +
    `; mean sign stability ${digits(weightedStability(input))}` +
    (turnover ? `; largest turnover of a link ${digits(turnover.value)} errors` : '');
  return judged(MODE, test, effect, evidence, table(within, beyond, input, turnover));
}

/** What is asked of a fold, so that each is read once. */
interface FoldLook {
  /** Σ u² by name. */
  readonly flowSquare: Float64Array;
  /** Absent where there is no flow. */
  readonly links?: FoldLinks;
}

function lookAt(moments: FoldMoments, model: TrainedModel): FoldLook {
  const flowSquare = moments.flowSquare.slice();
  if (!(moments.buckets > 0 && flowSquare.some((u) => u > 0))) return { flowSquare };
  return { flowSquare, links: foldLinks(seen(mergeBases(moments, model.weights), model), model) };
}

/** Σ u² by name over all folds, its root: typical flow up to a factor. */
function typicalFlow(looks: readonly FoldLook[]): Float64Array {
  const square = new Float64Array(looks[0].flowSquare.length);
  for (const { flowSquare } of looks) for (let i = 0; i < square.length; i++) square[i] += flowSquare[i];
  return square.map(Math.sqrt);
}

/** Cross share of the cost of the worse of two baskets, and which. */
function basketShare(K: DenseMatrix, typical: Float64Array): Pick<Effect, 'relative' | 'orders'> {
  const cost = basketCost(K, typical);
  const squares = K.data.reduce((sum, value, k) => {
    const [i, j] = [Math.floor(k / K.rows), k % K.rows];
    return i === j ? sum : sum + squared(typical[i] * value * typical[j]);
  }, 0);
  const drawn = cost.self > 0 ? Math.sqrt(2 * squares) / cost.self : 0;
  const oneSided = crossShare(cost);
  return drawn > Math.abs(oneSided)
    ? { relative: drawn, orders: 'a basket of both sides' }
    : { relative: oneSided, orders: BASKET_ORDERS };
}

const seen = (moments: FoldMoments, { factorModel }: TrainedModel): RegressionMoments =>
  regressionMoments(removeFactors(moments, factorModel));

/** Groups of folds behind the errors of links, at most. */
const GROUPS = 25;

/** One-sided at half the rate, which leaves the other half to turnover. */
function gapFinding(
  within: Kept,
  beyond: Kept,
  { relative: share, orders }: Pick<Effect, 'relative' | 'orders'>,
  degrees: number,
): Finding {
  const error = hypot(within.error, beyond.error);
  const gap = within.slope - beyond.slope;
  const short = Math.max(0, Math.min(gap, 1 - beyond.slope));
  const reach = studentReach(0.9, degrees) * error * Math.abs(share);
  return {
    value: error > 0 ? gap / error : 0,
    bound: studentBound(ALARM_RATE, degrees),
    effect: { relative: -short * share, reach, orders },
  };
}

/** Largest change of a link in units of its error; `undefined` without a version before. */
function turnoverFinding(
  { K, previous, standardErrors, folds }: OverfitInput,
  typical: Float64Array,
): Finding | undefined {
  if (!previous) return undefined;
  const n = K.rows;
  let [most, links] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const k = i * n + j;
      if (!(standardErrors.data[k] > 0) || Number.isNaN(previous.data[k])) continue;
      links++;
      most = Math.max(most, Math.abs(K.data[k] - previous.data[k]) / (TWO_ESTIMATES * standardErrors.data[k]));
    }
  }
  const cost = basketCost(K, typical);
  if (links === 0 || !(basketPrice(cost) > 0)) return undefined;
  const known = mapEntries(previous, (value, i, j) => (Number.isNaN(value) ? K.data[i * n + j] : value));
  const change = basketCost(known, typical).cross - cost.cross;
  return {
    value: most,
    bound: studentBound(ALARM_RATE / 2 / links, Math.max(1, Math.min(folds.length, GROUPS) - 1)),
    effect: { relative: change / basketPrice(cost), orders: BASKET_ORDERS },
  };
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

function table(within: Kept, beyond: Kept, input: OverfitInput, turnover: Finding | undefined): DetailRow[] {
  return [
    { what: 'slope of moves on links, folds that taught', value: within.slope, standardError: within.error },
    { what: 'slope of moves on links, other folds', value: beyond.slope, standardError: beyond.error },
    { what: 'R² from links, folds that taught', value: within.gain },
    { what: 'R² from links, other folds', value: beyond.gain },
    { what: 'sign stability', value: weightedStability(input) },
    ...(turnover ? [{ what: 'largest turnover, errors', value: turnover.value }] : []),
  ];
}

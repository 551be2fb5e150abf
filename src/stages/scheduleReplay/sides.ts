import { mergeBases } from '../../model/bases.js';
import { contiguousGroups } from '../../model/heldOut.js';
import { addMoments, type Fold, type FoldMoments, sumMoments } from '../../model/moments.js';
import type { Propagator } from '../../model/roundTrip.js';
import { calibrateFamily } from '../constrain/calibrateFamily.js';
import { projectStepwise } from '../constrain/projectModel.js';
import { unconstrained } from '../fit/calibration.js';
import { kernelInfluence } from '../fit/kernelInfluence.js';
import { fitKernel, symmetricEstimator } from '../fit/kernelWeights.js';
import { mergedSample, wholeOf } from '../fit/mergedSample.js';
import { diagonalWeights } from '../fit/residualWeights.js';
import { constrainedModels, type TrainedModel, type WalkForwardParams } from '../validate/trainedModels.js';
import type { JudgedPrice } from './forms.js';
import { type JudgingPrices, judgingPrices } from './prices.js';

/**
 * Half of the days, every other one. Their baskets are worked by a model of the other half, which has not seen them, and judged
 * by prices of this half, which the model has not seen (MODEL §7b).
 */
export interface ReplaySide {
  readonly days: readonly string[];
  /** Of the other side: constrained, as it would be published. */
  readonly model: TrainedModel;
  readonly propagator: Propagator;
  /** What the model says of costs itself. */
  readonly believed: JudgedPrice;
  readonly prices: JudgingPrices;
  /** Prices without each group of the days of this side in turn. */
  readonly without: readonly { readonly days: readonly string[]; readonly prices: JudgingPrices }[];
}

/** Groups of days that are left out in turn, both sides together; half as many where each takes long. */
const MAX_GROUPS = 20;
const QUICK_WIDTH = 240;
/** Names × time constants that an unpenalised matrix per time constant is taken from, at most. */
const MAX_WIDTH = 800;

/** Days of the folds, in order; a fold that is a part of a day says so after a slash. */
export const dayOfFold = ({ label }: Pick<Fold, 'label'>): string => label.split('/')[0];

const daysOf = (folds: readonly Fold[]): string[] => [...new Set(folds.map(dayOfFold))];

/** Why a window cannot be split; `undefined` where it can. */
export function unsplittable(folds: readonly Fold[], { calibration, transform, decay }: WalkForwardParams) {
  const days = daysOf(folds.filter(({ buckets }) => buckets > 0));
  if (calibration.estimator === 'diagonal') return 'the estimator knows no links';
  if (transform.concavity < 1) return 'flow is concave before its decay: round trips may pay, and no schedule is best';
  if (days.length < MIN_DAYS)
    return `${days.length} days: half of them make a schedule and half judge it; ${MIN_DAYS} are the least`;
  if (calibration.kernelForm === 'scalar') return undefined;
  const width = folds[0].names * decay.length;
  if (width > MAX_WIDTH)
    return `${folds[0].names} names and ${decay.length} time constants are too many for an unpenalised matrix each`;
  return calibration.defactor.derived
    ? 'derived factors are taken out name by name, which a matrix per time constant is not made for'
    : undefined;
}

/** Fewer days leave no spread to judge by. */
const MIN_DAYS = 4;

/** @throws NumericalError when a half of the days has nothing to learn from */
export function replaySides(folds: readonly Fold[], params: WalkForwardParams): ReplaySide[] {
  const days = daysOf(folds.filter(({ buckets }) => buckets > 0));
  const halves = [0, 1].map((parity) => days.filter((_, k) => k % 2 === parity));
  const foldsOf = halves.map((half) => folds.filter((fold) => half.includes(dayOfFold(fold))));
  return halves.map((half, s) => ({
    days: half,
    ...modelOf(foldsOf[1 - s], params),
    ...pricesOf(foldsOf[s], half, params),
  }));
}

function modelOf(
  folds: readonly Fold[],
  params: WalkForwardParams,
): Pick<ReplaySide, 'model' | 'propagator' | 'believed'> {
  const { calibration: recipe, limits, decay } = params;
  const calibration = calibrateFamily(folds, recipe, limits, wholeOf(sumMoments(folds), recipe.defactor));
  const { projected, steps } = projectStepwise(unconstrained(calibration), limits);
  const model = constrainedModels(calibration, steps).at(-1)!;
  const { K, parts, linear = K } = projected;
  const { weights } = model;
  const ones = new Float64Array(decay.length).fill(1);
  const units = limits.units ? { units: limits.units } : {};
  return {
    model,
    propagator: parts
      ? { matrices: parts, decay, weights: ones, ...units }
      : { matrices: [linear], decay, weights, ...(model.concave ? { concave: model.concave.terms } : {}), ...units },
    believed: parts ? { matrices: parts, weights: ones } : { matrices: [K], weights },
  };
}

function pricesOf(
  folds: readonly Fold[],
  days: readonly string[],
  { calibration: { defactor, kernelForm: form } }: WalkForwardParams,
): Pick<ReplaySide, 'prices' | 'without'> {
  const total = sumMoments(folds);
  const whole = wholeOf(total, defactor);
  const kernel = fitKernel(whole.impact, symmetricEstimator);
  const { weights } = kernel;
  const { residualVolBps } = mergedSample(mergeBases(total, weights), defactor);
  const rest = kernelInfluence({ whole, kernel, residualVolBps, residuals: diagonalWeights });
  const width = total.names * (form === 'scalar' ? 1 : total.bases);
  const groups = contiguousGroups(days, (width > QUICK_WIDTH ? MAX_GROUPS / 2 : MAX_GROUPS) / 2);
  return {
    prices: judgingPrices(total, { defactor, form, weights }),
    without: groups.map((group) => {
      const held = sumMoments(folds.filter((fold) => group.includes(dayOfFold(fold))));
      return { days: group, prices: judgingPrices(difference(total, held), { defactor, form, weights: rest(held) }) };
    }),
  };
}

function difference(total: FoldMoments, held: FoldMoments): FoldMoments {
  const rest = sumMoments([total]);
  addMoments(rest, held, -1);
  return rest;
}

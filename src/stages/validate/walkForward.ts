import { useConcave } from '../../model/concaveMoments.js';
import { contiguousGroups } from '../../model/heldOut.js';
import type { Interval } from '../../model/interval.js';
import { type Fold, type FoldMoments, prefixSums, useFold } from '../../model/moments.js';
import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { stacked } from '../../numerics/psdLeastSquares.js';
import { studentReach } from '../../numerics/statistics.js';
import { removeFactors } from '../defactor/defactor.js';
import { withoutRemainder } from '../fit/concave/concaveFit.js';
import { type RegressionMoments, squaredErrors } from '../fit/impactProblem.js';

import {
  COMPARED_MODELS,
  type ComparedModel,
  merged,
  type TrainedModel,
  type TrainedModels,
  trainAll,
  type WalkForwardParams,
  withoutModes,
} from './trainedModels.js';

export interface Scores {
  /** Out-of-sample R² by name, against the move that factors leave. */
  readonly perName: readonly number[];
  /** The same, names weighted by the inverse of their residual variance. */
  readonly pooled: number;
}

export interface OutOfSample {
  readonly scores: Readonly<Record<ComparedModel, Scores>>;
  /** Pooled R² under one constraint more at a time, from none to all. */
  readonly steps: readonly number[];
  /**
   * Pooled R² of the fitted model beyond the best that knows no links; 95 % bounds from the spread over test folds, where
   * there are two.
   */
  readonly crossGain: Interval;
  readonly trainFolds: readonly string[];
  readonly testFolds: readonly string[];
}

function trainingShare(groups: number): number {
  return Math.min(groups - 1, Math.ceil(0.6 * groups));
}

export interface Validation {
  /** Every group after the first 60 % is predicted by a model of all groups before it. */
  readonly walkForward: OutOfSample;
  /** One split: the first 60 % of the folds train, the rest is scored. */
  readonly holdOut: OutOfSample;
  /** The models that were trained, by the number of their training folds, counted from the first. */
  readonly models: ReadonlyMap<number, TrainedModel>;
}

/** Scores on folds that the model has not seen; `undefined` when there are too few folds. */
export function validate(folds: readonly Fold[], params: WalkForwardParams): Validation | undefined {
  const groups = contiguousGroups(folds, params.groups);
  if (groups.length < 2) return undefined;
  const first = trainingShare(groups.length);
  const [training, rest] = [groups.slice(0, first).flat(), groups.slice(first)];
  const models = new Map<number, TrainedModel>();
  const windows = rest.map((_, k) => groups.slice(0, first + k).flat());
  const totals = prefixSums(
    folds,
    windows.map((window) => window.length),
  );
  const held: FoldTally[] = [];
  const walked = windows.flatMap((window, k) => {
    const all = trainAll(window, totals[k], params);
    models.set(window.length, all.fitted);
    const scored = scoreFolds(all, rest[k]);
    if (k === 0) held.push(...scored, ...scoreFolds(all, rest.slice(1).flat()));
    return scored;
  });
  const [walkForward, holdOut] = [walked, held].map((tallies) => summarise(tallies, training, rest.flat()));
  return walkForward && holdOut ? { walkForward, holdOut, models } : undefined;
}

/** Squared errors of one test fold: by model, by name, in units of the training residual variance. */
type FoldTally = Readonly<Record<ComparedModel | 'linkless', Float64Array>> & {
  readonly ownConcave?: Float64Array | undefined;
  readonly steps: readonly Float64Array[];
};

function scoreFolds(models: TrainedModels, test: readonly Fold[]): FoldTally[] {
  return test
    .filter((fold) => fold.buckets > 0)
    .map((fold) =>
      useFold(fold, (moments) => ({
        ...tally(moments, seenBy(fold, moments, models.fitted), models),
        ownConcave: models.ownConcave && errorsOfOwn(fold, moments, models.ownConcave, models.fitted.residualVolBps),
      })),
    );
}

/** A fold as a model with concave own terms sees it: its moves without their remainder. */
function seenBy(fold: Fold, moments: FoldMoments, { concave }: TrainedModel): FoldMoments {
  return concave ? useConcave(fold.concave!, (own) => withoutRemainder(moments, own, concave)) : moments;
}

function errorsOfOwn(fold: Fold, moments: FoldMoments, model: TrainedModel, vol: Float64Array): Float64Array {
  const seen = seenBy(withoutModes(fold), moments, model);
  return errorsInUnitsOf(vol)(merged(seen, model), model.K);
}

/** `fold` as it is, for baselines, and as the fitted model sees it. */
function tally(fold: FoldMoments, seen: FoldMoments, models: TrainedModels): FoldTally {
  const errors = errorsInUnitsOf(models.fitted.residualVolBps);
  const shared = merged(fold, models.zero);
  const own = merged(fold, models.diagonal);
  const fitted = models.fitted.concave ? merged(seen, models.fitted) : shared;
  const steps = stepErrors(seen, models.steps, errors);
  const momentsOf = { diagonal: own, block: fitted } as Partial<Record<ComparedModel, RegressionMoments>>;
  return {
    ...byModel((model) => (model === 'fitted' ? steps.at(-1)! : errors(momentsOf[model] ?? shared, models[model].K))),
    linkless: stepErrors(seen, [models.linkless], errors)[0],
    steps,
  };
}

/** Squared errors by name in units of a residual variance. */
const errorsInUnitsOf = (vol: Float64Array) => (moments: RegressionMoments, K: DenseMatrix) =>
  squaredErrors(moments, K).map((error, i) => (vol[i] > 0 ? error / (vol[i] * vol[i]) : 0));

/** Errors of models that share a first stage and a kernel; equal models are scored once. */
function stepErrors(
  fold: FoldMoments,
  steps: readonly TrainedModel[],
  errors: (moments: RegressionMoments, K: DenseMatrix) => Float64Array,
): Float64Array[] {
  const [first] = steps;
  const moments = first.parts ? removeFactors(fold, first.parts.factorModel) : merged(fold, first);
  const scored: Float64Array[] = [];
  for (const [s, { K, parts }] of steps.entries())
    scored.push(s > 0 && steps[s - 1].K === K ? scored[s - 1] : errors(moments, parts ? stacked(parts.matrices) : K));
  return scored;
}

/** Pooled R² of every step of the constraints on the sum of its training folds. */
export function inSampleSteps(all: FoldMoments, steps: readonly TrainedModel[]): number[] {
  const errors = errorsInUnitsOf(steps[0].residualVolBps);
  const base = total(errors(merged(all, steps[0]), zeros(steps[0].K.rows)));
  return stepErrors(all, steps, errors).map((error) => pooledR2(total(error), base));
}

const pooledR2 = (error: number, base: number): number => 1 - error / Math.max(base, Number.MIN_VALUE);

function byModel<T>(of: (model: ComparedModel) => T): Record<ComparedModel, T> {
  const [zero, diagonal, block, ols, kyle, eigenliquidity, fitted] = COMPARED_MODELS.map(of);
  return { zero, diagonal, block, ols, kyle, eigenliquidity, fitted };
}

function summarise(
  tallies: readonly FoldTally[],
  training: readonly Fold[],
  test: readonly Fold[],
): OutOfSample | undefined {
  if (tallies.length === 0) return undefined;
  const names = tallies[0].zero.length;
  const sumOver = (model: ComparedModel, i: number) => tallies.reduce((sum, t) => sum + t[model][i], 0);
  const base = Array.from({ length: names }, (_, i) => sumOver('zero', i));
  const score = (model: ComparedModel): Scores => {
    const errors = Array.from({ length: names }, (_, i) => sumOver(model, i));
    const perName = errors.map((error, i) => (base[i] > 0 ? 1 - error / base[i] : 0));
    return { perName, pooled: pooledR2(total(errors), total(base)) };
  };
  const scores = byModel(score);
  return {
    scores,
    steps: tallies[0].steps.map((_, s) =>
      pooledR2(
        tallies.reduce((sum, t) => sum + total(t.steps[s]), 0),
        total(base),
      ),
    ),
    crossGain: gainInterval(tallies),
    trainFolds: training.map((fold) => fold.label),
    testFolds: test.map((fold) => fold.label),
  };
}

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, v) => sum + v, 0);

const LINKLESS = ['diagonal', 'linkless', 'zero', 'ownConcave'] as const;
type Linkless = (typeof LINKLESS)[number];

/**
 * Ratio estimator of the gain with a t interval over test folds. What links have to beat is the best of the models that know
 * none: self impact by itself, the fitted model without its links (its self impacts may be better than those of the diagonal
 * fit, which is no merit of links), and nothing at all (making up for a bad diagonal model is no gain).
 */
function gainInterval(tallies: readonly FoldTally[]): Interval {
  const errorsOf = (t: FoldTally, model: Linkless) => t[model] ?? t.diagonal;
  const error = (model: Linkless) => tallies.reduce((sum, t) => sum + total(errorsOf(t, model)), 0);
  const reference = LINKLESS.reduce((best, model) => (error(model) < error(best) ? model : best));
  const gains = tallies.map((t) => total(errorsOf(t, reference)) - total(t.fitted));
  const bases = tallies.map((t) => total(t.zero));
  const base = total(bases);
  if (!(base > 0)) return { value: 0 };
  const value = total(gains) / base;
  const n = tallies.length;
  if (n < 2) return { value };
  const spread = gains.reduce((sum, gain, k) => sum + squared(gain - value * bases[k]), 0);
  const reach = (studentReach(0.95, n - 1) * Math.sqrt((n / (n - 1)) * spread)) / base;
  return { value, low: value - reach, high: value + reach };
}

import { mergeBases } from '../../model/bases.js';
import { ownTermsOf } from '../../model/concaveMoments.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import type { Fold, FoldMoments } from '../../model/moments.js';
import { type DenseMatrix, diagonalMatrix, diagonalOf, zeros } from '../../numerics/dense.js';
import { calibrateFamily } from '../constrain/calibrateFamily.js';
import { type ConstraintStep, type Limits, projectStepwise } from '../constrain/projectModel.js';
import { type DefactorParams, type FactorModel, fitFactors, removeFactors } from '../defactor/defactor.js';
import { BASELINES, type Baseline, baselineEstimators } from '../fit/baselines.js';
import { calibrate } from '../fit/calibrate.js';
import { type Calibration, type CalibrationParams, unconstrained } from '../fit/calibration.js';
import { type ConcaveFit, pinchedFit } from '../fit/concave/concaveFit.js';
import { type RegressionMoments, regressionMoments } from '../fit/impactProblem.js';
import { type Whole, wholeOf } from '../fit/mergedSample.js';

export const COMPARED_MODELS = ['zero', 'diagonal', 'block', ...BASELINES, 'fitted'] as const;
export type ComparedModel = (typeof COMPARED_MODELS)[number];

export interface WalkForwardParams {
  readonly calibration: CalibrationParams;
  readonly limits: Limits;
  readonly decay: Float64Array;
  readonly transform: FlowTransform;
  /** Contiguous groups of folds; the first 60 % only train. */
  readonly groups: number;
}

/** What one training window gave, ready to score folds it has not seen. */
export interface TrainedModel {
  readonly factorModel: FactorModel;
  readonly weights: Float64Array;
  readonly K: DenseMatrix;
  /** A matrix per time constant and the first stage of their flow, where the kernel is not scalar. */
  readonly parts?: { readonly matrices: readonly DenseMatrix[]; readonly factorModel: FactorModel } | undefined;
  /** Concave own terms, of which K holds the secant. */
  readonly concave?: ConcaveFit | undefined;
  /** N: self impact by a line alone where impact is concave, for what is judged lag by lag without a shape. */
  readonly linearSelf?: Float64Array | undefined;
  readonly residualVolBps: Float64Array;
}

/** The model under one constraint more at a time, with its parts where the kernel has them; the last one is published. */
export function constrainedModels(calibration: Calibration, steps: readonly ConstraintStep[]): ConstrainedStep[] {
  return steps.map(({ constraint, K, parts }) => ({
    constraint,
    ...trained(calibration, K),
    parts: parts && calibration.parts && { matrices: parts, factorModel: calibration.parts.factorModel },
  }));
}

type ConstrainedStep = TrainedModel & Pick<ConstraintStep, 'constraint'>;

const trained = ({ estimate, concave }: Calibration, K: DenseMatrix): TrainedModel => ({
  factorModel: estimate.factorModel,
  weights: estimate.kernel.weights,
  K,
  ...(concave ? { concave } : {}),
  residualVolBps: estimate.residualVolBps,
});

/** What one training window gave, baselines included. */
export type TrainedModels = Readonly<Record<ComparedModel, TrainedModel>> & {
  readonly steps: readonly ConstrainedStep[];
  /** The fitted model without its links: the same self impacts, kernel and factors. */
  readonly linkless: TrainedModel;
  /** Where links are concave: concave self impact that was estimated without any link. */
  readonly ownConcave?: TrainedModel | undefined;
};

/** The same model, each name on its own flow alone. */
function withoutLinks(model: TrainedModel): TrainedModel {
  const own = (K: DenseMatrix) => diagonalMatrix(diagonalOf(K));
  const { K, parts, concave } = model;
  if (concave) return { ...model, ...pinchedFit(K, concave, (i, j) => i === j) };
  return { ...model, K: own(K), parts: parts && { ...parts, matrices: parts.matrices.map(own) } };
}

/**
 * The model and its baselines from one window. Baselines are scored as they were estimated: constraints are part of what the
 * model promises, and a floor or a bound that hurts a baseline would flatter the model. Those other than the diagonal one share
 * the model's factors and decay.
 */
export function trainAll(folds: readonly Fold[], total: FoldMoments, params: WalkForwardParams): TrainedModels {
  const whole = wholeOf(total, params.calibration.defactor);
  const calibration = calibrateFamily(folds, params.calibration, params.limits, whole);
  const diagonal = calibrate(folds, { ...params.calibration, concave: undefined, estimator: 'diagonal' }, whole);
  const plain = withoutTerms(trained(calibration, calibration.K), total, params.calibration.defactor);
  const moments = merged(total, plain);
  const baseline = (kind: Baseline) => ({ ...plain, K: baselineEstimators[kind](moments) });
  const steps = constrainedModels(calibration, projectStepwise(unconstrained(calibration), params.limits).steps);
  return {
    zero: { ...plain, K: zeros(calibration.K.rows) },
    diagonal: trained(diagonal, diagonal.K),
    // Every link at its target; a plain estimator has no target but itself.
    block: trained(calibration, calibration.shrinkage?.blockK ?? calibration.K),
    ols: baseline('ols'),
    kyle: baseline('kyle'),
    eigenliquidity: baseline('eigenliquidity'),
    fitted: { ...steps.at(-1)!, ...(calibration.concave ? { linearSelf: diagonalOf(diagonal.K) } : {}) },
    linkless: withoutLinks(steps.at(-1)!),
    ownConcave: ownConcave(folds, params, whole),
    steps,
  };
}

/** What concave links have to beat: names on their own flow alone, as concave as it supports. */
function ownConcave(
  folds: readonly Fold[],
  { calibration, limits }: WalkForwardParams,
  whole: Whole,
): TrainedModel | undefined {
  const { concave } = calibration;
  if (!concave || concave.basis.modes.length === 0) return undefined;
  const own = { ...concave, basis: { ...concave.basis, modes: [] }, hasLinear: true };
  const params = { ...calibration, concave: own, estimator: 'diagonal' as const };
  const fitted = calibrateFamily(folds.map(withoutModes), params, limits, whole);
  return trained(fitted, projectStepwise(unconstrained(fitted), limits).projected.K);
}

/** A fold whose concave moments are those of own terms. */
export const withoutModes = (fold: Fold): Fold => ({ ...fold, concave: fold.concave && ownTermsOf(fold.concave) });

/** What baselines of linear flow share with the model: its decay, and factors of the moves as they are. */
function withoutTerms({ concave, ...model }: TrainedModel, total: FoldMoments, defactor: DefactorParams): TrainedModel {
  return concave ? { ...model, factorModel: fitFactors(mergeBases(total, model.weights), defactor) } : model;
}

/** What factors leave of a fold, its flow filtered by one decay curve. */
export const merged = (fold: FoldMoments, { factorModel, weights }: TrainedModel): RegressionMoments =>
  regressionMoments(removeFactors(mergeBases(fold, weights), factorModel));

import { type Asymmetry, asymmetryOf } from '../../model/asymmetry.js';
import type { FoldMoments } from '../../model/moments.js';
import type { ConstrainedModel } from '../../stages/constrain/constrain.js';
import { rowMoves } from '../../stages/constrain/rowMoves.js';
import { baselineEstimators } from '../../stages/fit/baselines.js';
import type { Calibration } from '../../stages/fit/calibration.js';
import type { RegressionMoments } from '../../stages/fit/impactProblem.js';
import { constrainedModels } from '../../stages/validate/trainedModels.js';
import { inSampleSteps } from '../../stages/validate/walkForward.js';

/** What the absence of paid round trips costs in fit, and what it changed. */
export interface CostOfConstraints {
  /** Pooled R² on the window itself, under one constraint more at a time. */
  readonly inSample: readonly number[];
  /** Length by which the row of each name moved, relative to the row, in normalised units. */
  readonly rowMoves: Float64Array;
  /** Of the estimate that is free to be asymmetric: least squares, row by row. */
  readonly asymmetry: Asymmetry;
}

interface CostInput {
  /** Sum of the window, and its regression on the merged flow. */
  readonly total: FoldMoments;
  readonly impact: RegressionMoments;
  readonly calibration: Calibration;
  readonly constrained: ConstrainedModel;
  readonly decay: Float64Array;
}

export function costOfConstraints({ total, impact, calibration, constrained, decay }: CostInput): CostOfConstraints {
  const { full, steps } = constrained;
  return {
    inSample: inSampleSteps(total, constrainedModels(calibration, steps)),
    rowMoves: rowMoves(calibration.K, full.K),
    asymmetry: asymmetryOf(baselineEstimators.ols(impact), decay, calibration.estimate.kernel.weights),
  };
}

import type { Config } from '../../config/schema.js';
import { type Asymmetry, asymmetryOf } from '../../model/asymmetry.js';
import type { FoldMoments } from '../../model/moments.js';
import { toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import type { ConstrainedModel, Limits } from '../../stages/constrain/constrain.js';
import { baselineEstimators } from '../../stages/fit/baselines.js';
import type { Calibration } from '../../stages/fit/calibrate.js';
import type { RegressionMoments } from '../../stages/fit/impactProblem.js';
import { constrainedModels, inSampleSteps } from '../../stages/validate/walkForward.js';

/** The constraints as configured. */
export function limitsOf({ constrain: { rho, metric, condition_cap } }: Config): Limits {
  return { rho, metric, ...(condition_cap === 'none' ? {} : { conditionCap: condition_cap }) };
}

/** What the absence of paid round trips costs in fit, and what it changed. */
export interface CostOfConstraints {
  /** Pooled R² on the window itself, under one constraint more at a time. */
  readonly inSample: readonly number[];
  /** Length by which the row of each name moved, relative to the row, in normalised units. */
  readonly rowMoves: Float64Array;
  /** Of the estimate that is free to be asymmetric: least squares, row by row. */
  readonly asymmetry: Asymmetry;
}

/** `total` sums the window, `impact` is its regression on the merged flow. */
export function costOfConstraints(
  total: FoldMoments,
  impact: RegressionMoments,
  calibration: Calibration,
  { full, steps }: ConstrainedModel,
  decay: Float64Array,
): CostOfConstraints {
  return {
    inSample: inSampleSteps(total, constrainedModels(calibration, steps)),
    rowMoves: rowMoves(calibration.K, full.K),
    asymmetry: asymmetryOf(baselineEstimators.ols(impact), decay, calibration.kernel.weights),
  };
}

function rowMoves(before: DenseMatrix, after: DenseMatrix): Float64Array {
  const D = diagonalOf(after);
  const [from, to] = [before, after].map((K) => toNormalised(K, D));
  return D.map((_, i) => {
    let moved = 0;
    let length = 0;
    for (let k = i * D.length; k < (i + 1) * D.length; k++) {
      moved += (to.data[k] - from.data[k]) ** 2;
      length += from.data[k] ** 2;
    }
    return length > 0 ? Math.sqrt(moved / length) : 0;
  });
}

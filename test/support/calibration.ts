import type { Fold } from '../../src/model/moments.js';
import { projectStepwise } from '../../src/stages/constrain/projectModel.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { type CalibrationParams, unconstrained } from '../../src/stages/fit/calibration.js';
import {
  constrainedModels,
  type TrainedModel,
  type WalkForwardParams,
} from '../../src/stages/validate/trainedModels.js';

/** The defaults of the configuration for names in these blocks. */
export function defaultCalibration(blocks: readonly string[]): CalibrationParams {
  return {
    defactor: { residualize: 'both', ridge: 0, derived: false, blocks },
    estimator: 'symmetric',
    kernelForm: 'scalar',
    weights: 'full',
    lambda: 'auto',
    penalty: { kind: 'ridge', l1Ratio: 0, restrictions: { zero: [], equal: [] }, turnover: 0 },
    target: 'blocks',
    intensity: 'auto',
    tail: { tMin: 2, signStability: 0.6, apply: 'auto' },
    floor: 0.1,
  };
}

/** The whole recipe on some folds: calibrate, then project. */
export function train(folds: readonly Fold[], params: WalkForwardParams): TrainedModel {
  const calibration = calibrate(folds, params.calibration);
  return constrainedModels(calibration, projectStepwise(unconstrained(calibration), params.limits).steps).at(-1)!;
}

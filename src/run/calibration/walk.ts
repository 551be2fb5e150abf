import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import { decays } from '../../model/kernel.js';
import type { WalkForwardParams } from '../../stages/validate/trainedModels.js';
import { calibrationParams } from '../window/calibrationParams.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { limitsOf } from '../window/limits.js';

/** How a window is validated out of sample: every training window as the configuration, or the choice of a form, has it. */
export const walkOf = (config: Config, names: readonly Name[], window: CalibrationWindow): WalkForwardParams => ({
  calibration: calibrationParams(config, names, window),
  limits: limitsOf(config),
  decay: decays(window.basis),
  transform: window.transform,
  groups: config.validate.folds,
});

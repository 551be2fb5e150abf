import type { CalibrationParams } from '../../src/stages/fit/calibrate.js';

/** The defaults of the configuration for names in these blocks. */
export function defaultCalibration(blocks: readonly string[]): CalibrationParams {
  return {
    defactor: { residualize: 'both', ridge: 0, derived: false, blocks },
    estimator: 'symmetric',
    kernelForm: 'scalar',
    lambda: 'auto',
    penalty: { kind: 'ridge', l1Ratio: 0, restrictions: { zero: [], equal: [] }, turnover: 0 },
    target: 'blocks',
    intensity: 'auto',
    tail: { tMin: 2, signStability: 0.6, apply: 'auto' },
    floor: 0.1,
  };
}

import type { Config } from '../../config/schema.js';
import type { ScoredOutcome } from '../orders/scoreOutcome.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import type { Inputs } from '../window/inputs.js';

/** Everything that a version of a run is made from. */
export interface Publication {
  readonly config: Config;
  readonly asof: string;
  readonly inputs: Inputs;
  readonly moments: CalibrationWindow;
  readonly outcome: ScoredOutcome;
  readonly packageVersion: string;
}

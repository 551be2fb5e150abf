import type { Name } from '../../model/buckets.js';
import type { Diagnosis, FailureMode } from '../../model/diagnosis.js';
import type { Fold } from '../../model/moments.js';
import type { MoveUnit } from '../../model/units.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { diagnose } from '../../stages/diagnose/diagnose.js';
import type { Calibration } from '../../stages/fit/calibration.js';
import type { WalkForwardParams } from '../../stages/validate/trainedModels.js';
import type { Validation } from '../../stages/validate/walkForward.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { championMatrix } from '../window/champion.js';
import type { Replays } from './replays.js';

interface DiagnosedWindow {
  /** Published, N×N, bps per million. */
  readonly K: DenseMatrix;
  readonly accepted: readonly FailureMode[];
  readonly names: readonly Name[];
  readonly moments: CalibrationWindow;
  /** As the linear K sees them. */
  readonly folds: readonly Fold[];
  readonly walk: WalkForwardParams;
  readonly calibration: Calibration;
  readonly validation: Validation;
  readonly replays: Replays;
  /** What `factorContamination` says of the folds. */
  readonly contamination: Diagnosis;
  readonly units: MoveUnit;
}

/** What may have gone wrong, from the days that were replayed and the folds of the window. */
export function diagnoseWindow(window: DiagnosedWindow): Diagnosis[] {
  const { K, accepted, names, contamination, walk, calibration, validation, replays, units } = window;
  const { champion } = window.moments;
  const { folds } = window;
  const { standardErrors, signStability } = calibration.estimate;
  // The first model of the walk leaves the most folds that it has not seen.
  const trainingFolds = Math.min(...validation.models.keys());
  return diagnose({
    days: replays.kept.map(({ day }) => day),
    samples: replays.kept,
    regimes: replays.samples,
    decay: walk.decay,
    transform: walk.transform,
    K,
    accepted,
    units,
    contamination,
    defactor: walk.calibration.defactor,
    overfit: {
      folds,
      model: validation.models.get(trainingFolds)!,
      trainingFolds,
      K,
      standardErrors,
      signStability,
      previous: champion && championMatrix(champion, names),
    },
  });
}

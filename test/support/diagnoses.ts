import type { DayBuckets } from '../../src/model/buckets.js';
import type { Diagnosis, FailureMode } from '../../src/model/diagnosis.js';
import { type DiagnoseInput, diagnose } from '../../src/stages/diagnose/diagnose.js';
import { factorContamination } from '../../src/stages/diagnose/factorContamination.js';
import { mergedGroups } from '../../src/stages/diagnose/foldJackknife.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { CalibrationParams } from '../../src/stages/fit/calibration.js';
import { marketStates } from '../../src/stages/replay/marketStates.js';
import { regimeSample } from '../../src/stages/replay/regimes.js';
import { replayDay } from '../../src/stages/replay/replay.js';
import { defaultCalibration, train } from './calibration.js';
import { DECAY } from './faultyDays.js';
import { LINEAR_FLOW } from './linearFlow.js';

/** Ten minutes. */
const FOLD_BUCKETS = 600;

/** The whole recipe on some days, as a validation makes it: the first half trains, the rest is replayed. */
export function diagnoseInput(days: readonly DayBuckets[], changes: Partial<CalibrationParams> = {}): DiagnoseInput {
  const calibration = { ...defaultCalibration(days[0].symbols.map(() => 'a')), ...changes };
  const accumulate = { decay: DECAY, transform: LINEAR_FLOW, foldBuckets: FOLD_BUCKETS };
  const byDay = days.map((day) => accumulateDay(day, accumulate));
  const split = Math.ceil(days.length / 2);
  const training = byDay.slice(0, split).flat();
  const folds = byDay.flat();
  const walk = {
    calibration,
    limits: { rho: 0.9, metric: 'frobenius' as const },
    decay: DECAY,
    transform: LINEAR_FLOW,
    groups: 5,
  };
  const model = train(training, walk);
  const whole = calibrate(folds, calibration);
  const samples = days.slice(split).map((day) => ({
    day,
    model,
    replay: replayDay(day, model, { decay: DECAY, transform: LINEAR_FLOW, fromBucket: 0 }),
  }));
  return {
    days,
    samples,
    regimes: samples.map(({ day, replay }) => regimeSample(day.grid, marketStates(day), replay, 0)),
    decay: DECAY,
    transform: LINEAR_FLOW,
    K: whole.K,
    contamination: factorContamination({
      groups: mergedGroups(folds, whole.estimate.kernel.weights),
      defactor: calibration.defactor,
    }),
    defactor: calibration.defactor,
    overfit: {
      folds,
      model,
      trainingFolds: training.length,
      K: whole.K,
      standardErrors: whole.estimate.standardErrors,
      signStability: whole.estimate.signStability,
    },
  };
}

export const diagnoses = (days: readonly DayBuckets[], changes?: Partial<CalibrationParams>): Diagnosis[] =>
  diagnose(diagnoseInput(days, changes));

export const redModes = (found: readonly Diagnosis[]): FailureMode[] =>
  found.filter(({ verdict }) => verdict === 'red').map(({ mode }) => mode);

import type { Engine } from '../../io/duckdb.js';
import { type FittedWindow, fitWindow } from '../../run/calibration/fittedWindow.js';
import { alignContext, windowInputs, withEngine, withLock, worthHelping } from '../../run/pipeline.js';
import type { CalibrationWindow } from '../../run/window/calibrationWindow.js';
import { familyWindow } from '../../run/window/familyWindow.js';
import type { Session } from '../session.js';

/** Runs the stages up to the fit and hands the pieces to `use`. */
export async function withFit<T>(
  session: Session,
  date: string,
  use: (fitted: FittedWindow, moments: CalibrationWindow, engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  const { config, effects } = session;
  const inputs = await windowInputs(config, date);
  return withLock(config, session.lockTimeoutMs, effects, () =>
    withEngine(config, effects, async (engine) => {
      const context = await alignContext(config, inputs, engine, effects);
      if (worthHelping(config, context.names.length)) effects.startBlasHelper();
      const window = await familyWindow(context, effects.stage);
      effects.stage('fit');
      const { fitted, moments } = await fitWindow(context, window, effects.stage);
      return use(fitted, moments, engine);
    }),
  );
}

import type { Validation } from '../../stages/validate/walkForward.js';
import type { BesideWork, Effects } from '../effects.js';
import type { AlignContext } from '../window/alignKey.js';
import { calibrationParams } from '../window/calibrationParams.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { hasRoomBeside } from '../window/memory.js';

interface WindowToValidate {
  readonly context: AlignContext;
  readonly window: CalibrationWindow;
  readonly date: string;
  /** Whether a second thread is worth its start. */
  readonly isWorth: boolean;
}

/** What a thread made of a window, once its form is known; `undefined` where the validation is still to be done. */
type Validated = (formed: CalibrationWindow) => Promise<{ readonly value: Validation | undefined } | undefined>;

/**
 * Does work on a window while a thread beside this one validates it, where there is room for both. It takes the form
 * that most windows have; where the data chose another one, its work is thrown away, and that of a thread that failed is
 * said and done again. The bits are the same either way.
 */
export async function validatedBeside<T>(
  of: WindowToValidate,
  effects: Effects,
  work: (validated: Validated | undefined) => Promise<T>,
): Promise<T> {
  const beside = start(of, effects);
  if (!beside) return work(undefined);
  const {
    window,
    context: { config, names },
  } = of;
  effects.pauseBlasHelper();
  const end = async () => {
    await beside.end();
    effects.startBlasHelper();
  };
  try {
    return await work(async (formed) => {
      const isTheSame =
        formed.basis === window.basis &&
        calibrationParams(config, names, formed).kernelForm === calibrationParams(config, names, window).kernelForm;
      const outcome = isTheSame ? await beside.outcome : undefined;
      await end();
      if (outcome && 'value' in outcome) return outcome;
      if (outcome)
        effects.warn(`the validation beside the fit failed (${outcome.failure.message}): it is done after it`);
      return undefined;
    });
  } finally {
    await beside.end();
  }
}

function start(
  { context, window, date, isWorth }: WindowToValidate,
  effects: Effects,
): BesideWork<Validation | undefined> | undefined {
  const { config, names, events, reference } = context;
  if (!isWorth || window.concave || !hasRoomBeside(config, window.folds)) return undefined;
  return effects.validateBeside?.({ config, date, names, events, reference });
}

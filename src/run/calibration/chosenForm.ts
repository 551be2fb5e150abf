import type { Calibration, CalibrationParams } from '../../stages/fit/calibration.js';
import { chooseForm } from '../../stages/fit/form/chooseForm.js';
import type { Whole } from '../../stages/fit/mergedSample.js';
import type { AlignContext } from '../window/alignKey.js';
import { calibrationParams } from '../window/calibrationParams.js';
import { type CalibrationWindow, foldsOn, portfolioWindow, withForm } from '../window/calibrationWindow.js';
import { limitsOf } from '../window/limits.js';
import { besideModes } from './refusals.js';

/** A window whose form of the kernel is settled. */
export interface FormedWindow {
  readonly moments: CalibrationWindow;
  readonly whole: Whole;
  /** Where the choice has made it already. */
  readonly calibration?: Calibration | undefined;
}

const CONCAVE = 'impact that is concave after its decay (fit.kernel.concave)';

/**
 * The form of the kernel where it is left to the data. Impact that is concave after its decay is decided first and has one
 * decay: whether baskets agree with it is seen, and said, by the linear fit of the same window. Like the time constants the form
 * is chosen on the whole window, and training windows of the validation take what was chosen.
 */
export async function chosenForm(
  context: AlignContext,
  { moments, whole }: FormedWindow,
  announce: (text: string) => void,
): Promise<FormedWindow> {
  const { config, names } = context;
  const { form, tau } = config.fit.kernel;
  if (form !== 'auto') return { moments, whole };
  const params: CalibrationParams = { ...calibrationParams(config, names, moments), concave: undefined };
  const besides = besideModes(params, limitsOf(config));
  if (besides)
    return {
      moments: withForm(moments, { form: 'scalar', reason: 'withheld', costs: [], addedTau: [], besides }),
      whole,
    };
  const formed = await chooseForm(
    {
      ...{ basis: moments.basis, folds: moments.folds, whole, params },
      sessionBuckets: moments.sessionBuckets,
      besides: moments.concave && CONCAVE,
      mayAddTau: tau === 'auto',
    },
    {
      portfolioWindow: (portfolios) => portfolioWindow(context, moments, portfolios, announce),
      foldsOn: (basis) => foldsOn(context, moments, basis),
    },
  );
  const { basis, folds } = formed;
  return {
    moments: withForm({ ...moments, basis, folds }, formed.choice),
    whole: formed.whole,
    calibration: moments.concave ? undefined : formed.calibration,
  };
}

import type { Config } from '../../config/schema.js';
import { mergeBases } from '../../model/bases.js';
import type { Name } from '../../model/buckets.js';
import { decays } from '../../model/kernel.js';
import { type Fold, type FoldMoments, sumMoments } from '../../model/moments.js';
import { calibrateFamilyWithErrors } from '../../stages/constrain/calibrateFamily.js';
import { type FactorDiagnostics, factorDiagnostics } from '../../stages/defactor/defactor.js';
import { loadingErrors } from '../../stages/defactor/loadingErrors.js';
import { meanLink } from '../../stages/diagnose/normalisedLinks.js';
import type { Calibration, CalibrationParams } from '../../stages/fit/calibration.js';
import { adjustedFolds, concaveSums, totalWithout } from '../../stages/fit/concave/calibrateConcave.js';
import { wholeOf } from '../../stages/fit/mergedSample.js';
import { estimateWithoutFactors } from '../../stages/fit/withoutFactors.js';
import type { AlignContext } from '../window/alignKey.js';
import { calibrationParams } from '../window/calibrationParams.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { besideUniverse } from '../window/daySymbols.js';
import { limitsOf } from '../window/limits.js';
import { refuseUnknownCanaries } from '../window/linkRestrictions.js';
import { flowAside } from '../window/strayFlow.js';
import { chosenForm, type FormedWindow } from './chosenForm.js';
import { refuseEmpty, refuseForm } from './refusals.js';

/** The first stages of a run: what `xim fit` shows. */
export interface FittedWindow {
  readonly names: readonly Name[];
  readonly params: CalibrationParams;
  readonly calibration: Calibration;
  readonly factors: FactorDiagnostics;
  readonly decay: Float64Array;
  /** Folds of the window as the linear K sees them: without the remainder of concave terms, where there are some. */
  readonly folds: readonly Fold[];
  /** Their sum, bases apart. */
  readonly total: FoldMoments;
  /** The same, its bases merged by the kernel. */
  readonly merged: FoldMoments;
  /** Mean normalised link before shrinkage, for the reader; absent where no factor was taken out. */
  readonly meanLinks?: MeanLinks | undefined;
}

interface MeanLinks {
  readonly withFactors: number;
  readonly withoutFactors: number;
}

/** A fit, and the window that it is of: where the form of the kernel was chosen it may have further time constants. */
export interface Fit {
  readonly fitted: FittedWindow;
  readonly moments: CalibrationWindow;
}

/** Second and third stage on the moments of a window. @throws XimError `numerical` when there is nothing to learn from. */
export async function fitWindow(
  context: AlignContext,
  window: CalibrationWindow,
  announce: (text: string) => void,
): Promise<Fit> {
  const { config, names } = context;
  const total = sumMoments(window.folds);
  refuseEmpty(total, names, besideUniverse(window.reports), flowAside(window.reports, config.flow.source));
  refuseUnknownCanaries(config.guardrails.canary, names);
  const { defactor, ...given } = calibrationParams(config, names, window);
  refuseForm({ defactor, ...given }, limitsOf(config));
  const formed = await chosenForm(context, { moments: window, whole: wholeOf(total, defactor) }, announce);
  return { fitted: fittedWindow(config, names, formed), moments: formed.moments };
}

function fittedWindow(config: Config, names: readonly Name[], { moments, whole, calibration: made }: FormedWindow) {
  const { folds } = moments;
  const params = calibrationParams(config, names, moments);
  const { defactor } = params;
  const calibration = made ?? calibrateFamilyWithErrors(folds, params, limitsOf(config), whole);
  const seen = seenWindow(folds, whole.total, calibration);
  const { kernel, factorModel } = calibration.estimate;
  const merged = mergeBases(seen.total, kernel.weights);
  return {
    names,
    params,
    ...seen,
    merged,
    calibration,
    factors: factorDiagnostics(merged, factorModel, loadingErrors(folds, whole.total, defactor)),
    decay: decays(moments.basis),
    meanLinks: meanLinks(calibration, merged, params),
  };
}

/** Moves of the window without the remainder of concave terms, so that what is left of them is linear in K. */
function seenWindow(
  folds: readonly Fold[],
  total: FoldMoments,
  { concave }: Calibration,
): Pick<FittedWindow, 'folds' | 'total'> {
  if (!concave) return { folds, total };
  const sums = concaveSums(folds);
  return { folds: adjustedFolds(folds, concave, sums, total), total: totalWithout(total, sums, concave) };
}

function meanLinks(
  { estimate }: Calibration,
  merged: FoldMoments,
  { defactor }: CalibrationParams,
): MeanLinks | undefined {
  const bare = estimateWithoutFactors(merged, defactor);
  return bare && { withFactors: meanLink(estimate.rawK.whole), withoutFactors: meanLink(bare) };
}

import { decays, type KernelBasis } from '../../../model/kernel.js';
import { type Fold, sumMoments } from '../../../model/moments.js';
import { calibrate } from '../calibrate.js';
import type { Calibration, CalibrationParams } from '../calibration.js';
import type { OwnWindow } from '../decayProfile.js';
import { chooseKernel, ownProblem } from '../kernelChoice.js';
import { type Whole, wholeOf } from '../mergedSample.js';
import type { PricedKernel } from '../referenceOrders.js';
import { type FormChoice, modesReason, scalarReason } from './formChoice.js';
import { flowMoments, portfolioCosts, withModes } from './portfolioDecay.js';
import { forFlowTimes, type Portfolio, portfoliosOf } from './portfolios.js';

/** Folds on some time constants, and their sum. */
export interface FormFolds {
  readonly basis: KernelBasis;
  readonly folds: readonly Fold[];
  readonly whole: Whole;
}

export interface FormInput extends FormFolds {
  /** Of the scalar kernel, without concave terms. */
  readonly params: CalibrationParams;
  /** Buckets of the longest session. */
  readonly sessionBuckets: number;
  /** What stands against modes whatever portfolios say; they are compared all the same. */
  readonly besides?: string | undefined;
  /** Whether time constants may be added to those of the folds. */
  readonly mayAddTau: boolean;
}

/** Where sums come from that the choice asks for as it goes. */
export interface FormSource {
  /** Own moments of portfolios on the whole grid of time constants. */
  readonly portfolioWindow: (portfolios: readonly Portfolio[]) => Promise<OwnWindow>;
  readonly foldsOn: (basis: KernelBasis) => Promise<readonly Fold[]>;
}

/** A form, and the fit that goes with it. */
export interface FormedFit extends FormFolds {
  readonly choice: FormChoice;
  readonly calibration: Calibration;
}

/**
 * Modes where an order that is worked in the market or a block costs what one decay for all links cannot say, and modes can;
 * the scalar kernel elsewhere. R² of one bucket has no part in it: it hardly sees how impact decays.
 */
export async function chooseForm(input: FormInput, source: FormSource): Promise<FormedFit> {
  const { basis, folds, whole, params, besides } = input;
  const calibration = calibrate(folds, params, whole);
  const scalar = (choice: Partial<FormChoice> & Pick<FormChoice, 'reason'>): FormedFit => ({
    ...{ basis, folds, whole, calibration },
    choice: { form: 'scalar', costs: [], addedTau: [], ...choice },
  });
  const portfolios = portfoliosOf(calibration.K, calibration.shrinkage?.clusters ?? params.defactor.blocks);
  if (portfolios.length === 0) return scalar({ reason: 'noPortfolio' });
  const { flowScale } = calibration.estimate.factorModel.controls;
  const own = await source.portfolioWindow(portfolios.map((each) => forFlowTimes(each, flowScale)));
  const costs = portfolioCosts(own, portfolios, pricedKernel(input, basis, calibration));
  const reason = scalarReason(costs, own.folds.length);
  if (reason !== 'apart') return scalar({ reason, costs });
  if (besides) return scalar({ reason: 'withheld', costs, besides });
  const modes = await fittedModes(input, own, source);
  const { estimate, parts } = modes.calibration;
  const flow = flowMoments(estimate.flowGram, estimate.residualVolBps);
  const kernel = pricedKernel(input, modes.basis, modes.calibration);
  const beside = withModes(costs, portfolios, parts!.matrices, flow, kernel);
  if (modesReason(beside) === 'noCloser') return scalar({ reason: 'noCloser', costs: beside });
  const addedTau = modes.basis.tauSeconds.filter((tau) => !basis.tauSeconds.includes(tau));
  return { ...modes, choice: { form: 'modes', reason: 'apart', costs: beside, addedTau } };
}

/** Modes on the time constants of own flow, and those that the flow of portfolios asks for beside them. */
async function fittedModes(
  { basis, folds, whole, params, mayAddTau }: FormInput,
  own: OwnWindow,
  source: FormSource,
): Promise<FormFolds & Pick<FormedFit, 'calibration'>> {
  const modes = { ...params, kernelForm: 'modes' as const };
  const missing = mayAddTau ? missingTau(basis, own) : [];
  if (missing.length === 0) return { basis, folds, whole, calibration: calibrate(folds, modes, whole) };
  const wider = { ...basis, tauSeconds: [...basis.tauSeconds, ...missing].sort((a, b) => a - b) };
  const widerFolds = await source.foldsOn(wider);
  const widerWhole = wholeOf(sumMoments(widerFolds), params.defactor);
  return {
    ...{ basis: wider, folds: widerFolds, whole: widerWhole },
    calibration: calibrate(widerFolds, modes, widerWhole),
  };
}

/** Time constants that portfolios choose from the grid and names did not. */
const missingTau = (basis: KernelBasis, { total, basis: grid }: OwnWindow): number[] =>
  chooseKernel(ownProblem(total))
    .at(-1)!
    .bases.map((p) => grid.tauSeconds[p])
    .filter((tau) => !basis.tauSeconds.includes(tau));

const pricedKernel = ({ sessionBuckets }: FormInput, basis: KernelBasis, { estimate }: Calibration): PricedKernel => ({
  decay: decays(basis),
  weights: estimate.kernel.weights,
  bucketMs: basis.bucketMs,
  sessionBuckets,
});

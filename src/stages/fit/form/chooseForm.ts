import { decays, type KernelBasis } from '../../../model/kernel.js';
import { type Fold, sumMoments } from '../../../model/moments.js';
import { calibrate } from '../calibrate.js';
import type { Calibration, CalibrationParams } from '../calibration.js';
import type { OwnWindow } from '../decayProfile.js';
import { chooseKernel, ownProblem } from '../kernelChoice.js';
import { type Whole, wholeOf } from '../mergedSample.js';
import type { PricedKernel } from '../referenceOrders.js';
import { areBorne, areCloser, type FormChoice, modesLeave, scalarReason } from './formChoice.js';
import { flowMoments, type PortfolioCost, portfolioCosts, withModes } from './portfolioDecay.js';
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
 * Modes where an order that is worked in the market, a block or a hedged basket costs what one decay for all links cannot say,
 * and modes can; the scalar kernel elsewhere. R² of one bucket has no part in it: it hardly sees how impact decays. Baskets may
 * ask for time constants that own flow did not: one decay for all links has the first say on those too.
 */
export async function chooseForm(input: FormInput, source: FormSource): Promise<FormedFit> {
  const { basis, folds, whole, params, besides } = input;
  const plain = { basis, folds, whole, calibration: calibrate(folds, params, whole) };
  const scalar = (choice: Partial<FormChoice> & Pick<FormChoice, 'reason'>, fit: Fit = plain): FormedFit => ({
    ...fit,
    choice: { form: 'scalar', costs: [], addedTau: addedTau(input, fit), ...choice },
  });
  const portfolios = portfoliosOf(plain.calibration.K, groupsOf(plain.calibration, params));
  if (portfolios.length === 0) return scalar({ reason: 'noPortfolio' });
  const { flowScale } = plain.calibration.estimate.factorModel.controls;
  const own = await source.portfolioWindow(portfolios.map((each) => forFlowTimes(each, flowScale)));
  const costsBy = (fit: Fit) => portfolioCosts(own, portfolios, pricedKernel(input, fit));
  const costs = costsBy(plain);
  const reason = scalarReason(costs, own.folds.length);
  if (reason !== 'apart') return scalar({ reason, costs });
  if (besides) return scalar({ reason: 'withheld', costs, besides });
  const wider = await widerFolds(input, own, source);
  const slower = wider && fitOn(wider, params);
  if (slower && areBorne(costsBy(slower))) return scalar({ reason: 'alike', costs: costsBy(slower) }, slower);
  const tried = [input, ...(wider ? [wider] : [])]
    .map((on) => fitOn(on, { ...params, kernelForm: 'modes' }))
    .map((fit) => ({ fit, costs: besideModes(input, fit, costs, portfolios) }));
  const closest = tried.reduce((top, next) => (modesLeave(next.costs) <= modesLeave(top.costs) ? next : top));
  if (!areCloser(closest.costs)) return scalar({ reason: 'noCloser', costs: closest.costs });
  const choice = { reason: 'apart', costs: closest.costs, addedTau: addedTau(input, closest.fit) } as const;
  return { ...closest.fit, choice: { form: 'modes', ...choice } };
}

type Fit = FormFolds & Pick<FormedFit, 'calibration'>;

const fitOn = ({ basis, folds, whole }: FormFolds, params: CalibrationParams): Fit => ({
  ...{ basis, folds, whole },
  calibration: calibrate(folds, params, whole),
});

const groupsOf = ({ shrinkage }: Calibration, { defactor }: CalibrationParams): readonly string[] =>
  shrinkage?.clusters ?? defactor.blocks;

const addedTau = ({ basis }: FormInput, fit: Fit): number[] =>
  fit.basis.tauSeconds.filter((tau) => !basis.tauSeconds.includes(tau));

/** The folds on further time constants that the flow of portfolios asks for, if it does and they are to be chosen. */
async function widerFolds(
  { basis, params, mayAddTau }: FormInput,
  own: OwnWindow,
  source: FormSource,
): Promise<FormFolds | undefined> {
  const missing = mayAddTau ? missingTau(basis, own) : [];
  if (missing.length === 0) return undefined;
  const wider = { ...basis, tauSeconds: [...basis.tauSeconds, ...missing].sort((a, b) => a - b) };
  const folds = await source.foldsOn(wider);
  return { basis: wider, folds, whole: wholeOf(sumMoments(folds), params.defactor) };
}

function besideModes(
  input: FormInput,
  fit: Fit,
  costs: readonly PortfolioCost[],
  portfolios: readonly Portfolio[],
): PortfolioCost[] {
  const { estimate, parts } = fit.calibration;
  const flow = flowMoments(estimate.flowGram, estimate.residualVolBps);
  return withModes(costs, portfolios, parts!.matrices, flow, pricedKernel(input, fit));
}

/** Time constants that portfolios choose from the grid and names did not. */
const missingTau = (basis: KernelBasis, { total, basis: grid }: OwnWindow): number[] =>
  chooseKernel(ownProblem(total))
    .at(-1)!
    .bases.map((p) => grid.tauSeconds[p])
    .filter((tau) => !basis.tauSeconds.includes(tau));

const pricedKernel = ({ sessionBuckets }: FormInput, { basis, calibration }: Fit): PricedKernel => ({
  decay: decays(basis),
  weights: calibration.estimate.kernel.weights,
  bucketMs: basis.bucketMs,
  sessionBuckets,
});

import type { Config } from '../../config/schema.js';
import { mergeBases } from '../../model/bases.js';
import type { Name } from '../../model/buckets.js';
import type { Diagnosis } from '../../model/diagnosis.js';
import type { Gate } from '../../model/gate.js';
import type { BucketGrid } from '../../model/grid.js';
import type { GuardrailHistory, GuardrailValues } from '../../model/guardrails.js';
import { decays } from '../../model/kernel.js';
import { traceShares } from '../../model/kernelParts.js';
import type { ReferenceOrder } from '../../model/manifest.js';
import { type FoldMoments, sumMoments } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { type ConstrainedModel, constrain } from '../../stages/constrain/constrain.js';
import { movedOut } from '../../stages/constrain/movedOut.js';
import { type FactorDiagnostics, factorDiagnostics, removeFactors } from '../../stages/defactor/defactor.js';
import { loadingErrors } from '../../stages/defactor/loadingErrors.js';
import { meanLink } from '../../stages/diagnose/normalisedLinks.js';
import { type BasketCost, basketCosts, referenceBaskets } from '../../stages/fit/basketCosts.js';
import { calibrate } from '../../stages/fit/calibrate.js';
import { type Calibration, type CalibrationParams, unconstrained } from '../../stages/fit/calibration.js';
import { decayProfile, type KernelBand, kernelBands } from '../../stages/fit/decayProfile.js';
import { type RegressionMoments, regressionMoments } from '../../stages/fit/impactProblem.js';
import { wholeOf } from '../../stages/fit/mergedSample.js';
import { type PricedKernel, referenceOrders } from '../../stages/fit/referenceOrders.js';
import { estimateWithoutFactors } from '../../stages/fit/withoutFactors.js';
import { basketCap } from '../../stages/guardrails/basketCap.js';
import { guardrailValues } from '../../stages/guardrails/guardrailValues.js';
import type { HorizonScore } from '../../stages/replay/horizonScores.js';
import type { LagPoint } from '../../stages/replay/lagResponse.js';
import type { RegimeTable } from '../../stages/replay/regimes.js';
import { type DecayFitPoint, decayFit } from '../../stages/validate/decayFit.js';
import { judge, type Unscored } from '../../stages/validate/gates.js';
import { type Identification, identificationOf } from '../../stages/validate/identification.js';
import { type OutOfSample, validate, type WalkForwardParams } from '../../stages/validate/walkForward.js';
import { calibrationParams } from '../window/calibrationParams.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { limitsOf } from '../window/limits.js';
import { type CostOfConstraints, costOfConstraints } from './costOfConstraints.js';
import { diagnoseWindow } from './diagnoseWindow.js';
import { gateRules } from './gateRules.js';
import { refuseEmpty, refuseForm } from './refusals.js';
import { replayDays } from './replays.js';

/** The first stages of a run: what `xim fit` shows. */
export interface FittedWindow {
  readonly names: readonly Name[];
  readonly params: CalibrationParams;
  readonly calibration: Calibration;
  readonly factors: FactorDiagnostics;
  readonly decay: Float64Array;
  /** Sum of the window, its bases apart. */
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

/** Everything a version holds, before it is written. */
export interface Outcome extends FittedWindow {
  readonly constrained: ConstrainedModel;
  readonly costOfConstraints: CostOfConstraints;
  /** Bands of the fitted decay; empty for other forms than scalar, and where own flow explains nothing. */
  readonly kernelBands: readonly KernelBand[];
  readonly basketCosts: readonly BasketCost[];
  readonly referenceOrders: readonly ReferenceOrder[];
  readonly decayFit?: readonly DecayFitPoint[] | undefined;
  /** Absent where the estimator knows no links. */
  readonly identification?: Identification | undefined;
  readonly outOfSample?: OutOfSample | undefined;
  readonly holdOut?: OutOfSample | undefined;
  readonly horizons: readonly HorizonScore[];
  /** Moves on own lagged flow, without a shape assumed; empty where the last day is not replayed. */
  readonly lagResponse: readonly LagPoint[];
  readonly regimes?: RegimeTable | undefined;
  readonly guardrails: GuardrailValues;
  /** What `guardrails.basket_cap: auto` stands for. */
  readonly basketCap: number;
  /** What the guardrails would have done on the days that were replayed. */
  readonly guardrailHistory?: GuardrailHistory | undefined;
  /** Failure modes; empty where nothing is replayed. */
  readonly diagnoses: readonly Diagnosis[];
  readonly gates: readonly Gate[];
}

/** Second and third stage on the moments of a window. @throws XimError `numerical` when there is nothing to learn from. */
export function fitWindow(config: Config, names: readonly Name[], moments: CalibrationWindow): FittedWindow {
  const { folds } = moments;
  const total = sumMoments(folds);
  refuseEmpty(total, names);
  const params = calibrationParams(config, names, moments);
  refuseForm(params, limitsOf(config));
  const { defactor } = params;
  const calibration = calibrate(folds, params, wholeOf(total, defactor));
  const { kernel, factorModel } = calibration.estimate;
  const merged = mergeBases(total, kernel.weights);
  return {
    names,
    params,
    total,
    merged,
    calibration,
    factors: factorDiagnostics(merged, factorModel, loadingErrors(folds, total, defactor)),
    decay: decays(moments.basis),
    meanLinks: meanLinks(calibration, merged, params),
  };
}

function meanLinks(
  { estimate }: Calibration,
  merged: FoldMoments,
  { defactor }: CalibrationParams,
): MeanLinks | undefined {
  const bare = estimateWithoutFactors(merged, defactor);
  return bare && { withFactors: meanLink(estimate.rawK.whole), withoutFactors: meanLink(bare) };
}

interface ConcludeInput {
  readonly config: Config;
  readonly fitted: FittedWindow;
  readonly moments: CalibrationWindow;
  /** Of the window's last day. */
  readonly grid: BucketGrid;
  readonly announce: (text: string) => void;
}

/** Constrains, validates out of sample, replays, diagnoses and judges. */
export async function concludeWindow({ config, fitted, moments, grid, announce }: ConcludeInput): Promise<Outcome> {
  const { calibration, params, decay, names, total, merged } = fitted;
  const { folds, concavity } = moments;
  const { defactor } = params;
  const { kernel, factorModel } = calibration.estimate;
  const limits = limitsOf(config);
  const constrained = constrain(
    { ...unconstrained(calibration), decay, weights: kernel.weights, concavity },
    { ...limits, blocks: defactor.blocks },
  );
  const published = constrained.full.K;
  const impact = regressionMoments(removeFactors(merged, factorModel));
  const guardrails = guardrailValues(published, impact.gram);
  const walk: WalkForwardParams = { calibration: params, limits, decay, concavity, groups: config.validate.folds };
  const groups = calibration.shrinkage?.clusters ?? defactor.blocks;
  const basket = basketCap({ K: published, groups, errors: calibration.linkErrors });
  announce('validate out of sample');
  const validation = validate(folds, walk);
  const replays =
    validation && !defactor.derived
      ? await replayDays({
          config,
          moments,
          walk,
          models: validation.models,
          basketCap: basket.numericCap,
          grid,
          announce,
        })
      : undefined;
  announce('diagnose');
  const diagnoses =
    replays && validation ? diagnoseWindow({ names, moments, walk, calibration, validation, replays }) : [];
  const { parts } = constrained.full;
  const priced = pricedKernel(moments, decay, parts ? traceShares(parts) : kernel.weights, grid);
  const profile = decayProfile(moments.own);
  const evidence = {
    certificate: constrained.full.certificate,
    outOfSample: validation?.walkForward ?? UNSCORED,
    guardrails,
    identification: identify(calibration, impact, published, total.factors > 0),
    decayFit: profile && decayFit(profile, priced),
    diagnoses,
    contradicted: contradictions(calibration, constrained, names),
  };
  return {
    ...fitted,
    ...evidence,
    constrained,
    costOfConstraints: costOfConstraints({ total, impact, calibration, constrained, decay }),
    outOfSample: validation?.walkForward,
    holdOut: validation?.holdOut,
    horizons: replays?.horizons ?? [],
    lagResponse: replays?.lagResponse ?? [],
    regimes: replays?.regimes,
    guardrailHistory: replays?.guardrailHistory,
    kernelBands: profile && !parts ? kernelBands(profile, decay, kernel.weights) : [],
    basketCosts: basketCosts(referenceBaskets(impact), published, calibration.estimate.rawK),
    referenceOrders: referenceOrders({
      symbols: names.map(({ symbol }) => symbol),
      K: published,
      parts,
      kernel: priced,
      calibration,
      impact,
      profile,
    }),
    basketCap: basket.numericCap,
    gates: judge(evidence, gateRules(config, basket)),
  };
}

export const UNSCORED: Unscored = { verdict: 'not enough data', reason: 'one fold only: nothing is out of sample' };

/** Entries of K whose constraint contradicts the estimate, by symbol; `undefined` where the estimate has no errors. */
function contradictions({ estimate }: Calibration, { steps }: ConstrainedModel, names: readonly Name[]) {
  const { rawK, standardErrors, errorDegrees } = estimate;
  if (!standardErrors.data.some((error) => error > 0)) return undefined;
  const symbol = (i: number) => names[i].symbol;
  return movedOut({ raw: rawK.whole, standardErrors, degrees: errorDegrees, steps })
    .filter(({ names: [i, j] }) => i <= j)
    .map(({ names: [i, j], constraint, low, high, published }) => ({
      entry: i === j ? symbol(i) : `${symbol(i)}–${symbol(j)}`,
      constraint,
      low,
      high,
      published,
    }));
}

/** An estimator without links has none to tell apart from a factor. */
function identify(
  { isZero, estimate }: Calibration,
  moments: RegressionMoments,
  K: DenseMatrix,
  factorsGiven: boolean,
): Identification | undefined {
  if (K.rows < 2 || isZero.every((zero, k) => zero === 1 || k % (K.rows + 1) === 0)) return undefined;
  const { rawK, standardErrors } = estimate;
  return identificationOf({ moments, K, rawK: rawK.whole, standardErrors, factorsGiven });
}

const pricedKernel = (
  { basis }: CalibrationWindow,
  decay: Float64Array,
  weights: Float64Array,
  { sessions }: BucketGrid,
): PricedKernel => ({
  decay,
  weights,
  bucketMs: basis.bucketMs,
  sessionBuckets: Math.max(...sessions.map(({ buckets }) => buckets)),
});

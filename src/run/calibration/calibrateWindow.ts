import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import type { Diagnosis } from '../../model/diagnosis.js';
import type { Gate } from '../../model/gate.js';
import type { BucketGrid } from '../../model/grid.js';
import type { GuardrailHistory, GuardrailValues } from '../../model/guardrails.js';
import { decays } from '../../model/kernel.js';
import { type Fold, type FoldMoments, mergeBases, sumMoments, useFold } from '../../model/moments.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { jackknifeStandardError } from '../../numerics/statistics.js';
import { type ConstrainedModel, constrain } from '../../stages/constrain/constrain.js';
import {
  type DefactorParams,
  type FactorDiagnostics,
  factorDiagnostics,
  fitFactors,
  removeFactors,
} from '../../stages/defactor/defactor.js';
import { dropFactors } from '../../stages/defactor/dropFactors.js';
import { diagnose } from '../../stages/diagnose/diagnose.js';
import { meanLink } from '../../stages/diagnose/normalisedLinks.js';
import { type Calibration, type CalibrationParams, calibrate, wholeOf } from '../../stages/fit/calibrate.js';
import { type RegressionMoments, regressionMoments } from '../../stages/fit/impactProblem.js';
import { symmetricEstimator } from '../../stages/fit/kernelWeights.js';
import { selectBases } from '../../stages/fit/timeConstants.js';
import {
  type BasketCost,
  basketCosts,
  type KernelBand,
  kernelBands,
  referenceBaskets,
} from '../../stages/fit/uncertainty.js';
import { guardrailValues } from '../../stages/guardrails/guardrailValues.js';
import type { LagPoint } from '../../stages/replay/lagResponse.js';
import type { RegimeTable } from '../../stages/replay/regimes.js';
import type { HorizonScore } from '../../stages/replay/replay.js';
import { judge } from '../../stages/validate/gates.js';
import {
  foldGroups,
  type OutOfSample,
  type Validation,
  validate,
  type WalkForwardParams,
} from '../../stages/validate/walkForward.js';
import { calibrationParams } from '../window/calibrationParams.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { championMatrix } from '../window/champion.js';
import { type CostOfConstraints, costOfConstraints, limitsOf } from './costOfConstraints.js';
import { refuseEmpty, refuseForm } from './refusals.js';
import { type Replays, replayDays } from './replays.js';

/** The first stages of a run: what `xim fit` shows. */
export interface FittedWindow {
  readonly names: readonly Name[];
  readonly calibration: Calibration;
  readonly factors: FactorDiagnostics;
  readonly decay: Float64Array;
  /** Sum of the window, its bases apart. */
  readonly total: FoldMoments;
  /** Mean normalised link before shrinkage, for the reader; absent where no factor was taken out. */
  readonly meanLinks?: { readonly withFactors: number; readonly withoutFactors: number };
}

/** Everything a version holds, before it is written. */
export interface Outcome extends FittedWindow {
  readonly constrained: ConstrainedModel;
  readonly costOfConstraints: CostOfConstraints;
  readonly outOfSample?: OutOfSample;
  readonly holdOut?: OutOfSample;
  readonly horizons: readonly HorizonScore[];
  /** Moves on own lagged flow, without a shape assumed; empty where the last day is not replayed. */
  readonly lagResponse: readonly LagPoint[];
  /** Bands of the fitted decay; empty for other forms than scalar and for baselines. */
  readonly kernelBands: readonly KernelBand[];
  readonly basketCosts: readonly BasketCost[];
  readonly regimes?: RegimeTable;
  readonly guardrails: GuardrailValues;
  /** What the guardrails would have done on the days that were replayed. */
  readonly guardrailHistory?: GuardrailHistory;
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
  const calibration = calibrate(folds, params, wholeOf(total, params.defactor));
  const merged = mergeBases(total, calibration.kernel.weights);
  return {
    names,
    total,
    calibration,
    factors: factorDiagnostics(merged, calibration.factorModel, loadingErrors(folds, total, params)),
    decay: decays(moments.basis),
    ...(total.factors > 0 || params.defactor.derived
      ? {
          meanLinks: {
            withFactors: meanLink(calibration.rawK),
            withoutFactors: meanLink(rawWithoutFactors(merged, params.defactor)),
          },
        }
      : {}),
  };
}

/** The estimate with the same decay, as if no factor had been given. */
function rawWithoutFactors(merged: FoldMoments, defactor: DefactorParams): DenseMatrix {
  const bare = dropFactors(merged);
  return symmetricEstimator(regressionMoments(removeFactors(bare, fitFactors(bare, { ...defactor, derived: false }))));
}

function loadingErrors(folds: readonly Fold[], total: FoldMoments, params: CalibrationParams): Float64Array[] {
  const width = 1 + total.factors;
  if (folds.length < 2 || width === 1) return Array.from({ length: total.names }, () => new Float64Array(width));
  // Loadings know nothing of flow.
  const moves = selectBases(total, []);
  const replicates = folds
    .filter((fold) => fold.buckets > 0)
    .map((fold) => {
      const rest = sumMoments([moves, useFold(fold, (whole) => selectBases(whole, []))], [1, -1]);
      return fitFactors(rest, { ...params.defactor, derived: false }).controls.moves;
    });
  return Array.from({ length: total.names }, (_, i) =>
    Float64Array.from({ length: width }, (_unused, a) =>
      jackknifeStandardError(replicates.map((moves) => moves.data[i * width + a])),
    ),
  );
}

/** Constrains, validates out of sample and judges. `grid` is that of the window's last day. */
export async function concludeWindow(
  config: Config,
  fitted: FittedWindow,
  moments: CalibrationWindow,
  grid: BucketGrid,
  announce: (text: string) => void,
): Promise<Outcome> {
  const { calibration, decay, names, total } = fitted;
  const params = calibrationParams(config, names, moments);
  const { K, parts, isZero, floors, kernel, residualVolBps } = calibration;
  const limits = limitsOf(config);
  const { concavity } = moments;
  const constrained = constrain(
    {
      K,
      ...(parts ? { parts } : {}),
      isZero,
      floors,
      residualVolBps,
      flowGram: calibration.flowGram,
      decay,
      weights: kernel.weights,
      concavity,
    },
    { ...limits, blocks: params.defactor.blocks },
  );
  const walk: WalkForwardParams = {
    calibration: params,
    limits,
    decay,
    concavity,
    groups: config.validate.folds,
  };
  announce('validate out of sample');
  const validation = validate(moments.folds, walk);
  const replays =
    validation && !params.defactor.derived
      ? await replayDays(config, moments, walk, validation, grid, announce)
      : undefined;
  announce('diagnose');
  const diagnoses = replays && validation ? diagnoseWindow(moments, names, walk, calibration, validation, replays) : [];
  const merged = mergeBases(total, kernel.weights);
  const impact = regressionMoments(removeFactors(merged, calibration.factorModel));
  const guardrails = guardrailValues(constrained.full.K, impact.gram);
  const { condition_cap, cross_share_cap, basket_cap } = config.guardrails;
  const caps = { conditionCap: condition_cap, crossShareCap: cross_share_cap, basketCap: basket_cap };
  return {
    ...fitted,
    constrained,
    costOfConstraints: costOfConstraints(total, impact, calibration, constrained, decay),
    ...(validation ? { outOfSample: validation.walkForward, holdOut: validation.holdOut } : {}),
    horizons: replays?.horizons ?? [],
    lagResponse: replays?.lagResponse ?? [],
    ...(replays ? { regimes: replays.regimes, guardrailHistory: replays.guardrailHistory } : {}),
    diagnoses,
    ...uncertainty(moments, total, impact, calibration, constrained.full.K, params, decay),
    guardrails,
    gates: judge(constrained.full.certificate, validation?.walkForward, guardrails, caps),
  };
}

/** What may have gone wrong, from the days that were replayed and the folds of the window. */
function diagnoseWindow(
  { folds, champion }: CalibrationWindow,
  names: readonly Name[],
  { calibration: { defactor }, decay, concavity }: WalkForwardParams,
  { kernel, K, standardErrors, signStability }: Calibration,
  { models }: Validation,
  { kept, samples }: Replays,
): Diagnosis[] {
  // The first model of the walk leaves the most folds that it has not seen.
  const taught = Math.min(...models.keys());
  const previous = champion ? { previous: championMatrix(champion, names) } : {};
  return diagnose({
    days: kept.map(({ day }) => day),
    samples: kept,
    regimes: samples,
    decay,
    concavity,
    contamination: { folds, weights: kernel.weights, defactor },
    overfit: { folds, model: models.get(taught)!, taught, K, standardErrors, signStability, ...previous },
  });
}

/** Groups of folds behind the bands of the kernel: they need the bases apart, which is dear for many names. */
const BAND_GROUPS = 10;

/** Intervals of the decay and of what reference baskets cost. */
function uncertainty(
  { folds }: CalibrationWindow,
  total: FoldMoments,
  impact: RegressionMoments,
  calibration: Calibration,
  K: DenseMatrix,
  { defactor }: CalibrationParams,
  decay: Float64Array,
): Pick<Outcome, 'kernelBands' | 'basketCosts'> {
  const { kernel, parts } = calibration;
  const { rawK, rawReplicates } = calibration;
  const costs = basketCosts(referenceBaskets(impact), K, rawK, rawReplicates);
  if (parts || rawReplicates.values.length < 2 || total.bases < 2) return { kernelBands: [], basketCosts: costs };
  const held = foldGroups(folds, BAND_GROUPS)
    .map((group) => sumMoments(group))
    .filter((group) => group.buckets > 0 && group.buckets < total.buckets);
  const values = held.map((group) => {
    const rest = sumMoments([total, group], [1, -1]);
    return removeFactors(rest, fitFactors(rest, defactor));
  });
  const ratios = held.map((group) => total.buckets / group.buckets);
  return { kernelBands: kernelBands(decay, kernel.weights, calibration.K, { values, ratios }), basketCosts: costs };
}

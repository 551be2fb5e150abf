import type { Config } from '../../config/schema.js';
import { type Diagnosis, FAILURE_MODES } from '../../model/diagnosis.js';
import { durationNs } from '../../model/duration.js';
import type { Gate } from '../../model/gate.js';
import type { BucketGrid } from '../../model/grid.js';
import type { GuardrailHistory, GuardrailValues } from '../../model/guardrails.js';
import type { ReferenceOrder } from '../../model/manifest.js';
import { type ConstrainedModel, constrain } from '../../stages/constrain/constrain.js';
import { removeFactors } from '../../stages/defactor/defactor.js';
import { factorContamination } from '../../stages/diagnose/factorContamination.js';
import { mergedGroups } from '../../stages/diagnose/foldJackknife.js';
import { oddVenues } from '../../stages/diagnose/venueImpact.js';
import type { BasketCost } from '../../stages/fit/basketCosts.js';
import { unconstrained } from '../../stages/fit/calibration.js';
import type { KernelBand } from '../../stages/fit/decayProfile.js';
import { type RegressionMoments, regressionMoments } from '../../stages/fit/impactProblem.js';
import { basketCap } from '../../stages/guardrails/basketCap.js';
import { guardrailValues } from '../../stages/guardrails/guardrailValues.js';
import type { HorizonScore } from '../../stages/replay/horizonScores.js';
import type { LagPoint } from '../../stages/replay/lagResponse.js';
import type { RegimeTable } from '../../stages/replay/regimes.js';
import type { ResponseCurve } from '../../stages/replay/responseCurve.js';
import { oddDays } from '../../stages/validate/dayRatios.js';
import type { DecayFitPoint } from '../../stages/validate/decayFit.js';
import { FactorDays } from '../../stages/validate/factorDays.js';
import { judge, type Unscored } from '../../stages/validate/gates.js';
import type { Identification } from '../../stages/validate/identification.js';
import type { ResponseAtLag } from '../../stages/validate/lateResponse.js';
import type { DayLevels } from '../../stages/validate/levelFindings.js';
import { levelJumps } from '../../stages/validate/levels.js';
import { OwnImpacts } from '../../stages/validate/ownImpact.js';
import { type OutOfSample, type Validation, validate } from '../../stages/validate/walkForward.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';
import { limitsOf } from '../window/limits.js';
import { type CostOfConstraints, costOfConstraints } from './costOfConstraints.js';
import { diagnoseWindow } from './diagnoseWindow.js';
import type { FittedWindow } from './fittedWindow.js';
import { gateRules } from './gateRules.js';
import { contradictions, identify, inseparableOf } from './linkEvidence.js';
import { orderPrices } from './orderPrices.js';
import { lastDayToReplay, type Replays, replayDays } from './replays.js';
import { walkOf } from './walk.js';

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
  /** The same of what a concave model says; empty for a linear one. */
  readonly predictedLags: readonly LagPoint[];
  /** Moves on the size of own flow, model and data; empty where the last day is not replayed. */
  readonly responseCurves: readonly ResponseCurve[];
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

/** Where nothing was held out. */
export const UNSCORED: Unscored = { verdict: 'not enough data', reason: 'one fold only: nothing is out of sample' };

interface ConcludeInput {
  readonly config: Config;
  readonly fitted: FittedWindow;
  readonly moments: CalibrationWindow;
  /** Of the window's last day. */
  readonly grid: BucketGrid;
  readonly announce: (text: string) => void;
  /** Where a thread beside this one validates: what it found, `undefined` where it is to be done here. */
  readonly validated?: (() => Promise<{ readonly value: Validation | undefined } | undefined>) | undefined;
}

/** Constrains, validates out of sample, replays, diagnoses and judges. */
export async function concludeWindow(input: ConcludeInput): Promise<Outcome> {
  const { config, fitted, moments, grid, announce } = input;
  const { calibration, params, decay, names, merged } = fitted;
  const { folds, transform } = moments;
  const { defactor } = params;
  const { kernel, factorModel } = calibration.estimate;
  const limits = limitsOf(config);
  const constrained = constrain(
    { ...unconstrained(calibration), decay, weights: kernel.weights, concavity: transform.concavity },
    { ...limits, blocks: defactor.blocks },
  );
  const published = constrained.full.K;
  const impact = regressionMoments(removeFactors(merged, factorModel));
  const guardrails = guardrailValues(published, impact.gram);
  const walk = walkOf(config, names, moments);
  const groups = calibration.shrinkage?.clusters ?? defactor.blocks;
  const basket = basketCap({ K: published, groups, errors: calibration.linkErrors });
  const { contamination, ownDays, factorDays, prices, identification, inseparable, contradicted, levels, cost } =
    evidenceInSample(input, { constrained, impact });
  announce('validate out of sample');
  // Whoever waits for a thread reads meanwhile what comes next.
  const last = input.validated && !defactor.derived ? lastDayToReplay(moments) : undefined;
  const beside = await bothEnded(input.validated?.(), last);
  const validation = beside ? beside.value : validate(folds, walk);
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
          last,
        })
      : undefined;
  announce('diagnose');
  const accepted = FAILURE_MODES.filter((mode) => config.validate.gates.accept[mode] !== undefined);
  const diagnoses =
    replays && validation && contamination
      ? diagnoseWindow({
          contamination,
          K: published,
          accepted,
          names,
          moments,
          folds: fitted.folds,
          walk,
          calibration,
          validation,
          replays,
          units: config.align.units,
        })
      : [];
  const evidence = {
    certificate: constrained.full.certificate,
    outOfSample: validation?.walkForward ?? UNSCORED,
    guardrails,
    identification,
    inseparable,
    decayFit: prices.decayFit,
    response: replays && { lags: besidePredicted(replays), bucketMs: grid.bucketNs / 1e6 },
    diagnoses,
    contradicted,
    levels,
    oddImpacts: [
      ...ownDays,
      ...(replays ? oddVenues(replays.kept, transform) : []),
      ...factorDays.odd(factorNames(fitted, replays)),
    ],
  };
  return {
    ...fitted,
    ...evidence,
    constrained,
    costOfConstraints: cost,
    outOfSample: validation?.walkForward,
    holdOut: validation?.holdOut,
    horizons: replays?.horizons ?? [],
    lagResponse: replays?.lagResponse ?? [],
    predictedLags: replays?.predictedLags ?? [],
    responseCurves: replays?.responseCurves ?? [],
    regimes: replays?.regimes,
    guardrailHistory: replays?.guardrailHistory,
    kernelBands: prices.kernelBands,
    basketCosts: prices.basketCosts,
    referenceOrders: prices.referenceOrders,
    basketCap: basket.numericCap,
    gates: judge(evidence, gateRules(config, basket)),
  };
}

/**
 * What is waited for, once what was begun meanwhile has ended too. How that ended is seen where it is used: a failure that nobody
 * heard when it happened would end the process.
 */
export async function bothEnded<T>(awaited: Promise<T> | undefined, begun: Promise<unknown> | undefined) {
  const ended = begun?.catch(() => undefined);
  try {
    return await awaited;
  } finally {
    await ended;
  }
}

/** Factors as their files call them, where a day was read. */
const factorNames = ({ total }: FittedWindow, replays: Replays | undefined): string[] =>
  Array.from({ length: total.factors }, (_, f) => `factor ${replays?.kept[0]?.day.factors.names[f] ?? f + 1}`);

/** What needs no validation, which a thread beside this one is at meanwhile. */
function evidenceInSample(
  { config, fitted, moments }: ConcludeInput,
  { constrained, impact }: { readonly constrained: ConstrainedModel; readonly impact: RegressionMoments },
) {
  const { calibration, decay, folds, names, params, total } = fitted;
  const { weights } = calibration.estimate.kernel;
  const { defactor } = params;
  const identification = identify(calibration, impact, constrained.full.K, total.factors > 0);
  const ownImpacts = new OwnImpacts(constrained.full.K, calibration.estimate.factorModel);
  const factorDays = new FactorDays();
  const groups = mergedGroups(folds, weights, (fold) => {
    ownImpacts.add(fold);
    factorDays.add(fold);
  });
  return {
    contamination: defactor.derived ? undefined : factorContamination({ groups, defactor }),
    ownDays: oddDays(
      names.map(({ symbol }) => symbol),
      ownImpacts.days(),
      'day',
    ),
    factorDays,
    prices: orderPrices({ fitted, moments, constrained, impact }),
    identification,
    inseparable: inseparableOf(calibration, params.penalty, impact, constrained.full.K, names),
    contradicted: contradictions(calibration, constrained, names),
    levels: levelJumps(names, levelsOf(moments, config), config.align.units, config.flow.source),
    cost: costOfConstraints({ total, impact, calibration, constrained, decay }),
  };
}

const besidePredicted = ({ lagResponse, predictedLags }: Replays): ResponseAtLag[] =>
  lagResponse.map((lag, k) => (predictedLags.length > 0 ? { ...lag, predicted: predictedLags[k].level } : lag));

const levelsOf = ({ reports }: CalibrationWindow, { align }: Config): DayLevels[] =>
  reports.map(({ date, buckets, coverage }) => ({
    date,
    seconds: (buckets * durationNs(align.bucket)) / 1e9,
    names: coverage.map(({ levels, volume }) => ({ ...levels, volume })),
  }));

import { mergeBases } from '../../../src/model/bases.js';
import { gatesPass, isFailing } from '../../../src/model/gate.js';
import { decays, kernelGrid, workedShares } from '../../../src/model/kernel.js';
import { sumMoments } from '../../../src/model/moments.js';
import { sumOwn } from '../../../src/model/ownMoments.js';
import { constrain } from '../../../src/stages/constrain/constrain.js';
import { removeFactors } from '../../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../../src/stages/fit/accumulate.js';
import { calibrate } from '../../../src/stages/fit/calibrate.js';
import { unconstrained } from '../../../src/stages/fit/calibration.js';
import { decayProfile } from '../../../src/stages/fit/decayProfile.js';
import { regressionMoments } from '../../../src/stages/fit/impactProblem.js';
import { chooseKernel, ownProblem } from '../../../src/stages/fit/kernelChoice.js';
import { accumulateOwn } from '../../../src/stages/fit/ownMoments.js';
import { ORDER_SECONDS, referenceOrders } from '../../../src/stages/fit/referenceOrders.js';
import { guardrailValues } from '../../../src/stages/guardrails/guardrailValues.js';
import { decayFit } from '../../../src/stages/validate/decayFit.js';
import { judge } from '../../../src/stages/validate/gates.js';
import { identificationOf } from '../../../src/stages/validate/identification.js';
import { crossImpactOf } from '../../../src/stages/validate/verdict.js';
import { validate } from '../../../src/stages/validate/walkForward.js';
import { defaultCalibration } from '../../support/calibration.js';
import { LINEAR_FLOW } from '../../support/linearFlow.js';
import { BUCKETS, DATES, dayOf, decayOf, KERNELS, type OrderWorld, selfImpacts } from './worlds.js';

export interface OrderRow extends OrderWorld {
  readonly seed: number;
  /** By order time: mean over names of the published cost over the true one, and the share of 90 % intervals that hold it. */
  readonly ratio: readonly number[];
  readonly covered: readonly number[];
  /** Root mean square relative error of self impact, raw and published. */
  readonly rawSelf: number;
  readonly publishedSelf: number;
  readonly verdict: string;
  readonly gatesPass: boolean;
  /** Gates that stop a promotion. */
  readonly stopping: readonly string[];
}

const BASIS = kernelGrid(1000, BUCKETS);
const GRID_DECAY = decays(BASIS);
const LIMITS = { rho: 0.9, metric: 'frobenius' } as const;
const RULES = {
  conditionCap: 1000,
  crossShareCap: 0.6,
  basketCap: Number.MAX_VALUE,
  identification: 'freeze',
  crossGainMargin: 0.02,
  accepted: {},
} as const;

/** One window of a world through the recipe in its default settings, as the command line chains it but for replays of days. */
export function measure(world: OrderWorld, seed: number): OrderRow {
  const days = DATES.map((date, d) => dayOf(world, 1000 * seed + d, date));
  const folding = { transform: LINEAR_FLOW, foldBuckets: BUCKETS / 10 } as const;
  const ownFolds = days.flatMap((day) => accumulateOwn(day, { ...folding, decay: GRID_DECAY }));
  const own = sumOwn(ownFolds);
  const { bases } = chooseKernel(ownProblem(own)).at(-1)!;
  const decay = Float64Array.from(bases, (p) => GRID_DECAY[p]);
  const folds = days.flatMap((day) => accumulateDay(day, { ...folding, decay }));
  const params = defaultCalibration(Array.from({ length: world.names }, () => 'one block'));
  const calibration = calibrate(folds, params);
  const { estimate, K: shrunk } = calibration;
  const { kernel, factorModel, rawK, standardErrors } = estimate;
  const total = sumMoments(folds);
  const moments = regressionMoments(removeFactors(mergeBases(total, kernel.weights), factorModel));
  const constrained = constrain(
    { ...unconstrained(calibration), K: shrunk, decay, weights: kernel.weights, concavity: 1 },
    { ...LIMITS, blocks: params.defactor.blocks },
  );
  const { K } = constrained.full;
  const priced = { decay, weights: kernel.weights, bucketMs: 1000, sessionBuckets: BUCKETS };
  const profile = decayProfile({ total: own, folds: ownFolds, basis: BASIS })!;
  const { walkForward } = validate(folds, {
    calibration: params,
    limits: LIMITS,
    decay,
    transform: LINEAR_FLOW,
    groups: 5,
  })!;
  const identification = identificationOf({
    moments,
    K,
    rawK: rawK.whole,
    standardErrors,
    factorsGiven: total.factors > 0,
  });
  const symbols = days[0].symbols;
  const orders = referenceOrders({ symbols, K, kernel: priced, calibration, impact: moments, profile });
  const gates = judge(
    {
      certificate: constrained.full.certificate,
      outOfSample: walkForward,
      guardrails: guardrailValues(K, moments.gram),
      identification,
      decayFit: decayFit(profile, priced),
      diagnoses: [],
    },
    RULES,
  );
  const self = selfImpacts(world);
  const truth = KERNELS[world.kernel];
  const trueDecay = decayOf(truth);
  const costs = ORDER_SECONDS.map((seconds) => {
    const share = workedShares(trueDecay, seconds).reduce((sum, w, p) => sum + w * truth.weights[p], 0);
    return orders
      .filter((order) => order.kind === 'name' && order.seconds === seconds)
      .map(({ value, low, high }, i) => {
        const wanted = self[i] * share;
        return { ratio: value / wanted, holds: low! <= wanted && wanted <= high! ? 1 : 0 };
      });
  });
  const relative = (matrix: typeof K) =>
    Math.sqrt(self.reduce((sum, k, i) => sum + (matrix.data[i * (K.rows + 1)] / k - 1) ** 2, 0) / K.rows);
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  return {
    ...world,
    seed,
    ratio: costs.map((each) => mean(each.map(({ ratio }) => ratio))),
    covered: costs.map((each) => mean(each.map(({ holds }) => holds))),
    rawSelf: relative(rawK.whole),
    publishedSelf: relative(K),
    verdict: crossImpactOf({ outOfSample: walkForward, identification }),
    gatesPass: gatesPass(gates),
    stopping: gates.filter(isFailing).map(({ name }) => name),
  };
}

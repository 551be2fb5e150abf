import type { DayBuckets } from '../../src/model/buckets.js';
import type { ConcaveMode } from '../../src/model/concave.js';
import type { FamilySpec, FlowShape } from '../../src/model/familyMoments.js';
import type { FlowTransform } from '../../src/model/flowTransform.js';
import { decays, kernelGrid } from '../../src/model/kernel.js';
import { type Fold, sumMoments } from '../../src/model/moments.js';
import { sumOwn } from '../../src/model/ownMoments.js';
import type { DenseMatrix } from '../../src/numerics/dense.js';
import { median } from '../../src/numerics/statistics.js';
import { calibrateFamily } from '../../src/stages/constrain/calibrateFamily.js';
import { constrain } from '../../src/stages/constrain/constrain.js';
import { type AccumulateParams, accumulateDay } from '../../src/stages/fit/accumulate.js';
import { type Calibration, type CalibrationParams, unconstrained } from '../../src/stages/fit/calibration.js';
import { accumulateConcave } from '../../src/stages/fit/concave/accumulateConcave.js';
import { type KeptShare, keptShares } from '../../src/stages/fit/concave/keptDecay.js';
import { typicalFlows } from '../../src/stages/fit/concave/typicalFlow.js';
import { decayProfile } from '../../src/stages/fit/decayProfile.js';
import { accumulateFamily } from '../../src/stages/fit/family/accumulateFamily.js';
import { chooseFamily, type FamilyChoice } from '../../src/stages/fit/family/familyChoice.js';
import { wholeOf } from '../../src/stages/fit/mergedSample.js';
import { accumulateOwn } from '../../src/stages/fit/ownMoments.js';
import { defaultCalibration } from './calibration.js';

export interface WindowShape {
  readonly power: number;
  /** Millions, by name. */
  readonly scales: readonly number[];
  /** Per bucket, of the concave terms. */
  readonly decay: readonly number[];
  readonly modes?: readonly Omit<ConcaveMode, 'weights'>[];
  readonly hasLinear?: boolean;
}

export interface WindowOptions {
  /** Per bucket, of the linear part. */
  readonly decay: readonly number[];
  /** Linear alone where left out. */
  readonly shape?: WindowShape;
  readonly foldBuckets?: number | 'day';
  readonly blocks?: readonly string[];
  readonly transform?: FlowTransform;
  readonly change?: Partial<CalibrationParams>;
}

/** Moments of some days and the parameters of their fit, as a run has them. */
export interface ConcaveWindow {
  readonly folds: Fold[];
  readonly params: CalibrationParams;
  readonly decay: Float64Array;
  readonly transform: FlowTransform;
}

export const LIMITS = { rho: 0.95, metric: 'frobenius' } as const;

export function concaveWindowOf(days: readonly DayBuckets[], options: WindowOptions): ConcaveWindow {
  const { shape, foldBuckets = 300, transform = { concavity: 1, liquidity: 0 } } = options;
  const decay = Float64Array.from(options.decay);
  const accumulated = { decay, transform, foldBuckets };
  const blocks = options.blocks ?? days[0].symbols.map(() => 'ALL');
  const params = { ...defaultCalibration(blocks), ...options.change };
  const folds: Fold[] = days.flatMap((day) => accumulateDay(day, accumulated));
  if (!shape) return { folds, params, decay, transform };
  const basis = {
    power: shape.power,
    scales: Float64Array.from(shape.scales),
    decay: Float64Array.from(shape.decay),
    modes: shape.modes ?? [],
  };
  const lagDecay = Float64Array.of(0, ...[1, 5, 30, 150].map((tau) => Math.exp(-1 / tau)), 1);
  const own = days.flatMap((day) => accumulateConcave(day, { ...accumulated, lagDecay }, basis));
  return {
    folds: folds.map((fold, k) => ({ ...fold, concave: own[k] })),
    params: {
      ...params,
      concave: {
        basis,
        typical: typicalOf(days, transform),
        hasLinear: shape.hasLinear ?? true,
        linearDecay: decay,
        lagDecay,
        kept: keptOf(days, accumulated),
      },
    },
    decay,
    transform,
  };
}

/** What own flow bears of the cost of orders, as a run has it. */
function keptOf(days: readonly DayBuckets[], accumulated: AccumulateParams): KeptShare[] {
  const session = Math.max(...days[0].grid.sessions.map(({ buckets }) => buckets));
  const basis = kernelGrid(1000, session);
  const folds = days.flatMap((day) => accumulateOwn(day, { ...accumulated, decay: decays(basis) }));
  const profile = decayProfile({ total: sumOwn(folds), folds, basis });
  return profile ? keptShares(profile, session) : [];
}

/** Median over the days of what is typical on each; that of other names for one that never trades. */
export function typicalOf(days: readonly DayBuckets[], transform: FlowTransform): Float64Array {
  const sizes = days.map((day) => typicalFlows(day, transform));
  const known = days[0].symbols.map((_, i) => sizes.flatMap((day) => day[i] ?? []));
  const usual = median(known.filter((own) => own.length > 0).map((own) => median(own)));
  return Float64Array.from(known, (own) => (own.length > 0 ? median(own) : usual));
}

export function calibrated({ folds, params }: ConcaveWindow): Calibration {
  return calibrateFamily(folds, params, LIMITS, wholeOf(sumMoments(folds), params.defactor));
}

export function constrainedOf(calibration: Calibration, { decay, params }: ConcaveWindow) {
  const { weights } = calibration.estimate.kernel;
  return constrain(
    { ...unconstrained(calibration), decay, weights, concavity: 1 },
    { ...LIMITS, blocks: params.defactor.blocks },
  );
}

/** Of links alone: root mean square of their errors over that of the truth. */
export function linkError(found: DenseMatrix, truth: DenseMatrix): number {
  let [error, size] = [0, 0];
  truth.data.forEach((value, k) => {
    if (k % (truth.rows + 1) === 0) return;
    error += (found.data[k] - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(error / size);
}

export const GAMMAS = [0, 0.15, 0.25, 0.35, 0.5];
export const POWERS = [0.2, 0.3, 0.4, 0.5, 0.65, 0.8];
const tau = (buckets: number) => Math.exp(-1 / buckets);

/** What a run compares families on, with names and factors of these days and horizons that its folds hold four times. */
export const specOf = (
  days: readonly DayBuckets[],
  gammas: readonly number[],
  shapes: readonly FlowShape[],
  foldBuckets: number | 'day' = 300,
): FamilySpec => ({
  names: [...days[0].symbols.keys()],
  factors: days[0].factors.names.length,
  gammas,
  shapes,
  horizons: [1, 10, 60].filter((buckets) => foldBuckets === 'day' || 4 * buckets <= foldBuckets),
  linearDecay: [0, ...[1, 5, 30, 150].map(tau), 1],
  concaveDecay: [1, 5, 30, 100].map(tau),
});

const after = (power: number): FlowShape => ({ kind: 'after', power, scale: 0.5 });

/** The choice of a run: γ and whether to bend, then how strongly. */
export function chosenByFolds(
  days: readonly DayBuckets[],
  foldBuckets: number | 'day' = 300,
  gammas = GAMMAS,
): FamilyChoice {
  const choice = (g: readonly number[], shapes: readonly FlowShape[]) => {
    const spec = specOf(days, g, shapes, foldBuckets);
    return chooseFamily(
      days.flatMap((day) => accumulateFamily(day, spec, foldBuckets)),
      spec,
    );
  };
  const first = choice(gammas, [{ kind: 'linear' }, after(0.4), { kind: 'before', power: 0.5 }]);
  return first.shape.kind === 'after' ? choice([first.liquidity], POWERS.map(after)) : first;
}

import { type ConcaveMoments, sumConcave, throughConcaveChange } from '../../model/concaveMoments.js';
import { decays } from '../../model/kernel.js';
import { sumMoments } from '../../model/moments.js';
import { scaledConcaveMoments } from '../../model/scaledConcave.js';
import { diagonalOf } from '../../numerics/dense.js';
import { exp } from '../../numerics/elementary/elementary.js';
import type { CalibrationParams, ConcaveParams } from '../../stages/fit/calibration.js';
import { calibrateConcave } from '../../stages/fit/concave/calibrateConcave.js';
import { type KeptShare, keptShares } from '../../stages/fit/concave/keptDecay.js';
import { decayProfile } from '../../stages/fit/decayProfile.js';
import { wholeOf } from '../../stages/fit/mergedSample.js';
import type { AlignContext } from './alignKey.js';
import { calibrationParams } from './calibrationParams.js';
import { ageWeight, type CalibrationWindow, refuseTerms } from './calibrationWindow.js';
import { concaveModes } from './concaveModes.js';
import { type DayTask, dayConcave, dayTypicalFlow } from './dayMoments.js';
import { type ConcaveShape, ofDay, typicalOf } from './typicalFlow.js';

/** The window with the moments of concave terms beside its folds, each day cached like the others. */
export async function concaveWindow(
  context: AlignContext,
  window: CalibrationWindow,
  shape: ConcaveShape,
  announce: (text: string) => void,
): Promise<CalibrationWindow> {
  const { config, inputs } = context;
  refuseTerms(context, window, shape.decay.length);
  const tasks = inputs.dates.map((date, d) => dayTask(context, window, date, d));
  const sizes: (readonly (number | null)[])[] = [];
  for (const task of tasks) sizes.push(await dayTypicalFlow(task));
  const factors = tasks.map((_, d) => window.depthScales?.[d] ?? new Float64Array(context.names.length).fill(1));
  const flow = typicalOf(sizes, factors, shape.scale);
  const modes = shape.concaveLinks
    ? concaveModes(context, await ownSizes(context, window, shape, announce), flow, shape)
    : [];
  const concave: ConcaveParams = {
    basis: { power: shape.power, decay: Float64Array.from(shape.decay), scales: flow.scales, modes },
    typical: flow.typical,
    kept: keptOf(window),
    linearDecay: decays(window.basis),
    lagDecay: lagDecayOf(window.sessionBuckets),
    hasLinear: !shape.concaveLinks,
  };
  const folds = [...window.folds];
  let at = 0;
  for (const [d, task] of tasks.entries()) {
    announce(`concave terms ${inputs.dates[d]} (${d + 1} of ${tasks.length})`);
    const weight = ageWeight(config, tasks.length - 1 - d);
    for (const own of await dayConcave(task, ofDay(concave, flow, factors[d]), concave.lagDecay)) {
      const { factors: given } = folds[at];
      const seen = throughConcaveChange(own, (moments) =>
        weighted(scaledConcaveMoments(moments, factors[d], 1 + given), weight),
      );
      folds[at] = { ...folds[at], concave: window.depthScales || weight !== 1 ? seen : own };
      at++;
    }
  }
  return { ...window, folds, concave };
}

function keptOf({ own, sessionBuckets }: CalibrationWindow): KeptShare[] {
  const profile = decayProfile(own);
  return profile ? keptShares(profile, sessionBuckets) : [];
}

/** Buckets; from temporary to a quarter of the session, and permanent. */
const LAG_BUCKETS = [1, 5, 30, 150, 600];

const lagDecayOf = (sessionBuckets: number): Float64Array =>
  Float64Array.of(
    0,
    ...LAG_BUCKETS.filter((tau, k) => k === 0 || tau <= sessionBuckets / 4).map((tau) => exp(-1 / tau)),
    1,
  );

/** Self impact of every name by its own terms, bps per million: what links are in proportion to. */
async function ownSizes(
  context: AlignContext,
  window: CalibrationWindow,
  shape: ConcaveShape,
  announce: (text: string) => void,
): Promise<Float64Array> {
  const own = await concaveWindow(context, window, { ...shape, concaveLinks: false }, announce);
  const params: CalibrationParams = { ...calibrationParams(context.config, context.names, own), estimator: 'diagonal' };
  const whole = wholeOf(sumMoments(own.folds), params.defactor);
  return diagonalOf(calibrateConcave(own.folds, params, own.concave!, whole).K);
}

function dayTask(context: AlignContext, window: CalibrationWindow, date: string, d: number): DayTask {
  const { concavity, liquidity } = window.transform;
  const params = { decay: decays(window.basis), transform: { concavity, liquidity }, foldBuckets: window.foldsPerDay };
  return { context, date, day: window.days[d], params };
}

const weighted = (moments: ConcaveMoments, weight: number): ConcaveMoments =>
  weight === 1 ? moments : { ...sumConcave([moments], [weight]), label: moments.label };

import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import type { Fold } from '../../src/model/moments.js';
import { sumMoments } from '../../src/model/moments.js';
import { fromRows } from '../../src/numerics/dense.js';
import { calibrateFamily } from '../../src/stages/constrain/calibrateFamily.js';
import { projectStepwise } from '../../src/stages/constrain/projectModel.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { type ConcaveParams, unconstrained } from '../../src/stages/fit/calibration.js';
import { accumulateConcave } from '../../src/stages/fit/concave/accumulateConcave.js';
import { typicalFlows } from '../../src/stages/fit/concave/typicalFlow.js';
import { wholeOf } from '../../src/stages/fit/mergedSample.js';
import { replayDay } from '../../src/stages/replay/replay.js';
import { type ResponseCurve, responseCurves } from '../../src/stages/replay/responseCurve.js';
import { constrainedModels } from '../../src/stages/validate/trainedModels.js';
import { defaultCalibration } from '../support/calibration.js';
import { type ConcaveCase, concaveMarket } from '../support/concaveMarket.js';
import { smoothedPower } from '../support/concaveTruth.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const tau = (buckets: number) => Math.exp(-1 / buckets);
const limits = { rho: 0.95, metric: 'frobenius' as const };
const K = fromRows([
  [1, 0.3],
  [0.3, 0.8],
]);
const truth = {
  linear: { K, decay: [1], weights: [1] },
  concave: {
    power: 0.3,
    scales: [0.3, 0.5],
    decay: [tau(5), tau(30)],
    own: [
      [4, 3],
      [2, 3],
    ],
  },
};
const market: ConcaveCase = {
  names: 2,
  seed: 12,
  days: 4,
  sessionBuckets: [6000],
  flow: { density: 0.4, tails: 4 },
  noise: 1.5,
  ...truth,
};

/** A model of the first days, with concave terms or without, and the last day as it replays it. */
function responsesOf(days: readonly DayBuckets[], concave: boolean, transform = LINEAR_FLOW): ResponseCurve[] {
  const params = { decay: Float64Array.of(tau(5), tau(30), 1), transform, foldBuckets: 600 };
  const known = days.slice(0, -1);
  let folds: Fold[] = known.flatMap((day) => accumulateDay(day, params));
  const shape: ConcaveParams = {
    basis: {
      power: truth.concave.power,
      scales: Float64Array.from(truth.concave.scales),
      decay: Float64Array.from(truth.concave.decay),
      modes: [],
    },
    typical: Float64Array.from(typicalFlows(known[0], transform), (size) => size!),
    hasLinear: true,
    linearDecay: params.decay,
    lagDecay: Float64Array.of(0, tau(5), tau(60), 1),
  };
  if (concave) {
    const own = known.flatMap((day) => accumulateConcave(day, { ...params, lagDecay: shape.lagDecay }, shape.basis));
    folds = folds.map((fold, k) => ({ ...fold, concave: own[k] }));
  }
  const calibration = { ...defaultCalibration(days[0].symbols.map(() => 'a')), ...(concave ? { concave: shape } : {}) };
  const whole = wholeOf(sumMoments(folds), calibration.defactor);
  const fitted = calibrateFamily(folds, calibration, limits, whole);
  const model = constrainedModels(fitted, projectStepwise(unconstrained(fitted), limits).steps).at(-1)!;
  const day = days[days.length - 1];
  return responseCurves(day, replayDay(day, model, { ...params, fromBucket: 0 }), model, transform);
}

/** Standard errors between every point and the curve. */
const misfits = ({ curve, points }: ResponseCurve) =>
  points.map(({ flow, move, error }) => {
    const k = Math.max(
      1,
      curve.findIndex((point) => point.flow >= flow),
    );
    const [a, b] = [curve[k - 1], curve[k]];
    return (move - a.move - ((flow - a.flow) / (b.flow - a.flow)) * (b.move - a.move)) / error;
  });

const chiSquare = (curves: readonly ResponseCurve[]) => {
  const all = curves.flatMap(misfits);
  return all.reduce((sum, t) => sum + t * t, 0) / all.length;
};

describe('the response to own flow by its size', () => {
  const { days } = concaveMarket(market);
  const [concave, linear] = [responsesOf(days, true), responsesOf(days, false)];

  it('of a concave fit to a concave market is that of the market, and its points lie on it within their errors', () => {
    for (const { name, curve, points } of concave) {
      expect(points).toHaveLength(12);
      const largest = curve[curve.length - 1].flow;
      const at = curve.findIndex(({ flow }) => flow > largest / 4);
      const [{ scales, power, own }, { flow, move }] = [truth.concave, curve[at]];
      const said = own.reduce((sum, g) => sum + g[name] * smoothedPower(flow, scales[name], power), 0);
      const expected = K.data[name * 3] * flow + said;
      expect(Math.abs(move / expected - 1)).toBeLessThan(0.06);
    }
    const worst = Math.max(...concave.flatMap(misfits).map(Math.abs));
    console.log(
      `chi-square by point: concave ${chiSquare(concave).toFixed(2)}, linear ${chiSquare(linear).toFixed(1)}`,
    );
    expect(chiSquare(concave)).toBeLessThan(2);
    expect(worst).toBeLessThan(4);
  });

  it('of a linear fit to a concave market is a line that leaves its points: small sizes above it, large ones below', () => {
    expect(chiSquare(linear)).toBeGreaterThan(6);
    for (const response of linear) {
      const { curve, points } = response;
      const slope = curve[40].move / curve[40].flow;
      for (const { flow, move } of curve.slice(1)) expect(move / flow).toBeCloseTo(slope, 10);
      const off = misfits(response);
      const middle = off.slice(2, 10).reduce((sum, t) => sum + t, 0) / Math.sqrt(8);
      expect(middle).toBeGreaterThan(4);
      expect(off[points.length - 1]).toBeLessThan(-3);
    }
  });

  it('begins at nothing and grows, whatever the transform of flow', () => {
    for (const curves of [concave, responsesOf(days, false, { concavity: 0.5, liquidity: 0 })])
      for (const { curve, points } of curves) {
        expect(curve[0]).toEqual({ flow: 0, move: 0 });
        for (let k = 1; k < curve.length; k++) expect(curve[k].move).toBeGreaterThan(curve[k - 1].move);
        for (const { buckets, error } of points) expect([buckets >= 30, error > 0]).toEqual([true, true]);
      }
  });

  it('is shown for six names that trade most, in their order, each bucket once', () => {
    const many = (seed: number) => simulatedBuckets({ names: 9, seed, density: 0.3, noise: 1, sessionSeconds: [1200] });
    const quiet = [1, 2, 3, 4, 5].map(many).map((day) => {
      const kept = [...day.flow.name.keys()].filter((k) => day.flow.name[k] > 2 || k % 40 === 0);
      const pick = <T extends Int32Array | Float64Array>(column: T) => column.filter((_, k) => kept.includes(k)) as T;
      const { bucket, name, venue, signedQty, signedNotional, count } = day.flow;
      const [b, n, v] = [pick(bucket), pick(name), pick(venue)];
      const rest = { signedQty: pick(signedQty), signedNotional: pick(signedNotional), count: pick(count) };
      return { ...day, flow: { bucket: b, name: n, venue: v, ...rest } };
    });
    const curves = responsesOf(quiet, false);
    expect(curves.map(({ name }) => name)).toEqual([3, 4, 5, 6, 7, 8]);
    const traded = [...quiet[4].flow.name].filter((name) => name === 3).length;
    expect(curves[0].points.reduce((sum, { buckets }) => sum + buckets, 0)).toBeLessThanOrEqual(traded);
    expect(curves[0].points.reduce((sum, { buckets }) => sum + buckets, 0)).toBeGreaterThan(0.9 * traded);
  });
});

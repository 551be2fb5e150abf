import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeBases } from '../../src/model/bases.js';
import { sumMoments } from '../../src/model/moments.js';
import { randomStream } from '../../src/numerics/random.js';
import { coarserBuckets } from '../../src/stages/diagnose/coarserBuckets.js';
import { addLaggedCovariance, type QuotedMoves, quotedMoves } from '../../src/stages/diagnose/hayashiYoshida.js';
import { homogeneityTest } from '../../src/stages/diagnose/homogeneity.js';
import { addRow, coefficients, jointTest, stretchRegression } from '../../src/stages/diagnose/stretches.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

/** A path observed at the instants given. */
function observed(path: Float64Array, instants: readonly number[]): QuotedMoves {
  const from = Float64Array.from(instants.slice(0, -1));
  const to = Float64Array.from(instants.slice(1));
  return { from, to, moveBps: from.map((at, k) => path[to[k]] - path[at]), stretch: new Int32Array(from.length) };
}

function randomWalk(length: number, seed: number): Float64Array {
  const random = randomStream(seed);
  let level = 0;
  return Float64Array.from({ length }, () => {
    level += random.normal();
    return level;
  });
}

function instants(length: number, rate: number, seed: number): number[] {
  const random = randomStream(seed);
  return Array.from({ length }, (_, t) => t).filter((t) => t === 0 || random.uniform() < rate);
}

const covariance = (a: QuotedMoves, b: QuotedMoves, lag: number) => {
  const sums = new Float64Array(1);
  const shared = addLaggedCovariance(a, b, lag, sums);
  return { sum: sums[0], shared };
};

describe('Hayashi–Yoshida covariance', () => {
  it('is that of the path, however seldom and unevenly it is seen', () => {
    const length = 200_000;
    const path = randomWalk(length, 1);
    const { sum, shared } = covariance(
      observed(path, instants(length, 0.3, 2)),
      observed(path, instants(length, 0.05, 3)),
      0,
    );
    expect(Math.abs(sum / shared - 1)).toBeLessThan(0.03);
  });

  it('is largest at the lag by which one path is late', () => {
    const length = 50_000;
    const path = randomWalk(length, 4);
    const late = Float64Array.from(path, (_, t) => path[Math.max(0, t - 7)]);
    const [a, b] = [observed(path, instants(length, 0.5, 5)), observed(late, instants(length, 0.5, 6))];
    const at = (lag: number) => covariance(a, b, lag).sum;
    for (const other of [-7, 0, 3, 11]) expect(at(7)).toBeGreaterThan(at(other));
  });

  it('takes the last change of quote from its age, and starts anew after a missing move', () => {
    const day = simulatedBuckets({ names: 1, seed: 1, sessionSeconds: [5], noise: 1 });
    day.market.moveBps.set([1, 2, Number.NaN, 4, 0]);
    day.market.quoteAgeMs.set([100, 200, 300, 400, 1400]);
    const { from, to, moveBps } = quotedMoves(day, 0, 0, new Int32Array(5));
    expect([...moveBps]).toEqual([1, 2, 4]);
    expect([...to].map((t) => t / 1e6)).toEqual([900, 1800, 3600]);
    expect([...from].map((t) => t / 1e6)).toEqual([0, 900, 3000]);
  });
});

describe('wider buckets', () => {
  it('keep flow, moves and the moments of permanent impact’s sums', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.constantFrom(1, 2, 4), (seed, width) => {
        const day = simulatedBuckets({
          names: 3,
          seed,
          sessionSeconds: [101, 50],
          noise: 1,
          factors: 1,
          missingShare: 0.02,
        });
        const wide = coarserBuckets(day, width, 4);
        expect(wide.grid.buckets).toBe((100 + 48) / width);
        const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v, 0);
        const kept = day.flow.bucket.map((t) => ((t < 101 ? t : t - 101) < (t < 101 ? 100 : 48) ? 1 : 0));
        expect(total(wide.flow.signedNotional)).toBeCloseTo(
          total(day.flow.signedNotional.map((u, k) => u * kept[k])),
          9,
        );
        const missing = (moves: Float64Array) => moves.filter(Number.isNaN).length;
        expect(missing(wide.market.moveBps)).toBeLessThanOrEqual(missing(day.market.moveBps));
        const folds = accumulateDay(wide, { decay: Float64Array.of(1), transform: LINEAR_FLOW, foldBuckets: 'day' });
        expect(mergeBases(sumMoments(folds), Float64Array.of(1)).buckets).toBeLessThanOrEqual(wide.grid.buckets);
      }),
      { numRuns: 20 },
    );
  });
});

describe('tests over stretches', () => {
  it('reject a true hypothesis as often as they say', () => {
    let [joint, homogeneous] = [0, 0];
    const runs = 400;
    for (let seed = 1; seed <= runs; seed++) {
      const random = randomStream(seed);
      const regression = stretchRegression(3);
      const groups = Array.from({ length: 4 }, () => {
        const values = Array.from({ length: 10 }, () => random.normal());
        const value = values.reduce((sum, v) => sum + v, 0) / 10;
        const spread = values.reduce((sum, v) => sum + (v - value) ** 2, 0);
        return { value, standardError: Math.sqrt(spread / 90), stretches: 10 };
      });
      for (let k = 0; k < 400; k++) {
        const row = Float64Array.of(random.normal(), random.normal(), 1);
        addRow(regression, Math.floor(k / 20), row, random.normal() + row[2], 1);
      }
      const test = jointTest(coefficients(regression), [0, 1], 0.05)!;
      if (test.value > test.bound) joint++;
      const same = homogeneityTest(groups, 0.05)!;
      if (same.value > same.bound) homogeneous++;
    }
    console.log(`rejections at 5 %: joint ${joint / runs}, homogeneity ${homogeneous / runs}`);
    for (const count of [joint, homogeneous]) expect(Math.abs(count / runs - 0.05)).toBeLessThan(0.03);
  });
});

import { describe, expect, it } from 'vitest';
import { propagatorAt, scaledSchedule } from '../../src/model/atDepth.js';
import { costOfSchedule, marginalCost } from '../../src/model/marginalCost.js';
import { concaveCost } from '../../src/model/potentials.js';
import { fromRows, mapEntries, multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { randomTerms } from '../support/concaveModels.js';
import { randomMatrix } from '../support/matrices.js';

const reference = { liquidity: 0.5, depthMedian: Float64Array.of(4, 9, Number.NaN, 1) };
const depth = Float64Array.of(1, 36, 5, Number.NaN);
const K = fromRows([
  [2, 0.5, 0.1, 0.3],
  [0.5, 1, 0.2, 0.1],
  [0.1, 0.2, 1, 0.1],
  [0.3, 0.1, 0.1, 3],
]);

describe('a schedule at the depth of the book', () => {
  it('counts for more where the book is thinner than usual, and as it is where depth or its reference is missing', () => {
    const schedule = fromRows([
      [1, 1, 1, 1],
      [-2, 0, 0.5, 0],
    ]);
    expect(scaledSchedule(reference, schedule, depth)).toEqual(
      fromRows([
        [2, 0.5, 1, 1],
        [-4, 0, 0.5, 0],
      ]),
    );
    expect(scaledSchedule(reference, schedule, Float64Array.of(0, -1, Number.NaN, 1))).toEqual(schedule);
    expect(scaledSchedule({ ...reference, liquidity: 0 }, schedule, depth)).toEqual(schedule);
  });

  it('is paid on what trades, for moves that answer to what is scaled', () => {
    const permanent = { matrices: [K], decay: Float64Array.of(1), weights: Float64Array.of(1) };
    const schedule = randomMatrix(6, 4, 3);
    const moves = multiply(scaledSchedule(reference, schedule, depth), transpose(K));
    let [cost, level] = [0, new Float64Array(4)];
    for (let t = 0; t < 6; t++)
      for (let i = 0; i < 4; i++) {
        cost += schedule.data[t * 4 + i] * (level[i] + moves.data[t * 4 + i] / 2);
        level = level.map((m, j) => (j === i ? m + moves.data[t * 4 + i] : m));
      }
    expect(costOfSchedule(propagatorAt(reference, permanent, depth), schedule)).toBeCloseTo(cost, 10);
  });

  it('pays no round trip at depths in one ratio, and may pay one where a name is thin and another deep', () => {
    const linked = fromRows([
      [1, 0.8],
      [0.8, 1],
    ]);
    const permanent = { matrices: [linked], decay: Float64Array.of(1), weights: Float64Array.of(1) };
    const two = { liquidity: 1, depthMedian: Float64Array.of(1, 1) };
    // Buy the first, buy the second on what that moved, sell the first, sell the second.
    const loop = fromRows([
      [-1, 0],
      [0, -1],
      [1, 0],
      [0, 1],
    ]);
    const costAt = (...depths: number[]) =>
      costOfSchedule(propagatorAt(two, permanent, Float64Array.from(depths)), loop);
    expect(costAt(0.5, 0.5)).toBeCloseTo(0, 12);
    expect(Math.min(costAt(0.5, 2), costAt(2, 0.5))).toBeLessThan(-0.5);
  });

  it('is paid for concave moves of what is scaled: own terms at any depths, modes at depths in one ratio', () => {
    const factors = Float64Array.of(2, 0.5, 1, 1);
    const schedule = randomMatrix(6, 4, 3);
    for (let seed = 1; seed <= 20; seed++) {
      const terms = randomTerms(4, randomStream(seed));
      const propagator = { matrices: [zeros(4)], decay: Float64Array.of(1), weights: Float64Array.of(1) };
      const own = { ...terms, modes: [] };
      const priced = costOfSchedule(propagatorAt(reference, { ...propagator, concave: own }, depth), schedule);
      // Walking through a volume that counts f times as much is paid on one f-th of it.
      const byName = factors.map((factor, i) => {
        const alone = mapEntries(schedule, (millions, _, j) => (j === i ? factor * millions : 0));
        return concaveCost(own, alone) / factor;
      });
      const expected = byName.reduce((sum, cost) => sum + cost);
      expect(Math.abs(priced - expected)).toBeLessThanOrEqual(1e-12 * expected);

      const common = { liquidity: 0.5, depthMedian: Float64Array.of(1, 2, 3, 4) };
      const quarter = common.depthMedian.map((usual) => usual / 4);
      const whole = propagatorAt(common, { ...propagator, concave: terms }, quarter);
      const doubled =
        concaveCost(
          terms,
          mapEntries(schedule, (millions) => 2 * millions),
        ) / 2;
      expect(Math.abs(costOfSchedule(whole, schedule) - doubled)).toBeLessThanOrEqual(1e-12 * doubled);

      const usual = propagatorAt(common, { ...propagator, concave: terms }, common.depthMedian);
      expect(usual.concave).toEqual(terms);
    }
  });

  it('has the self impact of each name in a mode whose names are thin and deep, for small trades', () => {
    const mode = {
      label: 'pair',
      direction: Float64Array.of(1, 3, 0, 0),
      scale: 0.5,
      weights: Float64Array.of(0.7),
    };
    const terms = { ...randomTerms(4, randomStream(1)), decay: Float64Array.of(0.9), own: zeros(1, 4), modes: [mode] };
    const plain = { matrices: [zeros(4)], decay: Float64Array.of(1), weights: Float64Array.of(1), concave: terms };
    const small = fromRows([[1e-7, 0, 0, 0]]);
    const other = fromRows([[0, 1e-7, 0, 0]]);
    const at = propagatorAt(reference, plain, depth);
    const ratio = (schedule: typeof small) =>
      marginalCost(at, schedule).data.map((cost, i) => cost / marginalCost(plain, schedule).data[i]);
    expect(ratio(small)[0]).toBeCloseTo(2, 6);
    expect(ratio(other)[1]).toBeCloseTo(0.5, 6);
    expect(ratio(other)[0]).toBeCloseTo(1, 6);
  });

  it('refuses depths and schedules of other names', () => {
    expect(() => scaledSchedule(reference, fromRows([[1, 2]]), depth)).toThrow(/2 columns for 4 names/);
    expect(() => scaledSchedule(reference, fromRows([[1, 2, 3, 4]]), Float64Array.of(1))).toThrow(
      /1 depths for 4 names/,
    );
  });
});

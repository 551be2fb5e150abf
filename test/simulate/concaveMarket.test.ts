import { describe, expect, it } from 'vitest';
import { FLAG } from '../../src/model/buckets.js';
import { filterIncrements } from '../../src/model/kernel.js';
import { diagonalOf, fromRows, mapEntries } from '../../src/numerics/dense.js';
import { mean } from '../../src/numerics/statistics.js';
import { type ConcaveCase, concaveMarket, explainedShare } from '../support/concaveMarket.js';
import { smoothedPower } from '../support/concaveTruth.js';
import { largestDifference, randomGram } from '../support/matrices.js';

const [N, DECAY] = [3, [Math.exp(-1 / 5), Math.exp(-1 / 40)]];
const linear = { K: randomGram(N, 4), decay: [0.8, 1], weights: [0.3, 0.7] };
const concave = {
  power: 0.5,
  scales: [0.4, 1, 2],
  decay: DECAY,
  own: [
    [1, 2, 3],
    [0.5, 0.2, 0.4],
  ],
};
const market: ConcaveCase = { names: N, seed: 8, days: 2, sessionBuckets: [300, 200], linear, concave };

describe('the smoothed power', () => {
  it('is odd, has slope 1 at zero and the power c far out', () => {
    expect(smoothedPower(1e-7, 3, 0.4) / 1e-7).toBeCloseTo(1, 6);
    expect(smoothedPower(-2, 3, 0.4)).toBe(-smoothedPower(2, 3, 0.4));
    expect(smoothedPower(2e9, 3, 0.4) / smoothedPower(1e9, 3, 0.4)).toBeCloseTo(2 ** 0.4, 3);
    expect(smoothedPower(-2, 3, 1)).toBeCloseTo(-2, 12);
    expect(smoothedPower(3, 1, 0.5)).toBeCloseTo(2, 12);
  });
});

describe('a market of the concave family', () => {
  it('is the linear one with power 1: own terms add to the diagonal, modes are of rank one', () => {
    const modes = [{ direction: [1, 0.5, -2], scale: 1, lambda: [0.3, 0.1] }];
    const { days, impact } = concaveMarket({ ...market, concave: { ...concave, power: 1, modes } });
    const parts = [
      ...linear.weights.map((a) => mapEntries(linear.K, (k) => a * k)),
      ...DECAY.map((_, q) =>
        mapEntries(linear.K, (__, i, j) => {
          const [{ direction, lambda }] = modes;
          return lambda[q] * direction[i] * direction[j] + (i === j ? concave.own[q][i] : 0);
        }),
      ),
    ];
    days.forEach((day, d) => {
      const expected = { rows: N, cols: day.grid.buckets, data: new Float64Array(N * day.grid.buckets) };
      for (const { firstBucket, buckets } of day.grid.sessions)
        for (let j = 0; j < N; j++) {
          const own = new Float64Array(buckets);
          day.flow.name.forEach((name, k) => {
            const t = day.flow.bucket[k] - firstBucket;
            if (name === j && t >= 0 && t < buckets) own[t] = day.flow.signedNotional[k];
          });
          [...linear.decay, ...DECAY].forEach((decay, p) => {
            filterIncrements(own, decay).forEach((v, t) => {
              for (let i = 0; i < N; i++)
                expected.data[i * day.grid.buckets + firstBucket + t] += parts[p].data[i * N + j] * v;
            });
          });
        }
      expect(largestDifference(expected, { ...expected, data: impact[d] })).toBeLessThan(1e-11);
    });
  });

  it('moves by what two trades of one name say', () => {
    const { days, impact } = concaveMarket({
      names: 1,
      seed: 3,
      sessionBuckets: [2],
      concave: { ...concave, own: [[2], [1]] },
    });
    const [first, second] = days[0].flow.signedNotional;
    const level = (u: number, v: number) =>
      DECAY.reduce((sum, d, q) => sum + (2 - q) * smoothedPower(d * u + v, 0.4, 0.5), 0);
    expect(impact[0][0]).toBeCloseTo(level(0, first), 13);
    expect(impact[0][1]).toBeCloseTo(level(first, second) - level(0, first), 13);
  });

  it('feels flow by the depth of the bucket before', () => {
    const depth = { gamma: 0.35, spread: 0.5, halfLife: 60, level: [0.2, 1, 5] };
    const { days, impact, typicalDepth } = concaveMarket({ ...market, concave: undefined, depth });
    const [{ grid, market: columns, flow }] = days;
    const [t, one] = [150, diagonalOf(linear.K)[1]];
    const felt = (bucket: number) => {
      const cell = grid.buckets + bucket - 1;
      const before = (columns.bidDepth[cell] + columns.askDepth[cell]) / 2;
      const k = flow.bucket.findIndex((b, at) => b === bucket && flow.name[at] === 1);
      return flow.signedNotional[k] * (typicalDepth[1] / before) ** 0.35;
    };
    const alone = concaveMarket({
      ...market,
      concave: undefined,
      depth,
      linear: {
        ...linear,
        K: fromRows([
          [0, 0, 0],
          [0, one, 0],
          [0, 0, 0],
        ]),
        decay: [0],
        weights: [1],
      },
    });
    expect(alone.impact[0][grid.buckets + t]).toBeCloseTo(one * (felt(t) - felt(t - 1)), 12);
    expect(impact[0]).not.toEqual(
      concaveMarket({ ...market, concave: undefined, depth: { ...depth, gamma: 0 } }).impact[0],
    );
    expect(Array.from(typicalDepth, (d, i) => d / depth.level[i]).every((ratio) => ratio > 0.5 && ratio < 2)).toBe(
      true,
    );
  });

  it('has tails where asked for, and gaps in flow', () => {
    const sizes = (flow: NonNullable<ConcaveCase['flow']>) =>
      concaveMarket({ names: 1, seed: 5, sessionBuckets: [20_000], flow }).days[0].flow.signedNotional.map(Math.abs);
    const largest = (values: Float64Array) => values.reduce((a, b) => Math.max(a, b));
    expect(largest(sizes({}))).toBeLessThan(6);
    expect(largest(sizes({ tails: 1.5 }))).toBeGreaterThan(100);
    expect(sizes({ density: 0.1 }).length / 20_000).toBeCloseTo(0.1, 1);
    expect(mean(sizes({ size: [7] }))).toBeCloseTo(7 * Math.sqrt(2 / Math.PI), 0);
  });

  it('leaves a halted name alone, forgets its flow, and misses moves', () => {
    const halts = [{ day: 1, name: 2, from: 100, to: 130 }];
    const { days, impact } = concaveMarket({ ...market, linear: undefined, halts, missingShare: 0.1 });
    const { market: columns, grid, flow } = days[1];
    const cells = columns.moveBps.subarray(2 * grid.buckets + 100, 2 * grid.buckets + 130);
    expect(cells.every(Number.isNaN)).toBe(true);
    expect(columns.flags.filter((flag) => flag === FLAG.halted).length).toBe(30);
    expect(flow.bucket.some((t, k) => flow.name[k] === 2 && t >= 100 && t < 130)).toBe(false);
    expect(impact[1].subarray(2 * grid.buckets + 100, 2 * grid.buckets + 130).every((move) => move === 0)).toBe(true);
    expect(columns.moveBps.filter(Number.isNaN).length / columns.moveBps.length).toBeCloseTo(0.12, 1);
  });

  it('knows its own explained share', () => {
    const loadings = fromRows([[1], [2], [1.5]]);
    const quiet = concaveMarket({ ...market, factors: { loadings, follow: 0.5 } });
    const noisy = concaveMarket({ ...market, factors: { loadings, follow: 0.5 }, noise: 2 });
    expect([...explainedShare(quiet, quiet.predicted)]).toEqual([1, 1, 1]);
    expect(explainedShare(quiet, quiet.impact).every((share) => share < 1)).toBe(true);
    const variance = (values: Float64Array) => mean(values.map((x) => x * x));
    const first = noisy.predicted.map((p, d) => p.subarray(0, noisy.days[d].grid.buckets));
    const signal = mean(first.map(variance));
    expect(explainedShare(noisy, noisy.predicted)[0]).toBeCloseTo(signal / (signal + 4), 1);
  });
});

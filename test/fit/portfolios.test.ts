import { expect, it } from 'vitest';
import { eachMovesOf } from '../../src/model/buckets.js';
import { fromRows } from '../../src/numerics/dense.js';
import { dayOfPortfolios, forFlowTimes, HEDGED, portfoliosOf } from '../../src/stages/fit/form/portfolios.js';
import { accumulateOwn } from '../../src/stages/fit/ownMoments.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const K = fromRows([
  [4, 1, 0, 0],
  [1, 1, 0, 0],
  [0, 0, 9, 1],
  [0, 0, 1, 1],
]);
const decay = Float64Array.of(0, Math.exp(-1 / 10), 1);
const params = { decay, transform: LINEAR_FLOW, foldBuckets: 'day' } as const;
const day = () =>
  simulatedBuckets({
    names: 4,
    seed: 3,
    K,
    noise: 1,
    density: 0.3,
    factors: 2,
    contamination: 0.5,
    missingShare: 0.02,
  });

it('the market, its blocks and a hedged basket: of unit norm in normalised units, answering to all that K links to them', () => {
  const all = portfoliosOf(K, ['a', 'a', 'b', 'c']);
  expect(all.map(({ label }) => label)).toEqual(['market', 'a', HEDGED]);
  for (const { holding, response } of all) {
    expect(holding.reduce((sum, h, i) => sum + h * h * K.data[5 * i], 0)).toBeCloseTo(1, 12);
    response.forEach((r, i) => {
      expect(r).toBeCloseTo(
        holding.reduce((sum, h, j) => sum + K.data[4 * i + j] * h, 0),
        12,
      );
    });
  }
  expect([...all[2].holding].map(Math.sign)).toEqual([1, -1, 1, -1]);
});

it('a portfolio of one name has the own moments of that name, halts included', () => {
  const halted = day();
  haltName(halted, 2, 100, 150);
  const own = accumulateOwn(halted, params)[0];
  const unit = Float64Array.of(0, 0, 1, 0);
  const [alone] = accumulateOwn(
    dayOfPortfolios(halted, eachMovesOf(halted), [{ label: 'N2', holding: unit, response: unit }], LINEAR_FLOW),
    params,
  );
  const size = own.sums.length / 4;
  // A bucket that lacks the only move is left out for all; one that others share is taken out again.
  const expected = own.sums.subarray(2 * size, 3 * size);
  const scale = Math.max(...expected.map(Math.abs));
  alone.sums.forEach((value, k) => {
    expect(Math.abs(value - expected[k])).toBeLessThan(1e-14 * scale);
  });
});

it('moves and flow of several names add up, bucket by bucket', () => {
  const whole = day();
  const portfolios = portfoliosOf(K, ['a', 'a', 'b', 'b']);
  const { market, flow, grid } = dayOfPortfolios(whole, eachMovesOf(whole), portfolios, LINEAR_FLOW);
  const { buckets } = grid;
  const [{ holding, response }] = portfolios;
  for (const t of [5, 77, 801]) {
    const moves = [0, 1, 2, 3].map((i) => whole.market.moveBps[i * buckets + t]);
    if (!moves.some(Number.isNaN))
      expect(market.moveBps[t]).toBeCloseTo(
        moves.reduce((sum, move, i) => sum + holding[i] * move, 0),
        12,
      );
    let expected = 0;
    whole.flow.bucket.forEach((bucket, e) => {
      if (bucket === t) expected += response[whole.flow.name[e]] * whole.flow.signedNotional[e];
    });
    const found = [...flow.bucket.keys()].filter((e) => flow.bucket[e] === t && flow.name[e] === 0);
    expect(found.reduce((sum, e) => sum + flow.signedNotional[e], 0)).toBeCloseTo(expected, 12);
  }
});

it('has no move where most of it has none', () => {
  const whole = day();
  const { buckets } = whole.grid;
  const [, , second] = portfoliosOf(K, ['a', 'a', 'b', 'b']);
  for (const i of [2, 3]) whole.market.moveBps[i * buckets + 40] = Number.NaN;
  for (const i of [0, 1]) whole.market.moveBps[i * buckets + 40] = 1;
  const { market } = dayOfPortfolios(whole, eachMovesOf(whole), [second], LINEAR_FLOW);
  expect(market.moveBps[40]).toBeNaN();
});

it('takes flow in another unit with what K takes it times', () => {
  const [market] = portfoliosOf(K, ['a', 'a', 'b', 'b']);
  const factor = Float64Array.of(2, 1, 0.5, 1);
  const other = forFlowTimes(market, factor);
  expect([...other.response]).toEqual([...market.response].map((r, i) => r * factor[i]));
  expect(other.holding).toBe(market.holding);
});

import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { fromRows } from '../../src/numerics/dense.js';
import { mergedGroups } from '../../src/stages/diagnose/foldJackknife.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { FactorDays } from '../../src/stages/validate/factorDays.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const NAMES = 5;
const DATES = Array.from({ length: 6 }, (_, d) => `2024-01-0${d + 2}`);
const K = fromRows(
  Array.from({ length: NAMES }, (_, i) => Array.from({ length: NAMES }, (_, j) => (i === j ? 1 : 0.2))),
);

/** Days of a market with two factors, spoilt after they have moved prices. */
function odd(seed: number, spoil: (day: DayBuckets, d: number) => void = () => {}, noise = 3) {
  const decay = Float64Array.of(0.9, 1);
  const weights = Float64Array.of(0.5, 0.5);
  const folds = DATES.flatMap((date, d) => {
    const market = {
      names: NAMES,
      seed: 50 * seed + d,
      sessionSeconds: [1500, 900],
      noise,
      factors: 2,
      decay,
      weights,
      K,
    };
    const day = simulatedBuckets({ ...market, date });
    spoil(day, d);
    return accumulateDay(day, { decay, transform: LINEAR_FLOW, foldBuckets: seed % 2 ? 'day' : 300 });
  });
  const days = new FactorDays();
  mergedGroups(folds, weights, (fold) => days.add(fold));
  return days
    .odd(['MARKET', 'ENERGY'])
    .map(({ symbol, where, ratio }) => [symbol, where, Number(ratio.toPrecision(1))]);
}

/** Moves of one factor on some days. */
const change = (days: readonly number[], to: (x: number) => number) => (day: DayBuckets, d: number) => {
  const { moveBps } = day.factors;
  if (days.includes(d)) for (let k = 1; k < moveBps.length; k += 2) moveBps[k] = to(moveBps[k]);
};

describe('factors that are others than on other days', () => {
  it('are none in a market that does what the model says, however much of it is noise', () => {
    for (let seed = 1; seed <= 30; seed++) {
      expect(odd(seed)).toEqual([]);
      expect(odd(seed, undefined, 60)).toEqual([]);
    }
  });

  it('do not move at all', () => {
    expect(
      odd(
        1,
        change([3, 4, 5], () => 0),
      ),
    ).toEqual([3, 4, 5].map((d) => ['ENERGY', DATES[d], 0]));
    expect(
      odd(
        2,
        change([0, 1, 2, 3, 4, 5], () => 0.7),
      ),
    ).toEqual(DATES.map((date) => ['ENERGY', date, 0]));
  });

  it('have their sign the wrong way round, or another unit', () => {
    expect(
      odd(
        1,
        change([0], (x) => -x),
      ),
    ).toEqual([['ENERGY', DATES[0], -1]]);
    expect(
      odd(
        2,
        change([1, 2], (x) => x / 10),
      ).map(([, ...rest]) => rest),
    ).toEqual([
      [DATES[1], 10],
      [DATES[2], 10],
    ]);
  });
});

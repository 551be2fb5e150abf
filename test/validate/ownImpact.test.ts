import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { type DenseMatrix, fromRows, mapEntries } from '../../src/numerics/dense.js';
import { exp } from '../../src/numerics/elementary/elementary.js';
import { randomStream } from '../../src/numerics/random.js';
import { fitFactors } from '../../src/stages/defactor/defactor.js';
import { mergedGroups } from '../../src/stages/diagnose/foldJackknife.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { oddDays } from '../../src/stages/validate/dayRatios.js';
import { oddGates } from '../../src/stages/validate/oddGates.js';
import { OwnImpacts } from '../../src/stages/validate/ownImpact.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const NAMES = 6;
const DAYS = 6;
const DATES = Array.from({ length: DAYS }, (_, d) => `2024-01-0${d + 2}`);
const K: DenseMatrix = fromRows(
  Array.from({ length: NAMES }, (_, i) => Array.from({ length: NAMES }, (_, j) => (i === j ? 1 : 0.15))),
);
const DECAY = Float64Array.of(0.8, 1);
const WEIGHTS = Float64Array.of(0.5, 0.5);

interface World {
  readonly seed: number;
  readonly noise?: number;
  /** Standard deviation of the logarithm of own impact over names and days, and over days alone. */
  readonly lively?: number;
  readonly common?: number;
  readonly fault?: (day: DayBuckets, d: number) => void;
  /** Folds a day is cut into. */
  readonly cut?: number;
  readonly seconds?: number;
}

function found({ seed, noise = 1, lively = 0, common = 0, fault = () => {}, cut = 1, seconds = 3000 }: World) {
  const random = randomStream(seed);
  const days = DATES.map((date, d) => {
    const all = exp(common * random.normal());
    const own = Array.from({ length: NAMES }, () => exp(lively * random.normal()));
    const market = {
      ...{ names: NAMES, seed: 1000 * seed + d, sessionSeconds: [seconds], density: 0.3, noise, factors: 1, date },
      ...{ decay: DECAY, weights: WEIGHTS, K: mapEntries(K, (k, i, j) => all * (i === j ? own[i] * k : k)) },
    };
    const day = simulatedBuckets(market);
    fault(day, d);
    return day;
  });
  const accumulate = {
    decay: DECAY,
    transform: LINEAR_FLOW,
    foldBuckets: cut === 1 ? ('day' as const) : seconds / cut,
  };
  const folds = days.flatMap((day) => accumulateDay(day, accumulate));
  const merged = mergedGroups(folds, WEIGHTS);
  const { defactor } = defaultCalibration(Array.from({ length: NAMES }, () => 'a'));
  const impacts = new OwnImpacts(K, fitFactors(merged[0], defactor));
  mergedGroups(folds, WEIGHTS, (fold) => impacts.add(fold));
  return oddDays(days[0].symbols, impacts.days(), 'day');
}

const where = (odd: ReturnType<typeof found>) => odd.map(({ symbol, where: date }) => `${symbol} ${date}`);
const flowOf = (day: DayBuckets, name: number, change: (u: number, k: number) => number) => {
  const { flow } = day;
  flow.name.forEach((i, k) => {
    if (i === name) flow.signedNotional[k] = change(flow.signedNotional[k], k);
  });
};

describe('days on which own flow moves prices otherwise', () => {
  it('are none in a market that does what the model says, nor where impact differs from day to day', () => {
    for (let seed = 1; seed <= 30; seed++) {
      expect(where(found({ seed }))).toEqual([]);
      expect(where(found({ seed, lively: 0.3, common: 0.3 }))).toEqual([]);
      // Most of a move is noise: of 3 000 buckets little is known.
      expect(where(found({ seed, noise: 30 }))).toEqual([]);
    }
  });

  it.each([
    ['sides the wrong way round', -1, (day: DayBuckets) => flowOf(day, 2, (u) => -u)],
    ['lots for shares', 1 / 10, (day: DayBuckets) => flowOf(day, 2, (u) => 10 * u)],
    ['shares for lots', 10, (day: DayBuckets) => flowOf(day, 2, (u) => u / 10)],
    [
      'moves in percent',
      1 / 100,
      (day: DayBuckets) => {
        const own = day.market.moveBps.subarray(2 * day.grid.buckets, 3 * day.grid.buckets);
        own.forEach((move, t) => {
          own[t] = move / 100;
        });
      },
    ],
    [
      'flow of another hour',
      0,
      (day: DayBuckets) => {
        const { bucket } = day.flow;
        const shifted = [...bucket.keys()].map((k) => ({
          t: day.flow.name[k] === 2 ? (bucket[k] + 1000) % day.grid.buckets : bucket[k],
          name: day.flow.name[k],
          u: day.flow.signedNotional[k],
        }));
        shifted.sort((a, b) => a.t - b.t || a.name - b.name);
        shifted.forEach(({ t, name, u }, k) => {
          bucket[k] = t;
          day.flow.name[k] = name;
          day.flow.signedNotional[k] = u;
        });
      },
    ],
  ])('are found where a name has %s, on early days too, and no other name with it', (_, ratio, spoil) => {
    for (const bad of [0, 3])
      for (const cut of [1, 3])
        for (const lively of [0, 0.1]) {
          const odd = found({ seed: 7, lively, cut, fault: (day, d) => d === bad && spoil(day) });
          expect(where(odd)).toEqual([`N2 ${DATES[bad]}`]);
          expect(Math.abs(odd[0].ratio - ratio)).toBeLessThan(0.15 * Math.max(1, Math.abs(ratio)) + 0.1);
        }
  });

  it('are found where most days are wrong: the others are odd then', () => {
    const most = (spoil: (day: DayBuckets) => void) => (day: DayBuckets, d: number) => d < 4 && spoil(day);
    const turned = most((day) => flowOf(day, 2, (u) => -u));
    expect(where(found({ seed: 8, fault: turned }))).toEqual([`N2 ${DATES[4]}`, `N2 ${DATES[5]}`]);
    // Flow of other days, as if of another hour: nothing of it is left in the moves.
    const random = randomStream(5);
    const foreign = most((day) => flowOf(day, 2, () => random.normal()));
    expect(where(found({ seed: 8, fault: foreign }))).toEqual([`N2 ${DATES[4]}`, `N2 ${DATES[5]}`]);
  });

  it('are found where two names have each other’s flow', () => {
    const swap = (day: DayBuckets, d: number) => {
      if (d > 1) return;
      const { name, bucket, signedNotional } = day.flow;
      const rows = [...bucket.keys()].map((k) => ({
        t: bucket[k],
        i: [1, 0][name[k]] ?? name[k],
        u: signedNotional[k],
      }));
      rows.sort((a, b) => a.t - b.t || a.i - b.i);
      rows.forEach(({ t, i, u }, k) => {
        bucket[k] = t;
        name[k] = i;
        signedNotional[k] = u;
      });
    };
    expect(where(found({ seed: 3, seconds: 9000, fault: swap }))).toEqual(
      expect.arrayContaining([`N0 ${DATES[0]}`, `N0 ${DATES[1]}`, `N1 ${DATES[0]}`, `N1 ${DATES[1]}`]),
    );
  });

  it('are found where all names have it, beyond what a crisis does', () => {
    const all = (times: number) => (day: DayBuckets, d: number) => {
      if (d === 1) for (let i = 0; i < NAMES; i++) flowOf(day, i, (u) => times * u);
    };
    expect(found({ seed: 4, fault: all(-1) })).toHaveLength(NAMES);
    expect(found({ seed: 4, fault: all(20) })).toHaveLength(NAMES);
    expect(found({ seed: 4, fault: all(4) })).toEqual([]);
  });

  it('need four days, and a name whose flow moves its price', () => {
    const silent = (day: DayBuckets) => flowOf(day, 2, () => 0);
    expect(found({ seed: 5, fault: silent })).toEqual([]);
    const without = (day: DayBuckets, d: number) => d > 2 && silent(day);
    const wrong = (day: DayBuckets, d: number) => {
      without(day, d);
      if (d === 0) flowOf(day, 2, (u) => -u);
    };
    expect(found({ seed: 5, fault: wrong })).toEqual([]);
  });
});

it('gates say which, how much, and what to do', () => {
  const own = [
    { symbol: 'A', where: '2024-01-02', kind: 'day', ratio: -0.987 },
    { symbol: 'A', where: '2024-01-03', kind: 'day', ratio: 0.05 },
    { symbol: 'B', where: 'BATS', kind: 'venue', ratio: 0.2 },
  ] as const;
  const factors = [
    { symbol: 'factor M', where: '2024-01-02', kind: 'factor', ratio: 0 },
    { symbol: 'factor M', where: '2024-01-03', kind: 'factor', ratio: 0 },
    { symbol: 'factor M', where: '2024-01-04', kind: 'factor', ratio: -1 },
  ] as const;
  expect(oddGates([], {})).toEqual([]);
  const [ofFlow, ofFactors] = oddGates([...own, ...factors], {});
  expect(ofFlow).toMatchObject({ name: 'own_impact', verdict: 'failed', value: 3 });
  expect(ofFlow.reason).toContain(
    ': A on 2024-01-02, 2024-01-03, -0.99, 0.05 times that of other days; B at venue BATS, 0.2 times that of other venues; look',
  );
  expect(ofFactors).toMatchObject({ name: 'factor_days', verdict: 'failed', value: 3 });
  expect(ofFactors.reason).toContain(
    'factor M does not move at all on 2024-01-02, 2024-01-03; moves of the names with factor M are on 2024-01-04 -1 times',
  );
  const others = ['C', 'D'].map((symbol) => ({ ...own[0], symbol }));
  const [borne] = oddGates([...own, ...others], { own_impact: 'a dark venue' });
  expect(borne).toMatchObject({ verdict: 'passed' });
  expect(borne.reason).toMatch(/and 1 more; accepted: a dark venue$/);
});

import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import type { ConcaveTerms } from '../../src/model/concave.js';
import { costOfSchedule } from '../../src/model/marginalCost.js';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { mean } from '../../src/numerics/statistics.js';
import { type ConcaveCase, concaveMarket } from '../support/concaveMarket.js';
import {
  calibrated,
  chosenByFolds,
  concaveWindowOf,
  constrainedOf,
  GAMMAS,
  linkError,
  POWERS,
} from '../support/concaveWindows.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';

const N = 6;
const SEEDS = [1, 2, 3, 4];
const kept = (tau: number) => Math.exp(-1 / tau);
const each = (of: (i: number) => number) => Array.from({ length: N }, (_, i) => of(i));
const blocks = ['A', 'A', 'A', 'B', 'B', 'B'];

const K: DenseMatrix = {
  rows: N,
  cols: N,
  data: Float64Array.from({ length: N * N }, (_, k) => {
    const [i, j] = [Math.floor(k / N), k % N];
    if (i === j) return 0.8;
    return blocks[i] === blocks[j] ? 0.25 : 0.05;
  }),
};
const own = [each((i) => 2 + 0.2 * i), each(() => 1)];
const market: Omit<ConcaveCase, 'seed'> = {
  names: N,
  days: 2,
  sessionBuckets: [3000],
  noise: 2,
  linear: { K, decay: [kept(15), 1], weights: [0.6, 0.4] },
  // Bends at half of the median size of normal flow.
  concave: { power: 0.4, scales: each(() => 0.35), decay: [kept(2), kept(30)], own },
};
const shape = { power: 0.4, scales: each(() => 0.35), decay: [kept(2), kept(30)] };

function fitOf(days: readonly DayBuckets[], transform = LINEAR_FLOW) {
  const window = concaveWindowOf(days, { decay: [kept(15), 1], shape, blocks, transform });
  const calibration = calibrated(window);
  const { full } = constrainedOf(calibration, window);
  return { calibration, terms: calibration.concave!.terms, linear: full.linear!, full };
}

/** Errors of links between two names over their standard errors. */
function linkScores({ calibration }: ReturnType<typeof fitOf>): number[] {
  const { rawK, standardErrors } = calibration.estimate;
  return [...K.data].flatMap((truth, k) =>
    k % N < Math.floor(k / N) ? [(rawK.whole.data[k] - truth) / standardErrors.data[k]] : [],
  );
}

/** Of a term, what was found over what is there, by name. */
const found = ({ terms }: ReturnType<typeof fitOf>, term: number): number[] =>
  each((i) => terms.own.data[term * N + i] / own[term][i]);

const worlds: [string, Partial<ConcaveCase>][] = [
  ['nothing else', {}],
  [
    'factors that flow follows',
    { factors: { loadings: fromRows(each((i) => 1 + 0.1 * i).map((loading) => [loading])), follow: 0.7 } },
  ],
  [
    'halts, a lunch break and missing moves',
    {
      sessionBuckets: [1600, 1400],
      missingShare: 0.05,
      halts: [
        { day: 0, name: 1, from: 300, to: 420 },
        { day: 1, name: 4, from: 1500, to: 1640 },
      ],
    },
  ],
  ['depth that varies', { depth: { gamma: 0.35, spread: 0.6 } }],
];

describe.each(worlds)('a concave market with %s', (_, change) => {
  const fits = SEEDS.map((seed) => {
    const { days, typicalDepth } = concaveMarket({ ...market, ...change, seed });
    const transform = change.depth ? { concavity: 1, liquidity: 0.35, depthMedian: typicalDepth } : LINEAR_FLOW;
    return fitOf(days, transform);
  });

  it('gives links within their errors', () => {
    const scores = fits.flatMap(linkScores);
    expect(Math.sqrt(mean(scores.map((z) => z * z)))).toBeLessThan(1.3);
    expect(scores.filter((z) => Math.abs(z) < 2).length / scores.length).toBeGreaterThan(0.85);
    // Shrunk to blocks, which is what they are here.
    for (const { linear } of fits) expect(linkError(linear, K)).toBeLessThan(0.12);
  });

  it('gives own terms of both time constants, without a bias', () => {
    // Over seeds the mean of six names spreads by .03 (fast) and .1 (slow, which a line resembles).
    const [fast, slow] = [0, 1].map((term) => fits.map((fit) => mean(found(fit, term))));
    for (const ratio of fast) expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
    for (const ratio of slow) expect(Math.abs(ratio - 1)).toBeLessThan(0.3);
    expect(Math.abs(mean(fast) - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean(slow) - 1)).toBeLessThan(0.15);
  });

  it('gives what stays linear of self impact, and passes', () => {
    const ratios = fits.map(({ linear }) => mean(each((i) => linear.data[i * (N + 1)] / 0.8)));
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
    for (const { full } of fits) expect(full.certificate.status).toBe('passed');
  });
});

describe('what is linear beside concave terms', () => {
  it('keeps its own decay, and with it what long orders cost, however little it is', () => {
    const linear = { K: mapEntries(K, (value) => value / 4), decay: [kept(2), kept(15), kept(100), 1] };
    const weights = [0, 0.4, 0, 0.6];
    const orders = [60, 600, 3600].flatMap((buckets) =>
      [1, N].map((bought) => mapEntries(zeros(buckets, N), (_, __, i) => (i < bought ? 30 / buckets : 0))),
    );
    const ratios = SEEDS.map((seed) => {
      const { days } = concaveMarket({
        ...market,
        seed,
        days: 3,
        sessionBuckets: [5000],
        noise: 1,
        linear: { ...linear, weights },
      });
      const window = concaveWindowOf(days, { decay: linear.decay, shape, blocks, foldBuckets: 500 });
      const calibration = calibrated(window);
      const { full } = constrainedOf(calibration, window);
      const decay = window.decay;
      const truth = { ...full.concave!, own: fromRows(own) };
      return orders.map((order) => {
        const cost = (one: DenseMatrix, a: ArrayLike<number>, concave: ConcaveTerms) =>
          costOfSchedule({ matrices: [one], decay, weights: Float64Array.from(a), concave }, order);
        const found = cost(full.linear!, calibration.estimate.kernel.weights, full.concave!);
        return found / cost(linear.K, weights, truth);
      });
    });
    // Means of four seeds spread by .05 for an hour. With the decay of the linear fit an hour costs two thirds of what it does, a
    // basket half of it.
    orders.forEach((_, k) => {
      expect(Math.abs(mean(ratios.map((ratio) => ratio[k])) - 1)).toBeLessThan(0.15);
    });
  });
});

describe('names that hardly trade', () => {
  const thin = (day: DayBuckets): DayBuckets => {
    // The last name never trades, the one before once a minute.
    const { flow } = day;
    const keep = [...flow.name.keys()].filter(
      (k) => flow.name[k] < 4 || (flow.name[k] === 4 && flow.bucket[k] % 60 === 0),
    );
    const of = (values: Float64Array) => Float64Array.from(keep, (k) => values[k]);
    const ofIndex = (values: Int32Array) => Int32Array.from(keep, (k) => values[k]);
    return {
      ...day,
      flow: {
        bucket: ofIndex(flow.bucket),
        name: ofIndex(flow.name),
        venue: ofIndex(flow.venue),
        signedQty: of(flow.signedQty),
        signedNotional: of(flow.signedNotional),
        count: ofIndex(flow.count),
      },
    };
  };

  it.each(SEEDS)('have the mix of the others, nothing negative and no NaN (seed %i)', (seed) => {
    const { terms, linear, full } = fitOf(concaveMarket({ ...market, seed }).days.map(thin));
    for (const values of [terms.own.data, linear.data, full.K.data])
      expect([...values].every(Number.isFinite)).toBe(true);
    expect(terms.own.data.every((g) => g >= 0)).toBe(true);
    const share = (i: number) => terms.own.data[N + i] / (terms.own.data[i] + terms.own.data[N + i]);
    const others = mean([0, 1, 2, 3].map(share));
    for (const i of [4, 5]) expect(Math.abs(share(i) - others)).toBeLessThan(0.12);
    expect(full.certificate.status).toBe('passed');
  });
});

describe('the choice of how strongly impact bends, and of γ', () => {
  const step = (grid: readonly number[], a: number, b: number) => Math.abs(grid.indexOf(a) - grid.indexOf(b));

  it.each([
    { c: 0.3, gamma: 0, taus: [2, 30] },
    { c: 0.5, gamma: 0, taus: [1, 5, 30, 100] },
    { c: 0.65, gamma: 0, taus: [5] },
    { c: 0.4, gamma: 0.5, taus: [8, 80] },
    { c: 0.5, gamma: 0.35, taus: [2, 30] },
  ])('is within a step of its grid: %j', ({ c, gamma, taus }) => {
    for (const seed of [1, 2]) {
      const { days } = concaveMarket({
        ...market,
        names: 4,
        days: 4,
        seed,
        noise: 1.5,
        flow: { tails: 3 },
        linear: undefined,
        ...(gamma > 0 ? { depth: { gamma, spread: 0.6 } } : {}),
        // Half of the median size of t with three degrees of freedom.
        concave: {
          power: c,
          scales: each(() => 0.38),
          decay: taus.map(kept),
          own: taus.map((_, q) => each(() => 2 / (1 + q))),
        },
      });
      const { shape: chosen, liquidity } = chosenByFolds(days, 300, gamma > 0 ? GAMMAS : [0]);
      expect(chosen.kind, `seed ${seed}`).toBe('after');
      if (chosen.kind === 'after')
        expect(step(POWERS, chosen.power, c), `seed ${seed}: ${chosen.power}`).toBeLessThan(2);
      expect(step(GAMMAS, liquidity, gamma), `seed ${seed}: γ ${liquidity}`).toBeLessThan(2);
    }
  });
});

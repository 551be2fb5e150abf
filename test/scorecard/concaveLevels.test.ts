import { describe, expect, it } from 'vitest';
import { type ConcaveTerms, termsByNames } from '../../src/model/concave.js';
import { fromRows } from '../../src/numerics/dense.js';
import { impactLevels, type LevelQuery, type PriceModel } from '../../src/stages/scorecard/impactLevels.js';
import { type ConcaveCase, concaveMarket } from '../support/concaveMarket.js';
import { ImpactLevel } from '../support/concaveTruth.js';

const K = fromRows([
  [1, 0.3, 0.1],
  [0.3, 2, 0],
  [0.1, 0, 0.5],
]);
const truth: ConcaveCase = {
  names: 3,
  seed: 11,
  sessionBuckets: [400, 300],
  flow: { density: 0.3, tails: 3, size: [1, 0.2, 4] },
  linear: { K, decay: [0.98, 1], weights: [0.7, 0.3] },
  concave: {
    power: 0.4,
    scales: [0.3, 0.1, 1],
    decay: [0.3, 0.95],
    own: [
      [2, 3, 0.5],
      [1, 0, 0.7],
    ],
    modes: [
      { direction: [1, 2, 0.5], scale: 0.7, lambda: [0.2, 0.4] },
      { direction: [1, 0, -1], scale: 0.3, lambda: [0, 0.5] },
    ],
  },
  halts: [
    { day: 0, name: 1, from: 100, to: 130 },
    { day: 0, name: 0, from: 500, to: 501 },
  ],
};
const { power, scales, decay, own, modes } = truth.concave!;
const terms: ConcaveTerms = {
  power,
  decay: Float64Array.from(decay),
  scales: Float64Array.from(scales),
  own: fromRows(own.map((row) => [...row])),
  typical: new Float64Array(3),
  modes: modes!.map(({ direction, scale, lambda }, m) => ({
    label: `${m}`,
    direction: Float64Array.from(direction),
    scale,
    weights: Float64Array.from(lambda),
  })),
};
const model: PriceModel = {
  terms: [{ matrix: K, weights: Float64Array.of(0.7, 0.3) }],
  decay: Float64Array.of(0.98, 1),
  concave: terms,
  transform: { concavity: 1, liquidity: 0 },
  flowScale: new Float64Array(3).fill(1),
};
const queries: LevelQuery[] = [1, 37, 100, 101, 130, 400, 401, 501, 502, 700].flatMap((bucketsEnded) =>
  [0, 1, 2].map((name) => ({ name, bucketsEnded })),
);
const sumTo = (row: Float64Array, ended: number) => row.subarray(0, ended).reduce((sum, move) => sum + move, 0);

describe('levels of orders by a concave model', () => {
  it.each([
    ['as flow is', {}],
    ['against depth', { depth: { gamma: 0.35, spread: 0.6, level: [1, 3, 0.2] } }],
  ])('sum to what the market did, %s', (_, more: Partial<ConcaveCase>) => {
    const market = concaveMarket({ ...truth, ...more });
    const liquidity = more.depth?.gamma ?? 0;
    const transform = { concavity: 1, liquidity, ...(liquidity ? { depthMedian: market.typicalDepth } : {}) };
    const { self, cross, exogenous } = impactLevels(market.days[0], { ...model, transform }, queries);
    const sizes = market.impact[0].map(Math.abs);
    queries.forEach(({ name, bucketsEnded }, q) => {
      const moved = sumTo(market.impact[0].subarray(name * 700, (name + 1) * 700), bucketsEnded);
      expect(Math.abs(self[q] + cross[q] - moved)).toBeLessThan(1e-11 * Math.max(...sizes));
      expect(exogenous[q]).toBe(0);
    });
  });

  it('give self impact what own flow does alone', () => {
    const [day] = concaveMarket(truth).days;
    const { self } = impactLevels(day, model, queries);
    for (const name of [0, 1, 2]) {
      const alone = new Float64Array(700);
      for (const { firstBucket, buckets } of day.grid.sessions) {
        const level = new ImpactLevel(truth, 3);
        for (let t = firstBucket; t < firstBucket + buckets; t++) {
          for (const halt of truth.halts!) if (halt.from === t || halt.to === t) level.forget(halt.name);
          const flow = new Float64Array(3);
          day.flow.bucket.forEach((bucket, e) => {
            if (bucket === t && day.flow.name[e] === name) flow[name] += day.flow.signedNotional[e];
          });
          alone[t] = level.step(flow)[name];
        }
      }
      queries.forEach((query, q) => {
        if (query.name === name) expect(self[q]).toBeCloseTo(sumTo(alone, query.bucketsEnded), 10);
      });
    }
  });

  it('are the same by other names, of which one is not known and one is left out', () => {
    const [day] = concaveMarket(truth).days;
    const at = [2, -1, 0];
    // Before the first halt of a name that trades.
    const known = queries.filter(({ bucketsEnded }) => bucketsEnded < 500);
    const renamed = impactLevels(
      { ...day, flow: only(day.flow, (i) => i !== 1, [2, 1, 0]) },
      {
        ...model,
        terms: [
          {
            matrix: fromRows([
              [0.5, 0, 0.1],
              [0, 0, 0],
              [0.1, 0, 1],
            ]),
            weights: Float64Array.of(0.7, 0.3),
          },
        ],
        concave: termsByNames(terms, at),
      },
      known,
    );
    const expected = impactLevels({ ...day, flow: only(day.flow, (i) => i !== 1, [0, 1, 2]) }, model, known);
    known.forEach(({ name, bucketsEnded }, q) => {
      const other = known.findIndex(
        (query) => query.bucketsEnded === bucketsEnded && query.name === Math.max(0, at[name]),
      );
      if (at[name] < 0) expect([renamed.self[q], renamed.cross[q]]).toEqual([0, 0]);
      else {
        expect(renamed.self[q]).toBeCloseTo(expected.self[other], 12);
        expect(renamed.cross[q]).toBeCloseTo(expected.cross[other], 12);
      }
    });
  });
});

type Flow = ReturnType<typeof concaveMarket>['days'][0]['flow'];

/** Entries of some names, under other numbers. */
function only(flow: Flow, keeps: (name: number) => boolean, to: readonly number[]): Flow {
  const kept = [...flow.bucket.keys()].filter((e) => keeps(flow.name[e]));
  return {
    bucket: Int32Array.from(kept, (e) => flow.bucket[e]),
    name: Int32Array.from(kept, (e) => to[flow.name[e]]),
    venue: Int32Array.from(kept, (e) => flow.venue[e]),
    signedQty: Float64Array.from(kept, (e) => flow.signedQty[e]),
    signedNotional: Float64Array.from(kept, (e) => flow.signedNotional[e]),
    count: Int32Array.from(kept, (e) => flow.count[e]),
  };
}

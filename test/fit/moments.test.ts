import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { sumMoments } from '../../src/model/moments.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { bruteForceMoments, expectClose } from '../support/bruteForceMoments.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { seeds } from '../support/matrices.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1), Math.exp(-1 / 30), 1);
const params = { decay, transform: LINEAR_FLOW, foldBuckets: 'day' as const };

describe('moments by the recursion', () => {
  it('equal the products of the filtered rows, over sessions, folds, halts, masked buckets and missing moves', () => {
    const cases = fc.record({
      names: fc.integer({ min: 1, max: 4 }),
      seed: seeds,
      density: fc.constantFrom(0, 0.05, 0.5, 1),
      factors: fc.integer({ min: 0, max: 2 }),
      missingShare: fc.constantFrom(0, 0.1),
      foldBuckets: fc.constantFrom('day' as const, 7, 64),
      concavity: fc.constantFrom(1, 0.5),
      // Shorter and longer than what passes through the caches at once.
      sessionSeconds: fc.constantFrom([80, 1, 45], [300, 7]),
    });
    fc.assert(
      fc.property(cases, ({ foldBuckets, concavity, ...options }) => {
        const day = simulatedBuckets({ ...options, noise: 1 });
        haltName(day, 0, 20, 33);
        for (let i = 0; i < options.names; i++) day.market.moveBps[i * day.grid.buckets + 50] = Number.NaN;
        const folds = accumulateDay(day, { ...params, foldBuckets, transform: { ...LINEAR_FLOW, concavity } });
        expectClose(sumMoments(folds), bruteForceMoments(day, decay, concavity));
      }),
      { numRuns: 60 },
    );
  });

  it('add up to the same over folds as over the day, and count every bucket once', () => {
    const day = simulatedBuckets({ names: 3, seed: 4, factors: 1, noise: 1 });
    const whole = sumMoments(accumulateDay(day, params));
    const parts = accumulateDay(day, { ...params, foldBuckets: 90 });
    expect(parts.length).toBe(7 + 5);
    expectClose(sumMoments(parts), whole);
    expect(sumMoments(parts).buckets).toBe(1000);
  });

  it('are the same numbers each time', () => {
    const day = simulatedBuckets({ names: 5, seed: 8, factors: 2, noise: 1 });
    expect(accumulateDay(day, params)).toEqual(accumulateDay(day, params));
  });

  it('start every session with an empty memory', () => {
    const day = simulatedBuckets({ names: 1, seed: 3, density: 0, sessionSeconds: [10, 10] });
    const flow = { bucket: [9], name: [0], venue: [0], signedQty: [1], signedNotional: [1], count: [1] };
    const pulse: DayBuckets = {
      ...day,
      flow: {
        bucket: Int32Array.from(flow.bucket),
        name: Int32Array.from(flow.name),
        venue: Int32Array.from(flow.venue),
        signedQty: Float64Array.from(flow.signedQty),
        signedNotional: Float64Array.from(flow.signedNotional),
        count: Int32Array.from(flow.count),
      },
    };
    const { zz } = sumMoments(accumulateDay(pulse, params));
    expect(zz.data[1 * zz.cols + 1]).toBeCloseTo(1, 12);
  });
});

describe('moments', () => {
  it('are symmetric to the last bit, with sparse flow and with dense', () => {
    for (const density of [0.05, 0.9]) {
      const day = simulatedBuckets({ names: 7, seed: 3, density, noise: 1, factors: 2, sessionSeconds: [300, 200] });
      const [{ zz, rr }] = accumulateDay(day, {
        decay: Float64Array.of(0.4, 0.95, 1),
        transform: LINEAR_FLOW,
        foldBuckets: 'day',
      });
      for (const { rows, data } of [zz, rr])
        for (let i = 0; i < rows; i++) for (let j = 0; j < i; j++) expect(data[i * rows + j]).toBe(data[j * rows + i]);
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { randomStream } from '../../src/numerics/random.js';
import { leadLagDiagnostics } from '../../src/stages/align/leadLag.js';
import { seeds } from '../support/matrices.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const LAGS = [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5];

function dayOf(seed: number, venues: number): DayBuckets {
  const day = simulatedBuckets({
    names: 4,
    seed,
    sessionSeconds: [60, 3, 40],
    density: 0.5,
    noise: 1,
    missingShare: 0.2,
  });
  const random = randomStream(seed);
  return {
    ...day,
    venues: Array.from({ length: venues }, (_, v) => `V${v}`),
    flow: { ...day.flow, venue: day.flow.venue.map(() => random.integer(venues)) },
  };
}

/** One lag and one venue at a time. */
function naiveFlowCorrelation({ flow, grid, market }: DayBuckets, venue: number, lag: number): number {
  let [product, present, square] = [0, 0, 0];
  flow.bucket.forEach((opened, k) => {
    const bucket = opened + lag;
    const move = market.moveBps[flow.name[k] * grid.buckets + bucket];
    if (flow.venue[k] !== venue || bucket < 0 || bucket >= grid.buckets || Number.isNaN(move)) return;
    product += Math.sign(flow.signedNotional[k]) * move;
    square += move * move;
    present++;
  });
  return present > 0 && square > 0 ? product / Math.sqrt(present * square) : 0;
}

function naivePairCorrelation({ grid, market }: DayBuckets, i: number, j: number, lag: number): number {
  const moves = [i, j].map((name) => {
    const own = market.moveBps.slice(name * grid.buckets, (name + 1) * grid.buckets).map((r) => r || 0);
    const norm = Math.sqrt(own.reduce((sum, r) => sum + r * r, 0));
    return own.map((r) => r / norm);
  });
  let sum = 0;
  for (const { firstBucket, buckets } of grid.sessions) {
    for (let k = Math.max(0, -lag); k < Math.min(buckets, buckets - lag); k++)
      sum += moves[0][firstBucket + k] * moves[1][firstBucket + k + lag];
  }
  return sum;
}

/** The lag of largest magnitude; lag zero wins a draw. */
const largest = (values: readonly number[]): number =>
  values.reduce((top, value, k) => (Math.abs(value) > Math.abs(values[top]) ? k : top), LAGS.indexOf(0));

describe('lead and lag', () => {
  it('of flow and moves are those of one venue and one lag at a time, to the last bit', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 3 }), (seed, venues) => {
        const day = dayOf(seed, venues);
        const found = leadLagDiagnostics(day).venues;
        found.forEach((venue, v) => {
          const values = LAGS.map((lag) => naiveFlowCorrelation(day, v, lag));
          const at = largest(values);
          expect(venue).toEqual({
            venue: `V${v}`,
            lagMs: LAGS[at] * 1000,
            correlation: values[at],
            correlationAtZero: values[LAGS.indexOf(0)],
            cells: day.flow.venue.filter((w) => w === v).length,
          });
        });
      }),
      { numRuns: 40 },
    );
  });

  it('of pairs are those of one lag at a time within sessions, to the last bit', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const day = dayOf(seed, 1);
        const { pairs } = leadLagDiagnostics(day);
        expect(pairs.length).toBe(6);
        for (const pair of pairs) {
          const [leader, follower] = [pair.leader, pair.follower].map((symbol) => day.symbols.indexOf(symbol));
          const values = LAGS.map((lag) => naivePairCorrelation(day, leader, follower, lag));
          expect(Math.abs(pair.correlation)).toBe(Math.max(...values.map(Math.abs)));
          expect(pair.correlation).toBe(values[LAGS.indexOf(pair.lagMs / 1000)]);
          expect(pair.correlationAtZero).toBe(values[LAGS.indexOf(0)]);
        }
      }),
      { numRuns: 40 },
    );
  });
});

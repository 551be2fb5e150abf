import { describe, expect, it } from 'vitest';
import type { BucketGrid } from '../../src/model/grid.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { reversedMoves } from '../../src/stages/align/reversedMoves.js';

const BUCKETS = 20_000;
const HALF = BUCKETS / 2;
/** Two sessions of 10 000 s from 10:00 UTC and from 14:00. */
const grid: BucketGrid = {
  date: '2024-01-02',
  bucketNs: 1e9,
  epochNs: BigInt(Date.UTC(2024, 0, 2)) * 1_000_000n,
  sessions: [10, 14].map((hour, s) => ({
    startNs: hour * 3600e9,
    endNs: hour * 3600e9 + HALF * 1e9,
    firstBucket: s * HALF,
    buckets: HALF,
  })),
  buckets: BUCKETS,
};
const SPREAD = 2;

const draw = (seed: number, next: (random: RandomStream) => number): Float64Array => {
  const random = randomStream(seed);
  return Float64Array.from({ length: BUCKETS }, () => next(random));
};
const gaussian = draw(1, (random) => random.normal());
const studentOfThree = (random: RandomStream) =>
  random.normal() / Math.sqrt((random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2) / 3);

/** Some moves put in their place. */
const having = (moves: Float64Array, changes: Readonly<Record<number, number>>) => {
  const changed = moves.slice();
  for (const [bucket, move] of Object.entries(changes)) changed[Number(bucket)] = move;
  return changed;
};
const find = (moves: Float64Array, spread = SPREAD) => reversedMoves(grid, moves, spread);

describe('moves that were taken back at once', () => {
  it('are a price that was wrong for two buckets, with its stamp and its squares', () => {
    const found = find(having(gaussian, { 500: 400, 501: 1, 502: -402 }));
    expect(found).toMatchObject({
      count: 1,
      largest: { at: '2024-01-02T10:08:20.000Z', moveBps: 400, seconds: 2 },
    });
    expect(found!.squares).toBe(400 ** 2 + 1 + 402 ** 2);
  });

  it('are counted, wherever they go and come back in steps', () => {
    const found = find(
      having(gaussian, { 500: 100, 501: -99, 700: -300, 701: 150, 702: 149, [HALF + 60]: 80, [HALF + 85]: -80 }),
    );
    expect(found).toMatchObject({
      count: 3,
      largest: { at: '2024-01-02T10:11:40.000Z', moveBps: -300, seconds: 2 },
    });
  });

  it.each<[string, Readonly<Record<number, number>>]>([
    ['a jump that stays', { 500: 400 }],
    ['a jump of which half is given back', { 500: 400, 502: -200 }],
    ['a jump that is undone a minute later', { 500: 400, 560: -400 }],
    ['a jump at the end of a session that the next one undoes', { [HALF - 1]: 400, [HALF]: -400 }],
    ['a halt between the moves', { 500: 400, 501: Number.NaN, 502: -400 }],
    ['a bucket without a move, which is no jump', { 500: Number.NaN, 501: Number.NaN }],
    ['a book that one side left for a moment', { 500: 9 * SPREAD, 501: -9 * SPREAD }],
  ])('are not %s', (_what, changes) => {
    // Moves of a small tick beside a wide spread, so that only the spread excuses the last of them.
    const quiet = gaussian.map((r) => r / 4);
    expect(find(having(quiet, changes))).toBeUndefined();
    expect(find(having(quiet, { ...changes, 900: 400, 901: -400 }))?.count).toBe(1);
  });

  it('are no business of a name that hardly moves', () => {
    expect(find(having(new Float64Array(BUCKETS), { 500: 400, 501: -400 }))).toBeUndefined();
  });

  it('are found beside many buckets without a move', () => {
    const sparse = gaussian.map((r, t) => (t % 200 === 0 ? r : 0));
    expect(find(having(sparse, { 501: 400, 502: -400 }))).toMatchObject({ count: 1 });
  });

  it('are next to nothing of tails as fat as those of Student’s t with 3 degrees of freedom', () => {
    for (let seed = 2; seed < 42; seed++) {
      const moves = draw(seed, studentOfThree);
      const total = moves.reduce((sum, r) => sum + r * r, 0);
      expect((find(moves, 0)?.squares ?? 0) / total).toBeLessThan(0.03);
    }
  });
});

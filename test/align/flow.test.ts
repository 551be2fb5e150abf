import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketAt } from '../../src/model/grid.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import type { TradeChunk } from '../../src/stages/align/chunks.js';
import { tradeAligner } from '../../src/stages/align/trades.js';
import { seeds } from '../support/matrices.js';
import { testGrid } from '../support/simulatedBuckets.js';

const grid = testGrid([60, 40]);

interface Trade {
  readonly timeNs: number;
  readonly name: number;
  readonly venue: number;
  readonly price: number;
  readonly size: number;
  readonly side: number;
  readonly identity: number;
}

/** Trades in order of time; many share a stamp, and some an identity. */
function randomTrades(random: RandomStream, count: number, names: number, venues: number): Trade[] {
  const identified = random.uniform() < 0.7;
  return Array.from({ length: count }, () => {
    const session = grid.sessions[random.integer(2)];
    return {
      timeNs: session.startNs + 1 + 250_000_000 * random.integer(4 * session.buckets),
      name: random.integer(names),
      venue: random.integer(venues),
      price: 10 + random.uniform(),
      size: random.uniform() * 100 + 1e-3,
      side: random.integer(3) - 1,
      identity: identified && random.uniform() < 0.5 ? random.integer(3) : Number.NaN,
    };
  }).sort((a, b) => a.timeNs - b.timeNs);
}

function chunkOf(trades: readonly Trade[]): TradeChunk {
  const doubles = (key: keyof Trade) => Float64Array.from(trades, (trade) => trade[key]);
  return {
    rows: trades.length,
    file: new Int32Array(trades.length),
    row: Float64Array.from(trades.keys()),
    timeNs: doubles('timeNs'),
    name: Int32Array.from(doubles('name')),
    venue: Int32Array.from(doubles('venue')),
    price: doubles('price'),
    size: doubles('size'),
    side: doubles('side'),
    identity: doubles('identity'),
  };
}

/** Rows of [bucket, name, venue, quantity, count], by a map of all cells and a map of all identities. */
function naiveFlow(trades: readonly Trade[]): { cells: number[][]; duplicates: number } {
  const seen = new Set<string>();
  const cells = new Map<string, number[]>();
  let duplicates = 0;
  for (const { timeNs, name, venue, size, side, identity } of trades) {
    const key = `${name} ${timeNs} ${identity}`;
    if (!Number.isNaN(identity) && seen.has(key)) {
      duplicates++;
      continue;
    }
    seen.add(key);
    if (side === 0) continue;
    const place = [bucketAt(grid, timeNs), name, venue];
    const cell = cells.get(place.join()) ?? [...place, 0, 0];
    cell[3] += side * size;
    cell[4]++;
    cells.set(place.join(), cell);
  }
  const order = (a: number[], b: number[]) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  return { cells: [...cells.values()].sort(order), duplicates };
}

describe('flow by bucket, name and venue', () => {
  it('is that of a map of cells, to the last bit', () => {
    const cases = fc.record({
      seed: seeds,
      count: fc.integer({ min: 0, max: 400 }),
      names: fc.integer({ min: 1, max: 5 }),
      venues: fc.integer({ min: 1, max: 4 }),
      chunks: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(cases, ({ seed, count, names, venues, chunks }) => {
        const trades = randomTrades(randomStream(seed), count, names, venues);
        const aligner = tradeAligner({ grid, names, venues });
        const size = Math.ceil(count / chunks);
        for (let from = 0; from < count; from += size)
          expect(aligner.push(chunkOf(trades.slice(from, from + size)))).toBe(true);
        const { flow, quarantine } = aligner.finish();
        const naive = naiveFlow(trades);
        const found = Array.from(flow.bucket, (bucket, k) => [
          bucket,
          flow.name[k],
          flow.venue[k],
          flow.signedQty[k],
          flow.count[k],
        ]);
        expect(found).toEqual(naive.cells);
        expect(quarantine.counts.get('duplicate') ?? 0).toBe(naive.duplicates);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps more cells than there was room for at first', () => {
    const random = randomStream(7);
    const trades = randomTrades(random, 60_000, 60, 3).map((trade) => ({ ...trade, identity: Number.NaN }));
    const aligner = tradeAligner({ grid, names: 60, venues: 3 });
    aligner.push(chunkOf(trades));
    const { flow } = aligner.finish();
    const { cells } = naiveFlow(trades);
    expect(flow.bucket.length).toBe(cells.length);
    expect([...flow.signedQty]).toEqual(cells.map((cell) => cell[3]));
  });
});

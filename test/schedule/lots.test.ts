import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { inLots, type LotRule } from '../../src/stages/schedule/lots.js';
import { seeds } from '../support/matrices.js';

const columnSum = ({ cols, data }: DenseMatrix, i: number): number =>
  data.reduce((sum, value, k) => (k % cols === i ? sum + value : sum), 0);

/** Bounds of one name, in shares at a price of one. */
const bounds = (lower: readonly number[], upper: readonly number[]) => ({
  lower: fromRows(lower.map((bound) => [bound])),
  upper: fromRows(upper.map((bound) => [bound])),
});
const one = (wanted: readonly number[], shares: number, lot: number, room: ReturnType<typeof bounds>, price = 1) =>
  inLots(fromRows(wanted.map((u) => [u])), [{ price, lot }], Float64Array.of(shares), room);

describe('whole lots', () => {
  it('follow what is done so far, not each child: small children are not all rounded away', () => {
    const wanted = new Array(10).fill(40);
    const { children, unplaced } = one(wanted, 400, 100, bounds(new Array(10).fill(0), new Array(10).fill(100)));
    expect(columnSum(children, 0)).toBe(400);
    expect(unplaced).toEqual([]);
    let [asked, done] = [0, 0];
    children.data.forEach((count, t) => {
      asked += wanted[t];
      done += count;
      expect(Math.abs(asked - done)).toBeLessThanOrEqual(50);
    });
  });

  it('give an odd rest to the largest child that has room for it', () => {
    const { children } = one([120, 330, 207], 657, 100, bounds([0, 0, 0], [500, 400, 500]));
    expect([...children.data]).toEqual([100, 357, 200]);
    const full = one([120, 330, 207], 657, 100, bounds([0, 0, 0], [500, 300, 500]));
    expect(columnSum(full.children, 0)).toBe(657);
    expect(full.children.data[1]).toBe(300);
  });

  it('sell as they buy', () => {
    const { children, unplaced } = one([-120, -330, -207], -657, 100, bounds([-500, -400, -500], [0, 0, 0]));
    expect([...children.data]).toEqual([-100, -357, -200]);
    expect(unplaced).toEqual([]);
  });

  it('say what found no room: a lot that is larger than every cap', () => {
    const { children, unplaced } = one([50, 50], 100, 100, bounds([0, 0], [60, 60]));
    expect([...children.data]).toEqual([0, 0]);
    expect(unplaced).toEqual([{ name: 0, shares: 100 }]);
  });

  it('take less than a lot as one child', () => {
    const { children, unplaced } = one([3, 4], 7, 100, bounds([0, 0], [60, 60]));
    expect(columnSum(children, 0)).toBe(7);
    expect(unplaced).toEqual([]);
  });

  it('use a cap of exactly so many lots, whatever the price makes of it', () => {
    const price = 0.1 + 0.2;
    const cap = 300 * price;
    const { children, unplaced } = one([cap, cap], 600, 100, bounds([0, 0], [cap, cap]), price);
    expect([...children.data]).toEqual([300, 300]);
    expect(unplaced).toEqual([]);
  });

  it('trade both ways where the schedule does', () => {
    const { children } = one([500, -300, 100], 300, 100, bounds([-500, -500, -500], [500, 500, 500]));
    expect([...children.data]).toEqual([500, -300, 100]);
    expect([...one([100, -100], 0, 100, bounds([-500, -500], [500, 500])).children.data]).toEqual([100, -100]);
    expect([...one([900, -750], 150, 100, bounds([-999, -999], [999, 999])).children.data]).toEqual([950, -800]);
  });

  it('sum to their shares, keep their bounds, are whole, and stay near the schedule: at random', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = randomStream(seed);
        const [rows, cols] = [1 + random.integer(12), 1 + random.integer(3)];
        const rules: LotRule[] = Array.from({ length: cols }, () => ({
          price: 10 ** (random.uniform() * 3 - 6),
          lot: [1, 10, 100][random.integer(3)],
        }));
        const sides = rules.map(() => (random.uniform() < 0.5 ? -1 : 1));
        const isFree = random.uniform() < 0.3;
        const caps = mapEntries(zeros(rows, cols), () => (random.uniform() < 0.1 ? 0 : random.integer(2000)));
        const inMillions = (matrix: DenseMatrix) => mapEntries(matrix, (count, _, i) => count * rules[i].price);
        const upper = mapEntries(caps, (cap, _, i) => (isFree || sides[i] > 0 ? cap : 0));
        const lower = mapEntries(caps, (cap, _, i) => (isFree || sides[i] < 0 ? -cap : 0));
        const wanted = mapEntries(caps, (_, t, i) => {
          const k = t * cols + i;
          return lower.data[k] + (upper.data[k] - lower.data[k]) * random.uniform();
        });
        const shares = Float64Array.from(rules, (_, i) => Math.round(columnSum(wanted, i)) + 0);
        const { children, unplaced } = inLots(inMillions(wanted), rules, shares, {
          lower: inMillions(lower),
          upper: inMillions(upper),
        });
        rules.forEach(({ lot }, i) => {
          const left = unplaced.find(({ name }) => name === i)?.shares ?? 0;
          expect(columnSum(children, i) + left).toBe(shares[i]);
          const odd = Array.from({ length: rows }, (_, t) => children.data[t * cols + i]).filter((c) => c % lot !== 0);
          expect(odd.length).toBeLessThanOrEqual(1);
          // Nothing is left while a whole lot of it has room.
          const roomy = Array.from({ length: rows }, (_, t) => t * cols + i).some((k) => {
            const next = children.data[k] + Math.sign(left) * lot;
            return next <= upper.data[k] && next >= lower.data[k];
          });
          if (Math.abs(left) >= lot) expect(roomy).toBe(false);
        });
        children.data.forEach((count, k) => {
          expect(Number.isInteger(count)).toBe(true);
          expect(count).toBeGreaterThanOrEqual(lower.data[k]);
          expect(count).toBeLessThanOrEqual(upper.data[k]);
        });
      }),
      { numRuns: 2000 },
    );
  });
});

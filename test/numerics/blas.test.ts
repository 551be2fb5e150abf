import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledBlas } from '../../src/numerics/blas/blas.js';
import type { Blas } from '../../src/numerics/blas/interface.js';
import { referenceBlas } from '../../src/numerics/blas/reference.js';
import { randomStream } from '../../src/numerics/random.js';
import { seeds } from '../support/matrices.js';

const sets = () => [compiledBlas()!, referenceBlas()] as const;

/** Fills the first doubles of the memory with the same numbers. */
function filled(set: Blas, doubles: number, seed: number, scale: number): Float64Array {
  const memory = set.reserve(doubles);
  const random = randomStream(seed);
  for (let k = 0; k < doubles; k++) memory[k] = random.normal() * scale;
  return memory;
}

const sizes = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(31, 64, 97, 255, 256, 257));
/** Subnormal products, ordinary ones, and some that overflow nothing. */
const scales = fc.constantFrom(1e-160, 1, 1e150);

describe('compiled kernels', () => {
  it('exist on this platform', () => {
    expect(compiledBlas()?.name).toBe('compiled');
  });

  it('gemm gives the bits of the reference, for every shape, stride and scale', () => {
    fc.assert(
      fc.property(
        sizes,
        sizes,
        sizes,
        seeds,
        scales,
        fc.boolean(),
        fc.boolean(),
        (m, n, k, seed, scale, flipA, flipB) => {
          const [a, b, c] = [0, m * k + 2, m * k + k * n + 4];
          const scratch = c + m * n + 2;
          const results = sets().map((set) => {
            filled(set, scratch, seed, scale);
            const memory = set.reserve(scratch + set.gemmScratch(n));
            set.gemm(
              m,
              n,
              k,
              -0.5,
              flipA ? { at: a, row: 1, column: m } : { at: a, row: k, column: 1 },
              flipB ? { at: b, row: 1, column: k } : { at: b, row: n, column: 1 },
              { at: c, row: n },
              scratch,
            );
            return memory.slice(0, scratch);
          });
          expect(Buffer.from(results[0].buffer).equals(Buffer.from(results[1].buffer))).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('matrix–vector products give the bits of the reference', () => {
    fc.assert(
      fc.property(sizes, sizes, seeds, scales, fc.integer({ min: 0, max: 3 }), (m, n, seed, scale, gap) => {
        const row = n + gap;
        const x = m * row + 1;
        const y = x + Math.max(m, n);
        const results = sets().map((set) => {
          const memory = filled(set, y + 2 * Math.max(m, n), seed, scale);
          set.matvec(m, n, 0, row, x, y);
          set.matvecTransposed(m, n, 0, row, x, y + m);
          return memory.slice(0, y + m + n);
        });
        expect(Buffer.from(results[0].buffer).equals(Buffer.from(results[1].buffer))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('filters and sparse products give the bits of the reference', () => {
    const counts = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(counts, counts, counts, seeds, fc.constantFrom(0, 0.3, 0.999), (count, n, events, seed, decay) => {
        const random = randomStream(seed);
        const cells = Array.from({ length: events }, () => [
          random.integer(Math.max(count, 1)),
          random.integer(Math.max(n, 1)),
        ]);
        const grouped = (groups: number, by: 0 | 1) => {
          const sorted = [...cells].sort((a, b) => a[by] - b[by] || a[1 - by] - b[1 - by]);
          const starts = Array.from({ length: groups + 1 }, (_, g) => sorted.filter((cell) => cell[by] < g).length);
          return { starts, index: sorted.map((cell) => cell[1 - by]) };
        };
        if (count === 0 || n === 0) cells.length = 0;
        const [byTime, byName] = [grouped(count, 0), grouped(n, 1)];
        const x = 0;
        const state = count * n;
        const ahead = state + n;
        const out = ahead + n;
        const products = out + 2 * count * n;
        const lists = products + n * n;
        const results = sets().map((set) => {
          const memory = filled(set, lists + 6 * (events + count + n + 2), seed, 1);
          let at = lists;
          const put = ({ starts, index }: typeof byTime) => {
            const place = { starts: at, index: at + starts.length, value: at + starts.length + index.length };
            memory.set(starts, place.starts);
            memory.set(index, place.index);
            at = place.value + index.length;
            return place;
          };
          const [timed, named] = [put(byTime), put(byName)];
          set.backwardRows(count, n, decay, ahead, x, out);
          set.forwardStates(count, n, decay, state, timed, out + count * n);
          set.addSparseProducts(n, n, named, out, products);
          return memory.slice(0, lists);
        });
        expect(Buffer.from(results[0].buffer).equals(Buffer.from(results[1].buffer))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps what it holds when the memory grows, and refuses more than it can address', () => {
    for (const set of sets()) {
      set.reserve(10)[3] = 42;
      expect(set.reserve(1_000_000)[3]).toBe(42);
    }
    expect(() => sets()[0].reserve(2 ** 30)).toThrow(/do not fit/);
  });
});

import { describe, expect, it } from 'vitest';
import { factorControls } from '../../src/stages/fit/factorControls.js';
import { measure } from '../study/orders/measure.js';

describe('a factor that is given', () => {
  it('takes what it moved through the links out of the decay, of which it would pass for most', () => {
    // Flow follows the factor, links are .4 of self impact: without these controls ten minutes cost .46 of the truth.
    const { ratio } = measure(
      { names: 24, kernel: 'off-grid pair', spread: 1, disturbance: 'links .4, factor given' },
      1,
    );
    for (const [k, cost] of ratio.entries()) {
      expect(cost, `order ${k}`).toBeGreaterThan(0.9);
      expect(cost, `order ${k}`).toBeLessThan(1.1);
    }
  });
});

describe('factorControls', () => {
  const grid = {
    sessions: [
      { firstBucket: 0, buckets: 3 },
      { firstBucket: 3, buckets: 2 },
    ],
    buckets: 5,
  };
  const of = (names: string[], moveBps: number[]) =>
    factorControls({ grid, factors: { names, moveBps: Float64Array.from(moveBps) } } as never);

  it('are the moves, the move of the bucket before, and what has faded of all before it; sessions begin anew', () => {
    const { width, values } = of(['m'], [1, 2, 4, 8, 16]);
    const column = (k: number) => Array.from({ length: 5 }, (_, t) => values[t * width + k]);
    expect(column(0)).toEqual([1, 2, 4, 8, 16]);
    expect(column(1)).toEqual([0, 1, 2, 0, 8]);
    const d = Math.exp(-1);
    const expected = [0, 1, d + 2, 0, 8].map((value) => (1 - d) * value);
    column(2).forEach((value, t) => {
      expect(value).toBeCloseTo(expected[t], 12);
    });
  });

  it('a bucket without a move says so itself, and nothing later', () => {
    const { width, values } = of(['m'], [1, Number.NaN, 4, 8, 16]);
    expect(values[width]).toBeNaN();
    expect([...values].filter(Number.isNaN)).toHaveLength(1);
  });

  it('have room for many factors, and none without one', () => {
    expect(of([], []).width).toBe(0);
    for (const count of [1, 2, 5, 12, 40]) {
      const { width } = of(
        Array.from({ length: count }, (_, f) => `f${f}`),
        new Array(5 * count).fill(1),
      );
      expect(width / count).toBe({ 1: 9, 2: 9, 5: 5, 12: 3, 40: 3 }[count]);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { randomStream, studentT } from '../../src/numerics/random.js';

describe('Student t', () => {
  const draws = (degrees: number) => {
    const random = randomStream(11);
    return Float64Array.from({ length: 40_000 }, () => studentT(random, degrees));
  };
  const within = (values: Float64Array, x: number) => values.filter((t) => Math.abs(t) <= x).length / values.length;

  // P(|t| ≤ x) in closed form: Cauchy, and x/√(2+x²) for two degrees of freedom.
  it.each([0.5, 1, 3, 20])('has its distribution within %d', (x) => {
    expect(Math.abs(within(draws(1), x) - (2 / Math.PI) * Math.atan(x))).toBeLessThan(0.01);
    expect(Math.abs(within(draws(2), x) - x / Math.sqrt(2 + x * x))).toBeLessThan(0.01);
  });

  it('comes near the normal one with many degrees', () => {
    expect(Math.abs(within(draws(1e6), 1.959964) - 0.95)).toBeLessThan(0.005);
  });
});

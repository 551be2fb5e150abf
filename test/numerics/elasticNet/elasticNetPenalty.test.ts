import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  penaltyValue,
  proximal,
  ridgeSlope,
  softThreshold,
  subdifferentialDistance,
} from '../../../src/numerics/elasticNet/elasticNetPenalty.js';

const number = fc.double({ min: -5, max: 5, noNaN: true });
const weight = fc.constantFrom(0, 0.1, 1, 4);
const cases = fc.record({
  wanted: number,
  curvature: fc.constantFrom(0.2, 1, 7),
  ridge: weight,
  lasso: weight,
  pull: number,
});

describe('the elastic net on one unknown', () => {
  it('is least at its proximal point, where the distance to the subdifferential is zero', () => {
    fc.assert(
      fc.property(cases, number, ({ wanted, curvature, ridge, lasso, pull }, other) => {
        const value = (x: number) => (curvature / 2) * x * x - wanted * x + penaltyValue(x, { ridge, lasso }, pull);
        const x = proximal(wanted, curvature, ridge, lasso, pull);
        expect(value(other)).toBeGreaterThanOrEqual(value(x) - 1e-12);
        const slope = curvature * x - wanted + ridgeSlope(x, ridge, pull);
        expect(subdifferentialDistance(slope, Math.sign(x), lasso)).toBeLessThan(1e-12);
      }),
    );
  });

  it('has a distance above zero everywhere else', () => {
    expect(subdifferentialDistance(-0.5, 1, 0.4)).toBeCloseTo(0.1, 15);
    expect(subdifferentialDistance(0.5, 0, 0.4)).toBeCloseTo(0.1, 15);
    expect(subdifferentialDistance(0.3, -1, 0)).toBe(0.3);
  });

  it('is a plain step without a lasso, and none within it', () => {
    expect([softThreshold(-2, 0), softThreshold(-2, 0.5), softThreshold(-2, 2), softThreshold(1, 3)]).toEqual([
      -2, -1.5, 0, 0,
    ]);
  });
});

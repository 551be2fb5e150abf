import { describe, expect, it } from 'vitest';
import { medianInPlace } from '../../src/numerics/quickselect.js';
import { randomStream } from '../../src/numerics/random.js';
import { jackknifeStandardError, mean, quantile, studentReach } from '../../src/numerics/statistics.js';

describe('statistics', () => {
  it('a median in place is that of the sorted list, ties and zeros of both signs included', () => {
    const random = randomStream(5);
    for (let n = 1; n < 60; n++) {
      const list = Float64Array.from({ length: n }, () => Math.round(4 * random.normal()) / (n % 2 ? 1 : 7));
      const sorted = list.toSorted();
      const [low, high] = [sorted[(n - 1) >> 1], sorted[n >> 1]];
      const middle = low + 0.5 * (high - low);
      expect(quantile(list, 0.5)).toBeCloseTo(middle, 14);
      expect(medianInPlace(list)).toBeCloseTo(middle, 14);
      expect(list.toSorted()).toEqual(sorted);
    }
    expect(medianInPlace(new Float64Array(0))).toBe(0);
  });

  it('jackknife of a mean is its standard error', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const n = values.length;
    const replicates = values.map((v) => (values.reduce((a, b) => a + b, 0) - v) / (n - 1));
    const variance = values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (n - 1);
    expect(jackknifeStandardError(replicates)).toBeCloseTo(Math.sqrt(variance / n), 12);
  });

  it('jackknife of a weighted mean does not count old groups as full ones', () => {
    const values = [5, 1, 4, 2, 3, 8];
    const weights = [1, 1, 1, 1, 1e-9, 1e-9];
    const total = weights.reduce((a, b) => a + b, 0);
    const estimate = values.reduce((sum, v, k) => sum + v * weights[k], 0) / total;
    const replicates = values.map((v, k) => (estimate * total - v * weights[k]) / (total - weights[k]));
    const ratios = weights.map((w) => total / w);
    const recent = jackknifeStandardError([7 / 3, 11 / 3, 8 / 3, 10 / 3]);
    expect(jackknifeStandardError(replicates, estimate, ratios)).toBeCloseTo(recent, 6);
  });

  it('jackknife of a mean weighed by age is what it varies by', () => {
    const random = randomStream(8);
    for (const halfLife of [Number.POSITIVE_INFINITY, 10, 5]) {
      const weights = Array.from({ length: 20 }, (_, k) => 2 ** (-k / halfLife));
      const total = weights.reduce((a, b) => a + b, 0);
      const variances = Array.from({ length: 2000 }, () => {
        const values = weights.map(() => random.normal());
        const estimate = values.reduce((sum, v, k) => sum + v * weights[k], 0) / total;
        const replicates = values.map((v, k) => (estimate * total - v * weights[k]) / (total - weights[k]));
        const ratios = weights.map((w) => total / w);
        return jackknifeStandardError(replicates, estimate, ratios) ** 2;
      });
      const truth = Math.sqrt(weights.reduce((sum, w) => sum + w ** 2, 0)) / total;
      expect(Math.abs(Math.sqrt(mean(variances)) / truth - 1)).toBeLessThan(0.03);
    }
  });

  it('knows tabulated points of Student’s t', () => {
    for (const [degrees, point] of [
      [1, 12.706],
      [2, 4.303],
      [3, 3.182],
      [5, 2.571],
      [10, 2.228],
      [30, 2.042],
    ])
      expect(Math.abs(studentReach(0.95, degrees) / point - 1)).toBeLessThan(0.004);
    for (const [degrees, point] of [
      [1, 6.314],
      [2, 2.92],
      [4, 2.132],
      [9, 1.833],
    ])
      expect(Math.abs(studentReach(0.9, degrees) / point - 1)).toBeLessThan(0.004);
  });

  it('interpolates quantiles and gives 0 for none', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([], 0.5)).toBe(0);
  });

  it('draws normals with the right moments, the same for the same seed', () => {
    const random = randomStream(5);
    const draws = Array.from({ length: 100_000 }, () => random.normal());
    expect(Math.abs(mean(draws))).toBeLessThan(0.01);
    expect(Math.abs(mean(draws.map((d) => d * d)) - 1)).toBeLessThan(0.02);
    expect(randomStream(5).normal()).toBe(draws[0]);
    expect(randomStream(6).normal()).not.toBe(draws[0]);
  });
});

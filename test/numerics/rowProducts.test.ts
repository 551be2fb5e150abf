import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/numerics/random.js';
import { rowProducts } from '../../src/numerics/rowProducts.js';

describe('rowProducts', () => {
  it('sums the products of every row, whatever the number of rows does to the panels', () => {
    const random = randomStream(3);
    for (const [width, count] of [
      [1, 1],
      [5, 127],
      [5, 128],
      [7, 129],
      [40, 1000],
    ]) {
      const given = Float64Array.from({ length: width * width }, (_, k) => (k % width) + Math.floor(k / width));
      const sums = given.slice();
      const expected = given.slice();
      const products = rowProducts(width, sums);
      const row = new Float64Array(width);
      for (let t = 0; t < count; t++) {
        for (let k = 0; k < width; k++) row[k] = random.normal();
        products.push(row);
        for (let a = 0; a < width; a++) for (let b = 0; b < width; b++) expected[a * width + b] += row[a] * row[b];
      }
      products.finish();
      products.finish();
      sums.forEach((sum, k) => {
        expect(Math.abs(sum - expected[k])).toBeLessThan(1e-13 * count * 10);
        expect(sum).toBe(sums[(k % width) * width + Math.floor(k / width)]);
      });
    }
  });
});

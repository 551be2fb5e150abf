import { expect, it } from 'vitest';
import { fisherBound, fisherTail, studentBound } from '../../src/numerics/fisher.js';

/** Printed tables of F and t. */
it.each([
  [0.05, 1, 10, 4.9646],
  [0.05, 5, 20, 2.7109],
  [0.01, 4, 30, 4.0179],
  [0.01, 7, 3, 27.672],
  [0.05, 3, 1, 215.707],
])('F exceeds its bound with probability %d at %d and %d degrees', (probability, above, below, bound) => {
  expect(Math.abs(fisherBound(probability, above, below) / bound - 1)).toBeLessThan(2e-5);
  expect(fisherTail(fisherBound(probability, above, below), above, below)).toBeCloseTo(probability, 9);
});

it.each([
  [0.05, 1, 12.7062],
  [0.05, 10, 2.22814],
  [0.01, 24, 2.79694],
  [0.001, 1e6, 3.29054],
])('t exceeds its bound with probability %d at %d degrees', (probability, degrees, bound) => {
  expect(Math.abs(studentBound(probability, degrees) / bound - 1)).toBeLessThan(1e-5);
});

it('has whole tails at its ends', () => {
  expect([fisherTail(0, 2, 5), fisherTail(-1, 2, 5), fisherTail(Number.POSITIVE_INFINITY, 2, 5)]).toEqual([1, 1, 0]);
});

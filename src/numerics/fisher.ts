import { logGamma } from './distributions.js';
import { exp, log, log1p } from './elementary/elementary.js';

/**
 * The F distribution, which every test of a linear hypothesis ends in; Student's t is its square root at one degree.
 */

/**
 * Probability that F with `above` and `below` degrees of freedom exceeds the value; 1 for values that are not positive.
 */
export function fisherTail(value: number, above: number, below: number): number {
  if (!(value > 0)) return 1;
  if (value === Number.POSITIVE_INFINITY) return 0;
  return incompleteBeta(below / (below + above * value), below / 2, above / 2);
}

/** Value that F exceeds with this probability, to eleven digits. */
export function fisherBound(probability: number, above: number, below: number): number {
  let [low, high] = [0, 1];
  while (fisherTail(high, above, below) > probability && high < 1e300) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-11 * high; step++) {
    const middle = (low + high) / 2;
    if (fisherTail(middle, above, below) > probability) low = middle;
    else high = middle;
  }
  return high;
}

/** Value that |t| exceeds with this probability. */
export const studentBound = (probability: number, degrees: number): number =>
  Math.sqrt(fisherBound(probability, 1, degrees));

/** Regularised incomplete beta function `I_x(a, b)` (Press et al., Numerical Recipes §6.4). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x));
  // The fraction converges fast on one side of the mean only; the other is its mirror image.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const SMALLEST = 1e-300;
const MAX_TERMS = 500;

/** Continued fraction of the incomplete beta function by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / awayFromZero(1 + term * d);
      c = awayFromZero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

const awayFromZero = (value: number): number => (Math.abs(value) < SMALLEST ? SMALLEST : value);

import { exp, log, sin } from './elementary/elementary.js';

/** Tails of the distributions that tests need. Every function takes finite numbers. */

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x) for x > 0 (Lanczos 1964, nine terms; relative error about 1e-15). */
export function logGamma(x: number): number {
  if (x < 0.5) return log(Math.PI / sin(Math.PI * x)) - logGamma(1 - x);
  const t = x + 6.5;
  const series = LANCZOS.reduce((sum, c, k) => (k === 0 ? c : sum + c / (x - 1 + k)), 0);
  return 0.5 * log(2 * Math.PI) + (x - 0.5) * log(t) - t + log(series);
}

const TERMS = 10_000;

/** Upper regularised incomplete gamma function Q(a, x), a > 0, x ≥ 0: series below a + 1, continued fraction above. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = exp(a * log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = 1; k < TERMS && term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/** Lentz's method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let k = 1; k < TERMS; k++) {
    const step = -k * (k - a);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}

/** P(Z ≤ z) of a standard normal. */
export function normalCdf(z: number): number {
  const tail = 0.5 * upperGamma(0.5, (z * z) / 2);
  return z > 0 ? 1 - tail : tail;
}

/** P(X ≥ x) of a chi-square with `degrees` degrees of freedom. */
export const chiSquareTail = (x: number, degrees: number): number => upperGamma(degrees / 2, x / 2);

/** Two-sided exact binomial test: the probability of all counts that are no likelier than `count`. */
export function binomialTest(count: number, trials: number, probability: number): number {
  const logChoose = (k: number) => logGamma(trials + 1) - logGamma(k + 1) - logGamma(trials - k + 1);
  const logMass = (k: number) => logChoose(k) + k * log(probability) + (trials - k) * log(1 - probability);
  // Counts that are equally likely differ in their last digits only.
  const most = logMass(count) + 1e-7;
  let sum = 0;
  for (let k = 0; k <= trials; k++) {
    const mass = logMass(k);
    if (mass <= most) sum += exp(mass);
  }
  return Math.min(1, sum);
}

/** The normal deviate with the tail of Student's t (Wallace 1959; within 0.02 for 3 degrees of freedom or more). */
export function normalEquivalent(t: number, degrees: number): number {
  if (degrees <= 0) return 0;
  const size = ((8 * degrees + 1) / (8 * degrees + 3)) * Math.sqrt(degrees * log(1 + (t * t) / degrees));
  return Math.sign(t) * size;
}

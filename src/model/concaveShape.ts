import { expm1, log1p, pow, squared } from '../numerics/elementary/elementary.js';

/**
 * The function of MODEL §2a, `h(x) = sign(x)·(s/c)·((1+|x|/s)^c − 1)`: slope 1 at zero, power c far out, linear for c = 1.
 * Its arguments are a volume x and the scale s > 0, both in millions, and the power c > 0. To rounding for every size of x: the
 * difference is taken by `expm1` and `log1p`.
 */
export function concaveLevel(x: number, scale: number, power: number): number {
  if (power === 1) return x;
  return (Math.sign(x) * scale * expm1(power * log1p(Math.abs(x) / scale))) / power;
}

/** Slope of h, `(1+|x|/s)^(c−1)`. */
export const concaveSlope = (x: number, scale: number, power: number): number =>
  power === 1 ? 1 : pow(1 + Math.abs(x) / scale, power - 1);

/** `h(x)/x`, and the slope at zero there: what a linear impact would have to be to give the same level. */
export const concaveSecant = (x: number, scale: number, power: number): number =>
  x === 0 ? 1 : concaveLevel(x, scale, power) / x;

/** Below this share of the scale the closed form of the integral loses digits, and its series is summed. */
const SERIES_BELOW = 0.1;

/** The potential `H(x) = ∫_0^x h`: `(s²/c)·[((1+y)^(1+c) − 1)/(1+c) − y]` with `y = |x|/s`. */
export function concavePotential(x: number, scale: number, power: number): number {
  if (power === 1) return (x * x) / 2;
  const y = Math.abs(x) / scale;
  if (y < SERIES_BELOW) return squared(scale * y) * potentialSeries(y, power);
  return ((scale * scale) / power) * (expm1((1 + power) * log1p(y)) / (1 + power) - y);
}

/** `½ + (c−1)/6·y + (c−1)(c−2)/24·y² + …`, H over the square of x. */
function potentialSeries(y: number, power: number): number {
  let sum = 0;
  for (let k = 2, term = 0.5; Math.abs(term) > 1e-18; k++) {
    sum += term;
    term *= ((power + 1 - k) / (k + 1)) * y;
  }
  return sum;
}

/** The same where two digits less will do: the series has half as many terms there. */
const ROUGH_SERIES_BELOW = 0.01;

/**
 * h and H of many volumes at once, written to `level` and `potential`: both are made of the same power, which is what takes the
 * time. The potential has a digit or two less than {@link concavePotential} gives.
 */
export function levelsAndPotentials(
  volumes: Float64Array,
  scale: number,
  power: number,
  level: Float64Array,
  potential: Float64Array,
): void {
  for (let k = 0; k < volumes.length; k++) {
    const x = volumes[k];
    // Where as much is bought as fades, volumes come again to the last bit, two by two; where nothing is, one by one.
    const same = k > 1 && x === volumes[k - 2] ? k - 2 : k > 0 && x === volumes[k - 1] ? k - 1 : -1;
    if (same >= 0) {
      level[k] = level[same];
      potential[k] = potential[same];
      continue;
    }
    if (power === 1) {
      level[k] = x;
      potential[k] = (x * x) / 2;
      continue;
    }
    const y = Math.abs(x) / scale;
    const grown = expm1(power * log1p(y));
    level[k] = (Math.sign(x) * scale * grown) / power;
    potential[k] =
      y < ROUGH_SERIES_BELOW
        ? squared(scale * y) * potentialSeries(y, power)
        : ((scale * scale) / power) * ((y + grown + y * grown) / (1 + power) - y);
  }
}

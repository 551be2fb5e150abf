/**
 * Real numbers as integers of 2^−1200, in which every double and its logarithm, exponential or sine is exact to far more
 * digits than a double has: an oracle that shares nothing with what it judges.
 */
const BITS = 1200n;
const ONE = 1n << BITS;

const times = (a: bigint, b: bigint) => (a * b) >> BITS;
const over = (a: bigint, b: bigint) => (a << BITS) / b;
const size = (a: bigint) => (a < 0n ? -a : a);

/** Terms until they vanish: `next` gives the one of index k from the one before. */
function series(first: bigint, next: (term: bigint, k: bigint) => bigint, share = (_k: bigint) => 1n): bigint {
  let sum = 0n;
  for (let term = first, k = 0n; size(term) > 1n; k++, term = next(term, k)) sum += term / share(k);
  return sum;
}

/** `2 artanh z` for small z. */
function twiceArtanh(z: bigint): bigint {
  const square = times(z, z);
  return (
    2n *
    series(
      z,
      (term) => times(term, square),
      (k) => 2n * k + 1n,
    )
  );
}

/** Of an inverse integer, for π by Machin's formula. */
const arctanOfInverse = (n: bigint) =>
  series(
    ONE / n,
    (term) => -term / (n * n),
    (k) => 2n * k + 1n,
  );

const LN2 = twiceArtanh(ONE / 3n);
const LN10 = 3n * LN2 + twiceArtanh(ONE / 9n);
const HALF_PI = 2n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n));

const bytes = new DataView(new ArrayBuffer(8));

/** A finite double as `mantissa · 2^exponent`. */
function parts(x: number): { readonly mantissa: bigint; readonly exponent: bigint } {
  bytes.setFloat64(0, x);
  const word = bytes.getBigUint64(0);
  const biased = (word >> 52n) & 0x7ffn;
  const fraction = word & 0xf_ffff_ffff_ffffn;
  const mantissa = biased === 0n ? fraction : fraction | (1n << 52n);
  return { mantissa: x < 0 ? -mantissa : mantissa, exponent: (biased === 0n ? 1n : biased) - 1075n };
}

const shifted = (value: bigint, by: bigint) => (by >= 0n ? value << by : value >> -by);

export function exactly(x: number): bigint {
  const { mantissa, exponent } = parts(x);
  return shifted(mantissa, exponent + BITS);
}

/** Distance of a result from the truth, in units of its last place. */
export function ulpsFrom(truth: bigint, result: number): number {
  const { mantissa, exponent } = parts(result);
  const gap = truth - shifted(mantissa, exponent + BITS);
  return Number((size(gap) << 20n) >> (exponent + BITS)) / 0x10_0000;
}

const roundedOver = (a: bigint, b: bigint) => {
  const quotient = (2n * a + b) / (2n * b);
  return 2n * a + b < 0n && (2n * a + b) % (2n * b) !== 0n ? quotient - 1n : quotient;
};

export function exactExp(x: bigint): bigint {
  const halvings = roundedOver(x, LN2);
  const rest = x - halvings * LN2;
  return shifted(
    series(ONE, (term, k) => times(term, rest) / k),
    halvings,
  );
}

/** Of a positive number. */
export function exactLog(x: bigint): bigint {
  const doublings = BigInt(x.toString(2).length) - 1n - BITS;
  let [count, rest] = [doublings, shifted(x, -doublings)];
  if (2n * rest > 3n * ONE) [count, rest] = [count + 1n, shifted(x, -doublings - 1n)];
  return count * LN2 + twiceArtanh(over(rest - ONE, rest + ONE));
}

export const exactLog1p = (x: bigint): bigint => exactLog(ONE + x);
export const exactExpm1 = (x: bigint): bigint => exactExp(x) - ONE;
export const exactLog2 = (x: bigint): bigint => over(exactLog(x), LN2);
export const exactLog10 = (x: bigint): bigint => over(exactLog(x), LN10);
export const exactPow = (x: bigint, y: bigint): bigint => exactExp(times(y, exactLog(x)));

/** Sine and cosine. */
function turned(x: bigint): readonly [bigint, bigint] {
  const quarters = roundedOver(x, HALF_PI);
  const rest = x - quarters * HALF_PI;
  const square = times(rest, rest);
  const sine = series(rest, (term, k) => -times(term, square) / (2n * k * (2n * k + 1n)));
  const cosine = series(ONE, (term, k) => -times(term, square) / (2n * k * (2n * k - 1n)));
  const turns = [
    [sine, cosine],
    [cosine, -sine],
    [-sine, -cosine],
    [-cosine, sine],
  ] as const;
  return turns[Number(((quarters % 4n) + 4n) % 4n)];
}

export const exactSin = (x: bigint): bigint => turned(x)[0];
export const exactCos = (x: bigint): bigint => turned(x)[1];
export const exactTan = (x: bigint): bigint => over(...turned(x));

/** Root of a sum of squares, by Newton's steps on integers. */
export function exactHypot(values: readonly bigint[]): bigint {
  const square = values.reduce((sum, x) => sum + x * x, 0n);
  if (square === 0n) return 0n;
  let root = 1n << (BigInt(square.toString(2).length) / 2n + 1n);
  for (let next = (root + square / root) / 2n; next < root; next = (root + square / root) / 2n) root = next;
  return root;
}

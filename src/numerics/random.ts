import { log, pow } from './elementary/elementary.js';

/** A seeded generator (xoshiro128**, Blackman and Vigna 2018): the same stream on every machine. */
export interface RandomStream {
  /** Uniform on [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Marsaglia's polar method, which needs only log and sqrt). */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
}

export function randomStream(seed: number): RandomStream {
  const next = xoshiro128(seed);
  const uniform = () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
  let spare: number | undefined;
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const a = 2 * uniform() - 1;
      const b = 2 * uniform() - 1;
      const square = a * a + b * b;
      if (square > 0 && square < 1) {
        const factor = Math.sqrt((-2 * log(square)) / square);
        spare = b * factor;
        return a * factor;
      }
    }
  };
  return { uniform, normal, integer: (n) => Math.floor(uniform() * n) };
}

function xoshiro128(seed: number): () => number {
  let state = seed >>> 0;
  // splitmix32 spreads a small seed over the whole state.
  const split = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [split(), split(), split(), split()];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/** Student t with any positive degrees of freedom (Bailey 1994): no more than a pair of uniform numbers on the disc. */
export function studentT({ uniform }: RandomStream, degrees: number): number {
  for (;;) {
    const a = 2 * uniform() - 1;
    const b = 2 * uniform() - 1;
    const square = a * a + b * b;
    if (square > 0 && square < 1) return a * Math.sqrt((degrees * (pow(square, -2 / degrees) - 1)) / square);
  }
}

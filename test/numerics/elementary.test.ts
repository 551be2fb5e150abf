import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  cos,
  exp,
  expm1,
  hypot,
  log,
  log1p,
  log2,
  log10,
  pow,
  sin,
  squared,
  tan,
} from '../../src/numerics/elementary/elementary.js';
import { repository } from '../support/cli.js';
import {
  exactCos,
  exactExp,
  exactExpm1,
  exactHypot,
  exactLog,
  exactLog1p,
  exactLog2,
  exactLog10,
  exactly,
  exactPow,
  exactSin,
  exactTan,
  ulpsFrom,
} from '../support/exactReal.js';

/** Integers below 2^32, by arithmetic that is exact on every engine. */
function words(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
  };
}

const uniform = (next: () => number, low: number, high: number) => low + (high - low) * (next() / 0x1_0000_0000);

const bits = new DataView(new ArrayBuffer(8));

/** Positive doubles of every size, normal and not. */
function anySize(next: () => number): number {
  bits.setUint32(0, next() % 0x7ff0_0000);
  bits.setUint32(4, next());
  return bits.getFloat64(0);
}

type Arguments = (next: () => number, k: number) => readonly number[];

interface Case {
  readonly of: (...values: number[]) => number;
  readonly truth: (...values: bigint[]) => bigint;
  /** Units in the last place. */
  readonly within: number;
  /** Ordinary ones and every third at the edge of what there is. */
  readonly at: Arguments;
  /** Of the bits at 100 000 of them. */
  readonly digest: string;
}

const mixed =
  (usual: Arguments, far: Arguments): Arguments =>
  (next, k) =>
    k % 3 === 2 ? far(next, k) : usual(next, k);

const logarithms = mixed(
  (next) => [uniform(next, 0.5, 2)],
  (next) => [anySize(next)],
);
const angles = mixed(
  (next) => [uniform(next, -7, 7)],
  (next) => [uniform(next, -1e6, 1e6)],
);

const CASES: Readonly<Record<string, Case>> = {
  exp: {
    of: exp,
    truth: exactExp,
    within: 0.52,
    at: mixed(
      (next) => [uniform(next, -3, 3)],
      (next) => [uniform(next, -745, 709.7)],
    ),
    digest: 'ace45be34fe9ee2dd83349d292920dc1',
  },
  expm1: {
    of: expm1,
    truth: exactExpm1,
    within: 1,
    at: mixed(
      (next) => [uniform(next, -1, 1) / (1 + (next() % 1000))],
      (next) => [uniform(next, -50, 709.7)],
    ),
    digest: '7ce1eef42bfa288c54dee2bc92f2c8bc',
  },
  log: { of: log, truth: exactLog, within: 0.53, at: logarithms, digest: 'db20a7375f5f3d180345a66f0bcf14d2' },
  log1p: {
    of: log1p,
    truth: exactLog1p,
    within: 1,
    at: mixed(
      (next) => [uniform(next, -0.5, 1) / (1 + (next() % 1000))],
      (next) => [anySize(next)],
    ),
    digest: '2dab8f0a2531626ca753fa0d2c229f6f',
  },
  log2: { of: log2, truth: exactLog2, within: 0.53, at: logarithms, digest: '843ee68490fde4aeef32b6e0e4750f39' },
  log10: { of: log10, truth: exactLog10, within: 1, at: logarithms, digest: 'e127fd383bc62180104f397363c8b2fb' },
  pow: {
    of: pow,
    truth: exactPow,
    within: 0.53,
    at: mixed(
      (next) => [uniform(next, 0, 4), uniform(next, -3, 3)],
      (next) => {
        const base = anySize(next);
        return [base, uniform(next, -700, 700) / (1 + Math.abs(log(base)))];
      },
    ),
    digest: 'ecae5cea5c784cc4c634e6e0467e736a',
  },
  sin: { of: sin, truth: exactSin, within: 1, at: angles, digest: '5bac2f982e05898a8f3953ba0742ad97' },
  cos: { of: cos, truth: exactCos, within: 1, at: angles, digest: '40642146e3f5903f62757ae2981f98ac' },
  tan: { of: tan, truth: exactTan, within: 1, at: angles, digest: 'ed5afd82309a5832e95bb8edcedeee40' },
  hypot: {
    of: hypot,
    truth: (...values) => exactHypot(values),
    within: 1.5,
    at: mixed(
      (next) => [uniform(next, -3, 3), uniform(next, -3, 3), uniform(next, -3, 3)],
      (next) => [anySize(next) / 4, uniform(next, -3, 3)],
    ),
    digest: 'ee8717ae54457af3b1f450047d0fdf5c',
  },
};

const SHOWN = 900;
const PINNED = 100_000;

describe.each(Object.entries(CASES))('%s', (_, { of, truth, within, at, digest }) => {
  it('is the true value to a unit in the last place', () => {
    const next = words(7);
    let worst = { ulps: 0, values: [] as readonly number[] };
    for (let k = 0; k < SHOWN; k++) {
      const values = at(next, k);
      const ulps = ulpsFrom(truth(...values.map(exactly)), of(...values));
      if (!(ulps <= worst.ulps)) worst = { ulps, values };
    }
    expect(worst.ulps, `at ${worst.values.join(', ')}`).toBeLessThan(within);
  });

  it('has the same bits on every engine', () => {
    const next = words(11);
    const results = new DataView(new ArrayBuffer(8 * PINNED));
    for (let k = 0; k < PINNED; k++) results.setFloat64(8 * k, of(...at(next, k)));
    expect(createHash('sha256').update(results).digest('hex').slice(0, 32)).toBe(digest);
  });
});

const ODD_ONES = [
  0, -0, 1, -1, 0.5, 2, -2, 3, -3, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308,
].concat([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  709.8,
  -745.2,
  1024,
  -1075,
  9007199254740991,
]);

describe('special values', () => {
  /** Where ECMAScript leaves nothing to the engine. */
  const isSettled = (x: number) => Number.isNaN(x) || x === 0 || Math.abs(x) === 1 || !Number.isFinite(x);

  it.each(Object.entries({ exp, expm1, log, log1p, log2, log10, sin, cos, tan }))('of %s', (name, of) => {
    const standard = Math[name as 'exp'];
    for (const x of ODD_ONES) {
      if (isSettled(standard(x))) expect(of(x), `at ${x}`).toBe(standard(x));
      else expect(of(x) / standard(x), `at ${x}`).toBeCloseTo(1, 12);
    }
  });

  it('of pow, with one and infinite powers as in ECMAScript', () => {
    for (const x of ODD_ONES)
      for (const y of ODD_ONES) {
        const standard = x ** y;
        if (isSettled(standard)) expect(pow(x, y), `${x} to the ${y}`).toBe(standard);
        else expect(pow(x, y) / standard, `${x} to the ${y}`).toBeCloseTo(1, 12);
      }
  });

  it('at the edges of overflow and underflow', () => {
    expect(exp(709.782712893384)).toBe(1.7976931348622732e308);
    expect(exp(709.7827128933841)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(-745.1332191019411)).toBe(5e-324);
    expect(exp(-745.1332191019412)).toBe(0);
    expect(pow(2, 1023)).toBe(8.98846567431158e307);
    expect(pow(2, -1074)).toBe(5e-324);
    expect(log(5e-324)).toBe(-744.4400719213812);
    expect(log(1.7976931348623157e308)).toBe(709.782712893384);
  });

  it('powers of ten and of two are exact, and so are their logarithms', () => {
    for (let k = -307; k <= 308; k++) expect(log10(Number(`1e${k}`)), `1e${k}`).toBe(k);
    for (let k = 0; k <= 22; k++) expect(pow(10, k)).toBe(Number(`1e${k}`));
    for (let k = -1074; k <= 1023; k++) expect(log2(pow(2, k))).toBe(k);
  });

  it('of hypot: nothing overflows on the way, and infinite sides outweigh missing ones', () => {
    expect(hypot()).toBe(0);
    expect(hypot(-0)).toBe(0);
    expect(hypot(3 * 2 ** 700, 4 * 2 ** 700)).toBe(5 * 2 ** 700);
    expect(hypot(3 * 2 ** -700, 4 * 2 ** -700)).toBe(5 * 2 ** -700);
    expect(hypot(5e-324)).toBe(5e-324);
    expect(hypot(1e308, 1e308)).toBe(1.4142135623730951e308);
    expect(hypot(1, Number.NaN, 2)).toBeNaN();
    expect(hypot(Number.NaN, Number.NEGATIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(squared(-3)).toBe(9);
  });
});

/** Abramowitz and Stegun, tables 4.1 to 4.3 and 1.1, to more digits than a double has. */
describe('published values', () => {
  it.each([
    [exp(1), '2.71828182845904523536'],
    [exp(-1), '0.36787944117144232159'],
    [log(2), '0.69314718055994530941'],
    [log(10), '2.30258509299404568401'],
    [log10(2), '0.30102999566398119521'],
    [log2(10), '3.32192809488736234787'],
    [pow(2, 1 / 2), '1.4142135623730950488'],
    [pow(10, 0.25), '1.77827941003892280122'],
    [sin(1), '0.84147098480789650665'],
    [cos(1), '0.5403023058681397174'],
    [tan(1), '1.5574077246549022305'],
  ])('%d', (found, published) => {
    expect(found).toBe(Number(published));
  });
});

it('says what is missing where the engine runs no WebAssembly', () => {
  const module = pathToFileURL(join(repository, 'dist', 'numerics', 'elementary', 'elementary.js')).href;
  const script = `import { exp } from '${module}'; try { exp(1) } catch (error) { console.log(error.message, error.hint) }`;
  const { stdout } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('runs no WebAssembly');
  expect(stdout).toContain('without --jitless');
});

import { NumericalError } from '../failure.js';
import { compiledModule } from './compiled.js';

/**
 * The functions whose last digits ECMAScript leaves to the engine, with bits of our own: a version has the same id on every
 * engine. Within one unit in the last place (exp, log, log2 and pow within 0.53; sines of angles below 10^6); special values are those of `Math`. Compiled from `assembly/elementary.ts` at
 * the first call, so that a start does not pay for it.
 */
export let exp: (x: number) => number = (x) => elementary().exp(x);
/** `exp(x) − 1`, without the loss of digits near zero. */
export let expm1: (x: number) => number = (x) => elementary().expm1(x);
export let log: (x: number) => number = (x) => elementary().log(x);
/** `log(1 + x)`, without the loss of digits near zero. */
export let log1p: (x: number) => number = (x) => elementary().log1p(x);
export let log2: (x: number) => number = (x) => elementary().log2(x);
export let log10: (x: number) => number = (x) => elementary().log10(x);
/** `x` to the power of `y`; products are better where y is two or three. */
export let pow: (x: number, y: number) => number = (x, y) => elementary().pow(x, y);
export let sin: (x: number) => number = (x) => elementary().sin(x);
export let cos: (x: number) => number = (x) => elementary().cos(x);
export let tan: (x: number) => number = (x) => elementary().tan(x);

interface Elementary {
  exp(x: number): number;
  expm1(x: number): number;
  log(x: number): number;
  log1p(x: number): number;
  log2(x: number): number;
  log10(x: number): number;
  pow(x: number, y: number): number;
  sin(x: number): number;
  cos(x: number): number;
  tan(x: number): number;
}

let compiled: Elementary | undefined;

/** From then on the compiled functions are called directly. */
function elementary(): Elementary {
  if (!compiled) {
    compiled = instance();
    ({ exp, expm1, log, log1p, log2, log10, pow, sin, cos, tan } = compiled);
  }
  return compiled;
}

function instance(): Elementary {
  if (typeof WebAssembly === 'undefined')
    throw new NumericalError(
      'this Node.js runs no WebAssembly, from which exp, log and powers come',
      'start it without --jitless',
    );
  const abort = () => {
    throw new RangeError('a compiled function gave up');
  };
  return new WebAssembly.Instance(compiledModule(), { env: { abort } }).exports as unknown as Elementary;
}

export const squared = (x: number): number => x * x;

/** Beyond these squares overflow, or lose digits. */
const [LARGE, SMALL] = [1e150, 1e-140];
/** 2^600 and 2^−600: to scale by them costs no digit. */
const [UP, DOWN] = [4.149515568880993e180, 2.409919865102884e-181];

/** `√(Σ x²)` without overflow, of any number of values, which are summed in their order: each costs half a unit in the last place. */
export function hypot(...values: number[]): number {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size === Number.POSITIVE_INFINITY) return size;
    // Also where it is no number.
    if (!(size <= largest)) largest = size;
  }
  if (largest > LARGE) return UP * rootOfSquares(values, DOWN);
  if (largest < SMALL) return DOWN * rootOfSquares(values, UP);
  return rootOfSquares(values, 1);
}

function rootOfSquares(values: readonly number[], scale: number): number {
  let sum = 0;
  for (const value of values) sum += squared(scale * value);
  return Math.sqrt(sum);
}

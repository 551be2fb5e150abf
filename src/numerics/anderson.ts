import { dot, fromRows, multiply } from './dense.js';
import { gramInverse } from './leastSquares.js';

/** One evaluation of a fixed-point map at a state. */
export interface Evaluation<Result> {
  readonly mapped: Float64Array;
  /** What a plain step `state ← mapped` never lowers. */
  readonly merit: number;
  /** How far the state is from a fixed point, in units that the caller chose. */
  readonly apart: number;
  /** The answer that this state stands for, and whether it is good enough; called when `apart` is small. */
  readonly finish: (highestMerit: number) => { readonly result: Result; readonly isGood: boolean };
}

export interface IterationLimits {
  readonly maxIterations: number;
  /** `apart` at which `finish` is first asked; a tenth of what there is when the answer is not good enough yet. */
  readonly tolerance: number;
  /** States that the acceleration keeps. */
  readonly memory: number;
  /** Share of its magnitude that the merit may fall by without the step being taken back. */
  readonly slack: number;
}

/**
 * Iterates a fixed-point map with Anderson acceleration (Walker and Ni 2011): the next state is the combination of the
 * last ones whose residual would be smallest if the map were affine. A step that lowers the merit is taken back and
 * replaced by the plain one, so that the iteration converges wherever the plain one does.
 */
export function iterateAccelerated<Result>(
  start: Float64Array,
  evaluate: (state: Float64Array) => Evaluation<Result>,
  { maxIterations, tolerance, memory, slack }: IterationLimits,
): { readonly result: Result; readonly isGood: boolean; readonly iterations: number } {
  const mixer = andersonMixer(memory);
  let state = start;
  let plain: Float64Array | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let near = tolerance;
  for (let iterations = 1; ; iterations++) {
    const { mapped, merit, apart, finish } = evaluate(state);
    if (plain && iterations < maxIterations && merit < highest - slack * Math.abs(highest)) {
      state = plain;
      plain = undefined;
      mixer.forget();
      continue;
    }
    highest = Math.max(highest, merit);
    if (apart <= near || iterations >= maxIterations) {
      const { result, isGood } = finish(highest);
      if (isGood || iterations >= maxIterations) return { result, isGood, iterations };
      near = Math.min(near, apart) / 10;
    }
    plain = mapped;
    const from = state;
    state = mixer.next(
      mapped,
      mapped.map((value, k) => value - from[k]),
    );
  }
}

function andersonMixer(memory: number) {
  let history: { readonly mapped: Float64Array; readonly residual: Float64Array }[] = [];
  /** Inner products of the residuals in the history. */
  let products: number[][] = [];
  return {
    next(mapped: Float64Array, residual: Float64Array): Float64Array {
      const withOld = history.map((old) => dot(residual, old.residual));
      const square = dot(residual, residual);
      const weights = leastSquaresWeights(products, withOld, square);
      const out = mapped.slice();
      for (const [h, old] of history.entries()) addDifference(out, weights[h], mapped, old.mapped);
      history = [...history, { mapped, residual }].slice(-memory);
      products = [...products.map((row, h) => [...row, withOld[h]]), [...withOld, square]];
      if (products.length > memory) products = products.slice(1).map((row) => row.slice(1));
      return out;
    },
    forget() {
      history = [];
      products = [];
    },
  };
}

/** out −= weight (a − b). */
function addDifference(out: Float64Array, weight: number, a: Float64Array, b: Float64Array): void {
  for (let k = 0; k < out.length; k++) out[k] -= weight * (a[k] - b[k]);
}

/** γ that minimises `‖f − Σ γ_h (f − f_h)‖`, from inner products. */
function leastSquaresWeights(
  products: readonly (readonly number[])[],
  withOld: readonly number[],
  square: number,
): Float64Array {
  const h = withOld.length;
  if (h === 0) return new Float64Array(0);
  const gram = fromRows(products.map((row, i) => row.map((value, j) => square - withOld[i] - withOld[j] + value)));
  const target = { rows: h, cols: 1, data: Float64Array.from(withOld, (value) => square - value) };
  return multiply(gramInverse(gram).inverse, target).data;
}

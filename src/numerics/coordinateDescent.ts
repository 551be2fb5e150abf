import { combine, type DenseMatrix, dot, largestMagnitude, multiply, zeros } from './dense.js';
import type { ElasticPenalty, NetTargets, TiedEntry } from './elasticNet.js';
import type { MatrixSolution } from './optimality.js';
import type { SymmetricProblem } from './symmetricQuadratic.js';

/** Moves smaller than this, in gradients relative to the largest cross moment, end a search. */
const TOLERANCE = 1e-11;
const ACCEPTED = 1e-8;
/** Passes over unknowns: sweeps, and products of conjugate gradients. */
const MAX_PASSES = 20_000;
/** Sweeps before conjugate gradients: signs settle first. */
const SWEEPS = 3;
/** How far the active unknowns are solved, as a share of what the last sweep over all of them moved. */
const AHEAD = 3e-2;
/** What conjugate gradients leave of a gradient while signs still change. */
const COARSE = 1e-2;
const MAX_STEPS = 500;
/** Share of a product's multiplications from which on a product is faster than entry by entry. */
const DENSE_SHARE = 0.1;
/** A curvature below this share of its parts is rounding. */
export const FLAT = 1e-13;

/** The unknowns; entries `first[u]` to `first[u + 1]` of the matrix are the value of unknown u times their coefficients. */
export interface Unknowns {
  readonly count: number;
  readonly first: Int32Array;
  readonly row: Int32Array;
  readonly col: Int32Array;
  readonly coefficient: Float64Array;
  /** 1 for a diagonal, which bears no penalty. */
  readonly isFree: Uint8Array;
  /** Curvature of the smooth part. */
  readonly curvature: Float64Array;
  /** Σ |c| and Σ c² over the entries: what the penalties count. */
  readonly weight: Float64Array;
  readonly square: Float64Array;
}

/**
 * The elastic net over any unknowns by cyclic coordinate descent with covariance updates and an active set (Friedman,
 * Hastie and Tibshirani 2010). Between sweeps, conjugate gradients solve for the signs that the active unknowns have, and
 * what would change its sign on the way stops at its target: the feature-sign step of Lee, Battle, Raina and Ng (2007) for
 * many unknowns at once.
 */
export function coordinateDescent(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  towards: NetTargets,
  unknowns: Unknowns,
): MatrixSolution {
  const descent = newDescent(problem, penalty, towards, unknowns);
  const scale = Math.max(largestMagnitude(problem.cross.data), Number.MIN_VALUE);
  const whole = partOf(descent, () => true);
  let passes = 0;
  while (passes < MAX_PASSES) {
    load(descent, whole);
    passes++;
    const moved = sweep(descent, whole);
    if (moved <= TOLERANCE * scale) break;
    passes += solveActive(descent, whole, Math.max(TOLERANCE * scale, AHEAD * moved));
    refresh(descent);
  }
  refresh(descent);
  load(descent, whole);
  const optimalityResidual = violation(descent, whole) / scale;
  const status = optimalityResidual <= ACCEPTED ? 'converged' : 'maxIterations';
  return { solution: descent.y, status, iterations: passes, optimalityResidual };
}

/** Largest slope of a penalised unknown at zero per unit of its weight, once those without penalty are fitted alone. */
export function largestSlope(problem: SymmetricProblem, unknowns: Unknowns): number {
  const none = zeros(problem.gram.rows);
  const descent = newDescent(problem, { ridge: 0, lasso: 0 }, { target: none, ridgeTarget: none }, unknowns);
  const free = partOf(descent, (u) => unknowns.isFree[u] === 1);
  load(descent, free);
  sweep(descent, free);
  refresh(descent);
  const links = partOf(descent, (u) => unknowns.isFree[u] === 0);
  load(descent, links);
  return links.ids.reduce(
    (largest, u, a) =>
      unknowns.weight[u] > 0 ? Math.max(largest, Math.abs(slopeOf(descent, links, a)) / unknowns.weight[u]) : largest,
    0,
  );
}

/** `cᵀ H c`: entries of one row meet in the Gram matrix. 0 where only rounding is left of it. */
export function curvatureAlong(problem: SymmetricProblem, entries: readonly TiedEntry[]): number {
  let [curvature, parts] = [0, 0];
  for (const a of entries) {
    parts += a.coefficient ** 2 * problem.gram.data[a.col * (problem.gram.cols + 1)];
    for (const b of entries)
      if (a.row === b.row) curvature += a.coefficient * b.coefficient * gramEntry(problem, a.row, a.col, b.col);
  }
  return curvature > FLAT * parts ? curvature : 0;
}

/** `S_i` at (j, k), i = row. */
export function gramEntry({ gram, rowDowndates }: SymmetricProblem, row: number, j: number, k: number): number {
  const factors = rowDowndates?.[row];
  let value = gram.data[j * gram.cols + k];
  for (let f = 0; f < (factors?.rows ?? 0); f++)
    value -= factors!.data[f * factors!.cols + j] * factors!.data[f * factors!.cols + k];
  return value;
}

/** Row i is `Y_i S_i − A_i`. */
export const smoothGradient = (problem: SymmetricProblem, y: DenseMatrix): DenseMatrix =>
  combine(rowProducts(problem, y), 1, problem.cross, -1);

/** Row i is `Y_i S_i`. */
function rowProducts({ gram, rowDowndates }: SymmetricProblem, y: DenseMatrix): DenseMatrix {
  const n = gram.rows;
  const product = multiply(y, gram);
  rowDowndates?.forEach((factors, i) => {
    const [from, to] = [i * n, (i + 1) * n];
    if (factors) subtractDowndate(factors, y.data.subarray(from, to), product.data.subarray(from, to));
  });
  return product;
}

/** Takes `x FᵀF` from a row. */
export function subtractDowndate({ rows, cols: n, data }: DenseMatrix, x: Float64Array, out: Float64Array): void {
  for (let f = 0; f < rows; f++) {
    let projection = 0;
    for (let j = 0; j < n; j++) projection += x[j] * data[f * n + j];
    for (let j = 0; j < n; j++) out[j] -= projection * data[f * n + j];
  }
}

interface Descent {
  readonly problem: SymmetricProblem;
  readonly unknowns: Unknowns;
  /** Ridge and lasso of every unknown. */
  readonly ridge: Float64Array;
  readonly lasso: Float64Array;
  /** The target of every unknown, its value beyond that, and where the ridge pulls it to, beyond that too. */
  readonly origin: Float64Array;
  readonly shift: Float64Array;
  readonly pull: Float64Array;
  y: DenseMatrix;
  /** `Y_i S_i − A_i`, row by row. */
  gradient: DenseMatrix;
}

function newDescent(
  problem: SymmetricProblem,
  penalty: ElasticPenalty,
  { target, ridgeTarget, start }: NetTargets,
  unknowns: Unknowns,
): Descent {
  const { count, isFree, weight, square } = unknowns;
  const each = (of: (u: number) => number) => Float64Array.from({ length: count }, (_, u) => of(u));
  const origin = each((u) => (isFree[u] ? 0 : valueIn(target, unknowns, u)));
  const descent = {
    problem,
    unknowns,
    ridge: each((u) => (isFree[u] ? 0 : penalty.ridge * square[u])),
    lasso: each((u) => (isFree[u] ? 0 : penalty.lasso * weight[u])),
    origin,
    shift: each((u) => (start ? valueIn(start, unknowns, u) - origin[u] : 0)),
    pull: each((u) => (isFree[u] ? 0 : valueIn(ridgeTarget, unknowns, u) - origin[u])),
    y: target,
    gradient: problem.cross,
  };
  refresh(descent);
  return descent;
}

/** The value of an unknown whose entries are nearest to those of a matrix: a tie has one target. */
function valueIn(matrix: DenseMatrix, { first, row, col, coefficient, square }: Unknowns, u: number): number {
  let sum = 0;
  for (let e = first[u]; e < first[u + 1]; e++) sum += coefficient[e] * matrix.data[row[e] * matrix.cols + col[e]];
  return square[u] > 0 ? sum / square[u] : 0;
}

/** The matrix that the shifts make, from nothing, so that a shift of zero leaves the target itself; and its gradient. */
function refresh(descent: Descent): void {
  const { problem, unknowns, origin, shift } = descent;
  const y = zeros(problem.gram.rows);
  for (let u = 0; u < unknowns.count; u++)
    for (let e = unknowns.first[u]; e < unknowns.first[u + 1]; e++)
      y.data[unknowns.row[e] * y.cols + unknowns.col[e]] = (origin[u] + shift[u]) * unknowns.coefficient[e];
  descent.y = y;
  descent.gradient = smoothGradient(problem, y);
}

/**
 * Some of the unknowns, with the gradients of their own entries only: moving one costs as many steps as its row has slots.
 * A slot is an entry of the matrix; those of a row follow each other.
 */
interface Part {
  readonly ids: Int32Array;
  /** Slots of the entries of the a-th of them: `slot[from[a]]` on, in the order of its entries. */
  readonly from: Int32Array;
  readonly slot: Int32Array;
  /** Column of a slot, where it is in the matrix, and the first slot of a row. */
  readonly col: Int32Array;
  readonly position: Int32Array;
  readonly rowStart: Int32Array;
  readonly gradient: Float64Array;
  /** Whether a product of matrices gives the image of a step of all of them sooner. */
  readonly isDense: boolean;
}

function partOf({ unknowns, problem, ridge }: Descent, isIn: (u: number) => boolean): Part {
  const { count, first, row, col, curvature } = unknowns;
  const n = problem.gram.rows;
  const chosen: number[] = [];
  for (let u = 0; u < count; u++) if (curvature[u] + ridge[u] > 0 && isIn(u)) chosen.push(u);
  const ids = Int32Array.from(chosen);
  const from = new Int32Array(ids.length + 1);
  const rowStart = new Int32Array(n + 1);
  ids.forEach((u, a) => {
    from[a + 1] = from[a] + first[u + 1] - first[u];
    for (let e = first[u]; e < first[u + 1]; e++) rowStart[row[e] + 1]++;
  });
  for (let i = 0; i < n; i++) rowStart[i + 1] += rowStart[i];
  const size = rowStart[n];
  const [slot, picked, position] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  const next = rowStart.slice();
  ids.forEach((u, a) => {
    for (let e = first[u], k = from[a]; e < first[u + 1]; e++, k++) {
      const s = next[row[e]]++;
      slot[k] = s;
      picked[s] = col[e];
      position[s] = row[e] * n + col[e];
    }
  });
  const steps = rowStart.reduce((sum, end, i) => (i > 0 ? sum + (end - rowStart[i - 1]) ** 2 : 0), 0);
  const isDense = steps > DENSE_SHARE * n ** 3;
  return { ids, from, slot, col: picked, position, rowStart, gradient: new Float64Array(size), isDense };
}

function load({ gradient }: Descent, part: Part): void {
  for (let s = 0; s < part.position.length; s++) part.gradient[s] = gradient.data[part.position[s]];
}

function unload({ gradient }: Descent, part: Part): void {
  for (let s = 0; s < part.position.length; s++) gradient.data[part.position[s]] = part.gradient[s];
}

/** Slope of the smooth part along the a-th unknown, or of another gradient. */
function slopeOf({ unknowns }: Descent, part: Part, a: number, gradient = part.gradient): number {
  let sum = 0;
  for (let k = part.from[a], e = unknowns.first[part.ids[a]]; k < part.from[a + 1]; k++, e++)
    sum += unknowns.coefficient[e] * gradient[part.slot[k]];
  return sum;
}

/** Largest move of a pass, in units of the gradient. */
function sweep(descent: Descent, part: Part): number {
  const { unknowns, ridge, shift } = descent;
  let largest = 0;
  for (let a = 0; a < part.ids.length; a++) {
    const u = part.ids[a];
    const next = bestShift(descent, u, slopeOf(descent, part, a));
    const step = next - shift[u];
    if (step === 0) continue;
    shift[u] = next;
    addImage(descent, part, a, step, part.gradient);
    largest = Math.max(largest, Math.abs(step) * (unknowns.curvature[u] + ridge[u]));
  }
  return largest;
}

/** Where the objective along one unknown is least, given its slope: a soft threshold. */
function bestShift({ unknowns, ridge, lasso, shift, pull }: Descent, u: number, slope: number): number {
  const wanted = unknowns.curvature[u] * shift[u] - slope + ridge[u] * pull[u];
  const beyond = Math.abs(wanted) - lasso[u];
  return beyond > 0 ? (Math.sign(wanted) * beyond) / (unknowns.curvature[u] + ridge[u]) : 0;
}

/** Adds what a step of the a-th unknown does to the gradients of the part. */
function addImage({ problem, unknowns }: Descent, part: Part, a: number, step: number, out: Float64Array): void {
  const { gram, rowDowndates } = problem;
  const { col, rowStart, ids } = part;
  const n = gram.cols;
  for (let e = unknowns.first[ids[a]]; e < unknowns.first[ids[a] + 1]; e++) {
    const row = unknowns.row[e];
    const [begin, end] = [rowStart[row], rowStart[row + 1]];
    const move = step * unknowns.coefficient[e];
    addPicked(gram.data, unknowns.col[e] * n, move, col, begin, end, out);
    const factors = rowDowndates?.[row];
    for (let f = 0; f < (factors?.rows ?? 0); f++)
      addPicked(factors!.data, f * n, -move * factors!.data[f * n + unknowns.col[e]], col, begin, end, out);
  }
}

/** `out_s += scale · data[from + col_s]`, four at a time: the loads do not wait for each other. */
function addPicked(
  data: Float64Array,
  from: number,
  scale: number,
  col: Int32Array,
  begin: number,
  end: number,
  out: Float64Array,
): void {
  let s = begin;
  for (; s + 4 <= end; s += 4) {
    const a = data[from + col[s]];
    const b = data[from + col[s + 1]];
    const c = data[from + col[s + 2]];
    const d = data[from + col[s + 3]];
    out[s] += scale * a;
    out[s + 1] += scale * b;
    out[s + 2] += scale * c;
    out[s + 3] += scale * d;
  }
  for (; s < end; s++) out[s] += scale * data[from + col[s]];
}

/** Largest violation of the optimality conditions. */
function violation(descent: Descent, part: Part): number {
  const { shift, pull, ridge, lasso } = descent;
  let largest = 0;
  for (let a = 0; a < part.ids.length; a++) {
    const u = part.ids[a];
    const slope = slopeOf(descent, part, a) + ridge[u] * (shift[u] - pull[u]);
    const sign = Math.sign(shift[u]);
    largest = Math.max(largest, sign === 0 ? Math.abs(slope) - lasso[u] : Math.abs(slope + sign * lasso[u]));
  }
  return largest;
}

/** Solves for the unknowns off their target alone. The whole has their gradients. Returns the passes it took. */
function solveActive(descent: Descent, whole: Part, tolerance: number): number {
  const { unknowns, shift, lasso } = descent;
  unload(descent, whole);
  const active = partOf(descent, (u) => unknowns.isFree[u] === 1 || shift[u] !== 0);
  load(descent, active);
  let isSettled = active.ids.every((u) => lasso[u] === 0);
  let passes = 0;
  while (passes < MAX_STEPS) {
    const sweeps = isSettled ? 1 : SWEEPS;
    for (let k = 0; k < sweeps; k++, passes++) if (sweep(descent, active) <= tolerance) return passes + 1;
    const slopes = signedSlopes(descent, active);
    const { steps, direction } = newtonDirection(descent, active, slopes, tolerance, isSettled ? 0 : COARSE);
    isSettled = stepWithinSigns(descent, active, slopes, direction);
    passes += steps;
  }
  return passes;
}

/** Slopes of the whole objective for the signs as they are; 0 for what is at its target. */
function signedSlopes(descent: Descent, part: Part): Float64Array {
  const { unknowns, shift, pull, ridge, lasso } = descent;
  const slopes = new Float64Array(part.ids.length);
  part.ids.forEach((u, a) => {
    if (shift[u] === 0 && !unknowns.isFree[u]) return;
    slopes[a] = slopeOf(descent, part, a) + ridge[u] * (shift[u] - pull[u]) + lasso[u] * Math.sign(shift[u]);
  });
  return slopes;
}

/** `H⁻¹` on minus the slopes by conjugate gradients, scaled by the curvatures, to a share of the slopes. */
function newtonDirection(descent: Descent, part: Part, slopes: Float64Array, tolerance: number, share: number) {
  const { unknowns, ridge, shift } = descent;
  const curvatures = Float64Array.from(part.ids, (u) => unknowns.curvature[u] + ridge[u]);
  // What is at its target stays there.
  const inverses = curvatures.map((v, a) => (shift[part.ids[a]] !== 0 || unknowns.isFree[part.ids[a]] ? 1 / v : 0));
  const goal = Math.max(tolerance / 4, share * largestMagnitude(slopes));
  const direction = new Float64Array(slopes.length);
  const residual = slopes.map((v) => -v);
  const search = residual.map((v, a) => v * inverses[a]);
  let energy = dot(residual, search);
  let steps = 0;
  while (steps < MAX_STEPS && energy > 0 && largestAlong(residual, inverses) > goal) {
    steps++;
    const { image } = imageOf(descent, part, search);
    const bend = dot(search, image);
    if (!(bend > FLAT * squares(search, curvatures))) break;
    addScaled(direction, search, energy / bend);
    addScaled(residual, image, -energy / bend);
    const next = squares(residual, inverses);
    for (let a = 0; a < search.length; a++) search[a] = residual[a] * inverses[a] + (next / energy) * search[a];
    energy = next;
  }
  return { steps, direction };
}

function addScaled(out: Float64Array, x: Float64Array, scale: number): void {
  for (let a = 0; a < out.length; a++) out[a] += scale * x[a];
}

/** `Σ w x²`. */
function squares(x: Float64Array, w: Float64Array): number {
  let sum = 0;
  for (let a = 0; a < x.length; a++) sum += w[a] * x[a] * x[a];
  return sum;
}

/** Largest magnitude where the weight is not zero. */
function largestAlong(x: Float64Array, w: Float64Array): number {
  let largest = 0;
  for (let a = 0; a < x.length; a++) if (w[a] > 0) largest = Math.max(largest, Math.abs(x[a]));
  return largest;
}

/** `H d`, and its smooth part slot by slot. */
function imageOf(descent: Descent, part: Part, d: Float64Array) {
  const slots = part.isDense ? denseImage(descent, part, d) : sparseImage(descent, part, d);
  const image = new Float64Array(d.length);
  for (let a = 0; a < d.length; a++) image[a] = slopeOf(descent, part, a, slots) + descent.ridge[part.ids[a]] * d[a];
  return { slots, image };
}

function sparseImage(descent: Descent, part: Part, d: Float64Array): Float64Array {
  const slots = new Float64Array(part.slot.length);
  for (let a = 0; a < d.length; a++) if (d[a] !== 0) addImage(descent, part, a, d[a], slots);
  return slots;
}

function denseImage(
  { problem, unknowns }: Descent,
  { ids, from, slot, position }: Part,
  d: Float64Array,
): Float64Array {
  const y = zeros(problem.gram.rows);
  for (let a = 0; a < d.length; a++)
    for (let k = from[a], e = unknowns.first[ids[a]]; k < from[a + 1]; k++, e++)
      y.data[position[slot[k]]] = unknowns.coefficient[e] * d[a];
  const product = rowProducts(problem, y).data;
  const slots = new Float64Array(slot.length);
  for (let s = 0; s < slots.length; s++) slots[s] = product[position[s]];
  return slots;
}

/**
 * Steps along a direction: what crosses its target stays there while the objective falls, else all stop at the first
 * crossing. Whether nothing had to stop.
 */
function stepWithinSigns(descent: Descent, part: Part, slopes: Float64Array, direction: Float64Array): boolean {
  const { unknowns, shift } = descent;
  const values = Float64Array.from(part.ids, (u) => shift[u]);
  const crosses = (u: number, a: number) => !unknowns.isFree[u] && (values[a] + direction[a]) * values[a] <= 0;
  const stopped = direction.map((d, a) => (crosses(part.ids[a], a) ? -values[a] : d));
  const isInside = stopped.every((d, a) => d === direction[a]);
  if (tryMove(descent, part, slopes, stopped) || isInside) return isInside;
  const shares = direction.map((d, a) => (crosses(part.ids[a], a) && values[a] !== 0 ? -values[a] / d : 1));
  const first = shares.reduce((least, share) => Math.min(least, share), 1);
  const partial = direction.map((d, a) => (shares[a] === first ? -values[a] : first * d));
  tryMove(descent, part, slopes, partial);
  return false;
}

/** Moves if the objective falls: along a line without a change of sign it is a quadratic. */
function tryMove(descent: Descent, part: Part, slopes: Float64Array, step: Float64Array): boolean {
  const { slots, image } = imageOf(descent, part, step);
  const change = dot(slopes, step) + dot(step, image) / 2;
  if (!(change < 0)) return false;
  part.ids.forEach((u, a) => {
    descent.shift[u] += step[a];
  });
  for (let s = 0; s < slots.length; s++) part.gradient[s] += slots[s];
  return true;
}

import { largestMagnitude } from '../dense.js';
import { subtractDowndate } from '../symmetricQuadratic.js';
import { subdifferentialDistance } from './elasticNetPenalty.js';
import type { KktConditions } from './kktResidual.js';
import { OPEN, type RowSearch, ridgeOn, SHUT } from './rowSearch.js';

/** Slopes of a row below this, relative to its largest at the target, are zero: a direct solution leaves no more. */
const TOLERANCE = 1e-12;

/** Computes the slopes of quadratic and ridge at all columns from the values alone, and what of them is rounding. */
export function evaluate(search: RowSearch): void {
  const { problem, row, rhs, size, col, value, gradient, scratch } = search;
  const { gram, rowDowndates } = problem;
  for (let k = 0; k < rhs.length; k++) gradient[k] = -rhs[k];
  addRows(search, gradient);
  const factors = rowDowndates?.[row];
  if (factors) subtractDowndate(factors, spread(search, value, scratch), gradient);
  let [length, largest] = [0, 0];
  for (let p = 0; p < size; p++) {
    gradient[col[p]] += ridgeOn(search, col[p]) * value[p];
    const own = gram.data[col[p] * (rhs.length + 1)] + search.ridge;
    length += Math.abs(value[p]) * Math.sqrt(own);
    largest = Math.max(largest, own);
  }
  const rounding = 4 * Number.EPSILON * length * Math.sqrt(largest);
  search.tolerance = Math.max(TOLERANCE * largestMagnitude(rhs), rounding);
}

/** `out += Σ_p value_p S_p` over the support, four rows at a time. */
function addRows({ problem, col, value, size }: RowSearch, out: Float64Array): void {
  const { data: gram, cols: n } = problem.gram;
  let p = 0;
  for (; p + 4 <= size; p += 4) {
    const [a, b, c, d] = [col[p] * n, col[p + 1] * n, col[p + 2] * n, col[p + 3] * n];
    const [s, t, u, v] = [value[p], value[p + 1], value[p + 2], value[p + 3]];
    for (let k = 0; k < n; k++) out[k] += s * gram[a + k] + t * gram[b + k] + (u * gram[c + k] + v * gram[d + k]);
  }
  for (; p < size; p++) for (let k = 0, a = col[p] * n, s = value[p]; k < n; k++) out[k] += s * gram[a + k];
}

/** Numbers of the support, column by column. */
function spread({ size, col }: RowSearch, of: Float64Array, out: Float64Array): Float64Array {
  out.fill(0);
  for (let p = 0; p < size; p++) out[col[p]] = of[p];
  return out;
}

/** Largest slope of the whole objective inside the support. */
export function slackness({ size, col, sign, gradient, lassos }: RowSearch): number {
  let largest = 0;
  for (let p = 0; p < size; p++)
    largest = Math.max(largest, subdifferentialDistance(gradient[col[p]], sign[p], lassos[col[p]]));
  return largest;
}

/** By how much the slope at a link that is at its target exceeds the lasso. */
export const excess = ({ gradient, lasso }: RowSearch, j: number): number =>
  subdifferentialDistance(gradient[j], 0, lasso);

/** Whether the objective falls when a link that is free to move leaves its target. */
export const wantsIn = (search: RowSearch, j: number): boolean =>
  search.standing[j] === OPEN && excess(search, j) > search.tolerance;

/** Whether any does. */
export function hasEntering(search: RowSearch): boolean {
  for (let j = 0; j < search.rhs.length; j++) if (wantsIn(search, j)) return true;
  return false;
}

/** What the row is judged by, column by column, in the arrays of the search; what is shut cannot move. */
export function conditionsOf(search: RowSearch): KktConditions {
  const { gradient, standing, sign, lassos, direction: slopes, scratch } = search;
  for (let j = 0; j < slopes.length; j++) slopes[j] = standing[j] === SHUT ? 0 : gradient[j];
  return { slopes, shifts: spread(search, sign, scratch), lassos };
}

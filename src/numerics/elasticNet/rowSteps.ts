import { kthSmallest } from '../quickselect.js';
import { solveBackward, solveForward, triangle } from './packedCholesky.js';
import { appendToFactor, BARRED, factorSupport, join, leave, type RowSearch } from './rowSearch.js';
import { evaluate, excess, hasEntering, slackness, wantsIn } from './rowSlopes.js';

/** Links that may enter at once: as a share of the support, and at least. All that would like to enter are too many. */
const ENTERING_SHARE = 0.5;
const ENTERING = 8;
/** Newton steps that refine one support: a factor that is hardly determined leaves digits to gain. */
const REFINEMENTS = 4;

/** Searches from the first support on. Returns the Newton steps it took. */
export function solveRow(search: RowSearch): number {
  evaluate(search);
  if (slackness(search) <= search.tolerance && !hasEntering(search)) return 0;
  factorSupport(search);
  evaluate(search);
  const most = 10 * search.rhs.length + 100;
  let [steps, refinements] = [0, 0];
  while (steps < most) {
    const isRefined = slackness(search) <= search.tolerance || refinements === REFINEMENTS;
    refinements = isRefined ? 0 : refinements + 1;
    if (isRefined && !enter(search)) break;
    steps += newton(search);
    evaluate(search);
  }
  return steps;
}

/** Lets the links in that gain the most. False when there is none. */
function enter(search: RowSearch): boolean {
  const { gradient, lasso } = search;
  const least = leastEntering(search);
  let [joined, barred] = [0, 0];
  for (let j = 0; j < search.rhs.length; j++) {
    if (!wantsIn(search, j) || excess(search, j) < least) continue;
    const sign = -Math.sign(gradient[j]);
    if (appendToFactor(search, j)) join(search, j, 0, lasso > 0 ? sign : 0);
    // Beside others that have just come in, a dependent column waits: the support is not at its optimum.
    else if (joined > 0) continue;
    else if (!exchange(search, j, sign)) {
      search.standing[j] = BARRED;
      barred++;
      continue;
    }
    joined++;
  }
  return joined + barred > 0;
}

/** The excess from which on links may enter. */
function leastEntering(search: RowSearch): number {
  let wanting = 0;
  for (let j = 0; j < search.rhs.length; j++) if (wantsIn(search, j)) search.scratch[wanting++] = excess(search, j);
  const taken = Math.max(ENTERING, Math.floor(ENTERING_SHARE * search.size));
  return taken >= wanting ? 0 : kthSmallest(search.scratch.subarray(0, wanting), wanting - taken);
}

/** Newton steps for the signs of the support, until none changes. */
function newton(search: RowSearch): number {
  const { direction, scratch: slopes, col, sign, gradient, lasso } = search;
  for (let p = 0; p < search.size; p++) slopes[p] = -gradient[col[p]] - lasso * sign[p];
  for (let steps = 1; ; steps++) {
    direction.set(slopes.subarray(0, search.size));
    solveForward(search.factor, direction, search.factored);
    solveBackward(search.factor, direction, search.factored);
    const leaving = firstCrossing(search, 1);
    const share = leaving < 0 ? 1 : crossing(search, leaving);
    step(search, share);
    if (leaving < 0) return steps;
    leave(search, leaving);
    // Newton's direction takes the same share off every slope.
    slopes.copyWithin(leaving, leaving + 1, search.size + 1);
    for (let p = 0; p < search.size; p++) slopes[p] *= 1 - share;
  }
}

/** The share of the direction at which an entry of the support reaches its target; infinite where it does not. */
function crossing({ value, sign, direction }: RowSearch, p: number): number {
  if (direction[p] * sign[p] > 0 || sign[p] === 0) return Number.POSITIVE_INFINITY;
  if (value[p] * sign[p] <= 0) return 0;
  return direction[p] === 0 ? Number.POSITIVE_INFINITY : -value[p] / direction[p];
}

/** The first of the support that reaches its target, within a share of the direction; −1 if none does. */
function firstCrossing(search: RowSearch, within: number): number {
  let [first, least] = [-1, Number.POSITIVE_INFINITY];
  for (let p = 0; p < search.size; p++) {
    const share = crossing(search, p);
    if (share < least && share <= within) [first, least] = [p, share];
  }
  return first;
}

function step({ size, value, direction }: RowSearch, share: number): void {
  for (let p = 0; p < size; p++) value[p] += share * direction[p];
}

/**
 * Moves along the direction in which a dependent column and the support leave the fit as it is, to the first that
 * reaches its target, which leaves. False where none does: without a lasso nothing is gained, or the problem has no
 * minimum.
 */
function exchange(search: RowSearch, col: number, sign: number): boolean {
  const { size, factor, direction, lasso } = search;
  if (lasso === 0) return false;
  const at = triangle(size);
  for (let p = 0; p < size; p++) direction[p] = -sign * factor[at + p];
  solveBackward(search.factor, direction, search.factored);
  const leaving = firstCrossing(search, Number.POSITIVE_INFINITY);
  if (leaving < 0) return false;
  const share = crossing(search, leaving);
  step(search, share);
  leave(search, leaving);
  if (!appendToFactor(search, col)) return false;
  join(search, col, share * sign, sign);
  return true;
}

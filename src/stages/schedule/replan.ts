import { stateAfter } from '../../model/impactState.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { costParts } from './costParts.js';
import type { PolicyOutcome } from './policies.js';
import { bucketsOf, type ScheduleProblem } from './problem.js';
import { keepsSteps } from './rooms.js';

/** Rows from one on. */
export const rowsFrom = ({ rows, cols, data }: DenseMatrix, row: number): DenseMatrix => ({
  rows: rows - row,
  cols,
  data: data.slice(row * cols),
});

/**
 * What is left of a problem after some of its buckets: less of everything, fewer buckets, and what was executed as the state
 * that the rest meets (MODEL §7a). Balances keep their usual path only where it is that of the rest.
 * @param executed rows of the buckets that have passed, signed millions, as they came out
 */
export function restOf(problem: ScheduleProblem, executed: DenseMatrix): ScheduleProblem {
  const passed = executed.rows;
  const done = new Float64Array(executed.cols);
  executed.data.forEach((u, k) => {
    done[k % executed.cols] += u;
  });
  const later = (matrix: DenseMatrix) => rowsFrom(matrix, passed);
  return {
    ...problem,
    quantity: problem.quantity.map((q, i) => q - done[i]),
    lower: later(problem.lower),
    upper: later(problem.upper),
    volume: later(problem.volume),
    halfSpreadBps: later(problem.halfSpreadBps),
    temporaryBps: later(problem.temporaryBps),
    alphaBps: later(problem.alphaBps),
    state: stateAfter(problem.propagator, problem.state, executed, problem.children),
    ...(problem.maxStep === undefined ? {} : { participationBefore: lastParticipation(problem, executed) }),
  };
}

/** N: of the last bucket that has passed; NaN for a name that could not trade in it. */
function lastParticipation({ volume, lower, upper }: ScheduleProblem, executed: DenseMatrix): Float64Array {
  const row = (executed.rows - 1) * executed.cols;
  return Float64Array.from({ length: executed.cols }, (_, i) => {
    const k = row + i;
    const isOpen = volume.data[k] > 0 && (lower.data[k] !== 0 || upper.data[k] !== 0);
    return isOpen ? executed.data[k] / volume.data[k] : Number.NaN;
  });
}

export interface Replanned {
  /** Whether the rest of the plan fits the totals and the bounds as they are now. */
  readonly fits: boolean;
  /** What the new schedule saves of the objective, bps × millions; 0 where the plan does not fit. */
  readonly saving: number;
  /** Share of the objective that it had to save. */
  readonly band: number;
  /** The plan fits, and what could be saved is not beyond the band and the solver's own gap. */
  readonly isKept: boolean;
}

/** Share of the objective by which a plan has to be beaten before it is changed: prices are noisy, and so are marginal costs. */
export const HYSTERESIS_BAND = 0.01;

/**
 * Whether to keep to the running plan: unless the new schedule saves more than `band` of what is at stake (the playbook's
 * hysteresis).
 * @param rest of the problem, and the rest of the plan
 */
export function replan(
  rest: ScheduleProblem,
  plan: DenseMatrix,
  { schedule, solved }: Pick<PolicyOutcome, 'schedule' | 'solved'>,
  band = HYSTERESIS_BAND,
): Replanned {
  if (!fitsProblem(rest, plan)) return { fits: false, saving: 0, band, isKept: false };
  const before = costParts(rest, plan).objective;
  const saving = before - costParts(rest, schedule).objective;
  return { fits: true, saving, band, isKept: saving <= (band + (solved?.gap ?? 0)) * Math.abs(before) };
}

/** Relative room for what rounding left of totals and bounds. */
const ROUNDING = 1e-9;

/** Whether a schedule trades the quantities within the bounds. */
export function fitsProblem(problem: ScheduleProblem, { rows, cols, data }: DenseMatrix): boolean {
  if (rows !== bucketsOf(problem)) return false;
  const sums = new Float64Array(cols);
  const fits =
    keepsSteps(problem, data) &&
    data.every((u, k) => {
      sums[k % cols] += u;
      const slack = ROUNDING * Math.abs(problem.quantity[k % cols]);
      return u >= problem.lower.data[k] - slack && u <= problem.upper.data[k] + slack;
    });
  return fits && problem.quantity.every((q, i) => Math.abs(sums[i] - q) <= ROUNDING * Math.max(1, Math.abs(q)));
}

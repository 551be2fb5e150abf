import type { DenseMatrix } from '../../numerics/dense.js';
import { type CostParts, costParts } from './costParts.js';
import { optimal, type PolicyOptions } from './policies.js';
import { bucketsOf, type ScheduleProblem } from './problem.js';
import type { SolvedSchedule } from './solve.js';

/** One point of the trade-off between what a basket costs and how uncertain that is. */
export interface FrontierPoint {
  /** λ, per million and bps. */
  readonly aversion: number;
  readonly cost: CostParts;
  /** Buckets until 95 % of the basket is done: the horizon that this λ asks for. */
  readonly buckets: number;
  readonly schedule: DenseMatrix;
  readonly solved: Omit<SolvedSchedule, 'schedule'>;
}

/** Share of a basket's gross that counts as done. */
const DONE = 0.95;

/** λ of no preference for risk, and eight about `typical`, a factor of √10 apart: from a thirtieth to a hundred times. */
export const frontierAversions = (typical: number): number[] => [
  0,
  ...Array.from({ length: 8 }, (_, k) => typical * 10 ** ((k - 3) / 2)),
];

/** @param aversions ascending; each point starts from the one before */
export function frontier(
  problem: ScheduleProblem,
  aversions: readonly number[],
  options: PolicyOptions = {},
): FrontierPoint[] {
  const points: FrontierPoint[] = [];
  for (const aversion of aversions) {
    const at = { ...problem, aversion };
    const { schedule, ...solved } = optimal(at, { ...options, ...startOf(points.at(-1)?.schedule ?? options.start) });
    points.push({ aversion, cost: costParts(at, schedule), buckets: doneAfter(problem, schedule), schedule, solved });
  }
  return points;
}

const startOf = (start: DenseMatrix | undefined): Pick<PolicyOptions, 'start'> => (start ? { start } : {});

export function doneAfter({ quantity }: ScheduleProblem, { rows, cols, data }: DenseMatrix): number {
  const whole = quantity.reduce((sum, q) => sum + Math.abs(q), 0);
  let done = 0;
  for (let t = 0; t < rows; t++) {
    for (let i = 0; i < cols; i++) done += data[t * cols + i] * Math.sign(quantity[i]);
    if (done >= DONE * whole) return t + 1;
  }
  return rows;
}

/**
 * λ at which the risk of working a basket by volume weighs as much as its impact: what "medium" urgency means. λ has a unit that
 * no desk has a feeling for, so urgency is said relative to the basket, and the λ is shown.
 */
export function typicalAversion(problem: ScheduleProblem, byVolume: DenseMatrix): number {
  const { self, cross, temporary, deviation } = costParts({ ...problem, aversion: 0 }, byVolume);
  const impact = self + cross + temporary;
  return deviation > 0 && impact > 0 ? impact / deviation ** 2 : 0;
}

export const URGENCIES = { low: 0.1, medium: 1, high: 10 } as const;
export type Urgency = keyof typeof URGENCIES;

/** Relative accuracy of a deviation that is asked for. */
const DEVIATION_TOLERANCE = 2e-3;
const MAX_SEARCH = 40;

/**
 * The cheapest schedule that is no more uncertain than `deviation`: by bisection on λ, since the deviation falls with it. What
 * another policy of that deviation costs beyond this one is what it wastes at equal risk. `undefined` where none is that certain.
 */
export function cheapestAtDeviation(
  problem: ScheduleProblem,
  deviation: number,
  options: PolicyOptions = {},
): { aversion: number; cost: CostParts } | undefined {
  const scale = typicalAversion(problem, optimalStart(problem, options));
  const at = (aversion: number, start?: DenseMatrix) => {
    const given = { ...problem, aversion };
    const { schedule } = optimal(given, { ...options, ...startOf(start) });
    return { aversion, schedule, cost: costParts(given, schedule) };
  };
  let low = at(0);
  if (low.cost.deviation <= deviation) return low;
  if (!(scale > 0)) return undefined;
  let high = at(scale, low.schedule);
  while (high.cost.deviation > deviation) {
    if (high.aversion > 1e6 * scale) return undefined;
    low = high;
    high = at(10 * high.aversion, high.schedule);
  }
  for (let turn = 0; turn < MAX_SEARCH && deviation - high.cost.deviation > DEVIATION_TOLERANCE * deviation; turn++) {
    const middle = at(middleOf(low.aversion, high.aversion), high.schedule);
    if (middle.cost.deviation > deviation) low = middle;
    else high = middle;
  }
  return high;
}

const middleOf = (low: number, high: number): number => (low > 0 ? Math.sqrt(low * high) : high / 10);

const optimalStart = (problem: ScheduleProblem, { start }: PolicyOptions): DenseMatrix =>
  start ?? {
    ...problem.lower,
    data: problem.lower.data.map((_, k) => problem.quantity[k % problem.quantity.length] / bucketsOf(problem)),
  };

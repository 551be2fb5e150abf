import type { DenseMatrix } from '../../numerics/dense.js';
import { pow, squared } from '../../numerics/elementary/elementary.js';
import { type CostParts, costParts } from './costParts.js';
import { optimal, type PolicyOptions } from './policies.js';
import type { ScheduleProblem } from './problem.js';
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
  ...Array.from({ length: 8 }, (_, k) => typical * pow(10, (k - 3) / 2)),
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

/** A problem whose risk is its variance alone: urgencies and balances are preferences about what else is left. */
export const plainRisk = ({ urgency: _, ...problem }: ScheduleProblem): ScheduleProblem => ({
  ...problem,
  balances: [],
});

/**
 * λ at which the risk of working a basket by volume weighs as much as its impact: what "medium" urgency means. λ has a unit that
 * no desk has a feeling for, so urgency is said relative to the basket, and the λ is shown.
 */
export function typicalAversion(problem: ScheduleProblem, byVolume: DenseMatrix): number {
  const { self, cross, temporary, deviation } = costParts({ ...problem, aversion: 0 }, byVolume);
  const impact = self + cross + temporary;
  return deviation > 0 && impact > 0 ? impact / squared(deviation) : 0;
}

export const URGENCIES = { low: 0.1, medium: 1, high: 10 } as const;
export type Urgency = keyof typeof URGENCIES;

/**
 * What the cheapest schedule of a deviation costs, from some points of the frontier. Expected cost is a convex function of the variance
 * whose slope at a point is −λ, so between two points it is the cubic with these values and slopes; `undefined` where no point is
 * as certain as that.
 * @param points by ascending λ, the first with λ = 0
 */
export function costAtDeviation(points: readonly FrontierPoint[], deviation: number): number | undefined {
  const variance = squared(deviation);
  const after = points.findIndex(({ cost }) => cost.deviation <= deviation);
  if (after < 0) return undefined;
  if (after === 0) return points[0].cost.expected;
  const [low, high] = [points[after], points[after - 1]];
  const width = squared(high.cost.deviation) - squared(low.cost.deviation);
  const x = (variance - squared(low.cost.deviation)) / width;
  const [from, to] = [low.cost.expected, high.cost.expected];
  const [slopeFrom, slopeTo] = [-low.aversion * width, -high.aversion * width];
  const cubic =
    (1 + 2 * x) * squared(1 - x) * from +
    x * squared(1 - x) * slopeFrom +
    x * x * (3 - 2 * x) * to +
    x * x * (x - 1) * slopeTo;
  // Tangents of a convex function lie below it, and chords above.
  const tangent = Math.max(from + x * slopeFrom, to - (1 - x) * slopeTo);
  return Math.min(Math.max(cubic, tangent), (1 - x) * from + x * to);
}

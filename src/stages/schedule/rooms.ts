import { type BoxedTotal, boxRoom, cheapestBoxed, nearestBoxed, sumOf } from '../../numerics/boxedTotal.js';
import { type SteppedTotal, totalsInSteps } from '../../numerics/steppedChain.js';
import { SteppedProblems } from '../../numerics/steppedTotal.js';
import type { ScheduleProblem } from './problem.js';

/**
 * What a name may do: the two problems over its bounds, its steps and its total that a schedule is solved by. T each; what it is
 * given is read and not kept.
 */
interface Room {
  nearest(z: Float64Array, metric: Float64Array): Float64Array;
  cheapest(price: Float64Array): number;
}

const columnOf = (data: Float64Array, cols: number, i: number): Float64Array =>
  columnInto(new Float64Array(data.length / cols), data, cols, i);

function columnInto(out: Float64Array, data: Float64Array, cols: number, i: number): Float64Array {
  for (let t = 0, k = i; t < out.length; t++, k += cols) out[t] = data[k];
  return out;
}

const boxOf = ({ lower, upper, quantity, halfSpreadBps }: ScheduleProblem, i: number): BoxedTotal => ({
  total: quantity[i],
  lower: columnOf(lower.data, lower.cols, i),
  upper: columnOf(upper.data, lower.cols, i),
  kink: columnOf(halfSpreadBps.data, lower.cols, i),
});

/** `undefined` where the rate may change at will. */
function stepsOf(problem: ScheduleProblem, i: number): SteppedTotal | undefined {
  const { maxStep, participationBefore, volume } = problem;
  if (maxStep === undefined) return undefined;
  const before = participationBefore?.[i];
  return {
    ...boxOf(problem, i),
    volume: columnOf(volume.data, volume.cols, i),
    step: maxStep,
    ...(before === undefined || Number.isNaN(before) ? {} : { before }),
  };
}

/** One a name; a multiplier starts from that of the last projection. */
export const roomsOf = (problem: ScheduleProblem): Room[] =>
  Array.from(problem.quantity, (_, i) => {
    const stepped = stepsOf(problem, i);
    return stepped ? steppedRoom(stepped) : boxedRoom(boxOf(problem, i));
  });

function boxedRoom(set: BoxedTotal): Room {
  let guess = 0;
  return {
    nearest(z, metric) {
      const { nearest, multiplier } = nearestBoxed(set, z, metric, guess);
      guess = multiplier;
      return nearest;
    },
    cheapest: (price) => cheapestBoxed(set, price),
  };
}

function steppedRoom(set: SteppedTotal): Room {
  const problems = new SteppedProblems(set);
  let guess = 0;
  return {
    nearest(z, metric) {
      const { nearest, multiplier } = problems.nearest(z, metric, guess);
      guess = multiplier;
      return nearest;
    },
    cheapest: (price) => problems.cheapest(price),
  };
}

/** Name by name. @param z and the metric T×N, as data */
export function nearestIn(rooms: readonly Room[], z: Float64Array, metric: Float64Array): Float64Array {
  const cols = rooms.length;
  const out = new Float64Array(z.length);
  const [own, ownMetric] = [new Float64Array(z.length / cols), new Float64Array(z.length / cols)];
  rooms.forEach((room, i) => {
    const nearest = room.nearest(columnInto(own, z, cols, i), columnInto(ownMetric, metric, cols, i));
    for (let t = 0; t < nearest.length; t++) out[t * cols + i] = nearest[t];
  });
  return out;
}

export function cheapestIn(rooms: readonly Room[], price: Float64Array): number {
  const own = new Float64Array(price.length / rooms.length);
  return rooms.reduce((sum, room, i) => sum + room.cheapest(columnInto(own, price, rooms.length, i)), 0);
}

/** Whether a schedule's rates change by no more than they may. @param data T×N */
export const keepsSteps = (problem: ScheduleProblem, data: Float64Array): boolean =>
  Array.from(problem.quantity, (_, i) => stepsOf(problem, i)).every((set, i) => {
    if (!set) return true;
    return totalsInSteps(set) !== undefined && new SteppedProblems(set).holds(columnOf(data, problem.lower.cols, i));
  });

/** A name that cannot trade its quantity, and what of it could be traded, signed millions. */
export interface NoRoom {
  readonly name: number;
  /** Bounds alone leave too little; bounds would do, but not in steps; or no rate at all keeps to both. */
  readonly why: 'bounds' | 'steps' | 'contradiction';
  readonly least: number;
  readonly most: number;
}

/** Relative to what bounds hold: sums of bounds and quantities that are their sums differ by rounding. */
const ROUNDING = 1e-12;

/** Names of a problem that has no schedule: to be asked before it is solved. */
export function namesWithoutRoom(problem: ScheduleProblem): NoRoom[] {
  return Array.from(problem.quantity, (_, name) => noRoom(problem, name)).filter((found) => found !== undefined);
}

function noRoom(problem: ScheduleProblem, name: number): NoRoom | undefined {
  const box = boxOf(problem, name);
  const [least, most] = [sumOf(box.lower), sumOf(box.upper)];
  const slack = ROUNDING * (Math.abs(least) + Math.abs(most) + Math.abs(box.total));
  if (boxRoom(box) < -slack) return { name, why: 'bounds', least, most };
  const set = stepsOf(problem, name);
  if (!set) return undefined;
  const totals = totalsInSteps(set);
  if (!totals) return { name, why: 'contradiction', least: 0, most: 0 };
  const isWithin = totals.least - slack <= box.total && box.total <= totals.most + slack;
  return isWithin ? undefined : { name, why: 'steps', ...totals };
}

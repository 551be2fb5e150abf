import { restState } from '../../model/impactState.js';
import type { Propagator } from '../../model/roundTrip.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { vwap } from '../schedule/baselines.js';
import type { ScheduleProblem } from '../schedule/problem.js';
import type { ExecutedBasket, MarketOfBasket } from './basket.js';

/** Rows of the schedules that are replayed, at most. */
export const MAX_ROWS = 48;

/** Buckets of the day in a row of a replayed schedule; what is left of the last row's worth is not used. */
export const childrenOf = (buckets: number): number => Math.ceil(buckets / MAX_ROWS);

/** Sums over so many rows at a time; the last sum takes what is left over. */
export function coarser({ rows, cols, data }: DenseMatrix, children: number): DenseMatrix {
  const out = zeros(Math.max(1, Math.floor(rows / children)), cols);
  for (let t = 0, k = 0; t < rows; t++) {
    const row = Math.min(out.rows - 1, Math.floor(t / children)) * cols;
    for (let i = 0; i < cols; i++, k++) out.data[row + i] += data[k];
  }
  return out;
}

/** The rows again in buckets, worked evenly. */
export function expanded(schedule: DenseMatrix, children: number, buckets: number): DenseMatrix {
  const out = zeros(buckets, schedule.cols);
  for (let t = 0; t < schedule.rows * children; t++)
    for (let i = 0; i < schedule.cols; i++)
      out.data[t * schedule.cols + i] = schedule.data[Math.floor(t / children) * schedule.cols + i] / children;
  return out;
}

/**
 * What was to be traded, once more (MODEL §7a): the quantities that were executed, in the buckets that the orders left open, no
 * bucket above the largest that was executed or that the market's volume would ask for. Impact alone is minimised: spreads and
 * risk are those of any schedule of these orders, and a saving stays linear in K.
 * @param covariance of the basket's names, bps² a bucket of the day
 */
export function replayedProblem(
  basket: ExecutedBasket,
  market: MarketOfBasket,
  propagator: Propagator,
  covariance: DenseMatrix,
): ScheduleProblem {
  const { executed, open } = basket;
  const children = childrenOf(executed.rows);
  const done = coarser(executed, children);
  const volume = coarser(market.volume, children);
  const quantity = new Float64Array(done.cols);
  done.data.forEach((u, k) => {
    quantity[k % done.cols] += u;
  });
  const isOpen = (t: number, i: number) => {
    const [first, last] = rowsOf(open[i], children, done.rows);
    return t >= first && t <= last;
  };
  const within = (bound: (i: number) => number, side: 1 | -1) =>
    mapEntries(done, (_, t, i) => (isOpen(t, i) && quantity[i] * side > 0 ? side * bound(i) : 0));
  const base = {
    propagator,
    children,
    quantity,
    volume,
    halfSpreadBps: zeros(done.rows, done.cols),
    temporaryBps: zeros(done.rows, done.cols),
    covariance: mapEntries(covariance, (value) => value * children),
    aversion: 0,
    alphaBps: zeros(done.rows, done.cols),
    state: restState(propagator),
    blocks: basket.names.map(String),
    balances: [],
  };
  const whole = (i: number) => Math.abs(quantity[i]);
  const free = { ...base, lower: within(whole, -1), upper: within(whole, 1) };
  const largest = largestByName(done, vwap(free));
  return { ...base, lower: within((i) => largest[i], -1), upper: within((i) => largest[i], 1) };
}

/** Rows that lie whole between the buckets, or the one that holds the first where none does. */
function rowsOf({ from, to }: { from: number; to: number }, children: number, rows: number): [number, number] {
  const first = Math.min(rows - 1, Math.ceil(from / children));
  const last = Math.min(rows - 1, Math.floor((to + 1) / children) - 1);
  const held = Math.min(rows - 1, Math.floor(from / children));
  return first <= last ? [first, last] : [held, held];
}

function largestByName(...schedules: readonly DenseMatrix[]): Float64Array {
  const out = new Float64Array(schedules[0].cols);
  for (const { data, cols } of schedules)
    data.forEach((u, k) => {
      out[k % cols] = Math.max(out[k % cols], Math.abs(u));
    });
  return out;
}

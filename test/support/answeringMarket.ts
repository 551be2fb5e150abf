import { type DenseMatrix, zeros } from '../../src/numerics/dense.js';
import type { RandomStream } from '../../src/numerics/random.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';
import { VOLATILITY } from './scheduleMarket.js';

/**
 * A market that answers a schedule bucket by bucket, written apart from what the scheduler believes of costs: every trade of
 * before is summed up anew at every bucket, and what prices do meanwhile is drawn from factors, not from their covariance. For
 * linear propagators, schedules from rest, and one child a bucket.
 * @returns T×N, bps: what is paid above the price of arrival, without what prices do by themselves
 */
export function answer(problem: ScheduleProblem, schedule: DenseMatrix): DenseMatrix {
  const { matrices, decay, weights } = problem.propagator;
  const { rows, cols, data } = schedule;
  const paid = zeros(rows, cols);
  const at = (t: number) => data.subarray(t * cols, (t + 1) * cols);
  for (let t = 0; t < rows; t++) {
    const premium = paid.data.subarray(t * cols, (t + 1) * cols);
    decay.forEach((d, p) => {
      const matrix = matrices[Math.min(p, matrices.length - 1)];
      for (let s = 0; s < t; s++) addPush(premium, matrix, at(s), weights[p] * d ** (t - s));
      // Half of its own push: the first share of a bucket is bought before, the last one after it.
      addPush(premium, matrix, at(t), 0.5 * weights[p]);
    });
    at(t).forEach((u, i) => {
      const k = t * cols + i;
      premium[i] += Math.sign(u) * problem.halfSpreadBps.data[k] + problem.temporaryBps.data[k] * u;
    });
  }
  return paid;
}

function addPush(price: Float64Array, { cols, data }: DenseMatrix, flow: Float64Array, weight: number): void {
  for (let i = 0; i < cols; i++) {
    let push = 0;
    for (let j = 0; j < cols; j++) push += data[i * cols + j] * flow[j];
    price[i] += weight * push;
  }
}

/** What mids have moved by themselves when each bucket begins, T×N, bps: a market, sectors (name i in i mod S), the names' own. */
export function wander(random: RandomStream, names: number, buckets: number, sectors: number): DenseMatrix {
  const { daily, market, sector } = VOLATILITY;
  const size = (share: number) => daily * Math.sqrt(share / buckets);
  const [all, some, own] = [size(market), size(sector), size(1 - market - sector)];
  const level = zeros(buckets, names);
  for (let t = 1; t < buckets; t++) {
    const common = all * random.normal();
    const bySector = Array.from({ length: sectors }, () => some * random.normal());
    for (let i = 0; i < names; i++) {
      const move = common + bySector[i % sectors] + own * random.normal();
      level.data[t * names + i] = level.data[(t - 1) * names + i] + move;
    }
  }
  return level;
}

/** Implementation shortfall, bps × millions: `Σ_t u_tᵀ (paid_t − price of arrival)`. */
export function shortfall(schedule: DenseMatrix, ...premiums: readonly DenseMatrix[]): number {
  let cost = 0;
  for (let k = 0; k < schedule.data.length; k++)
    for (const premium of premiums) cost += schedule.data[k] * premium.data[k];
  return cost;
}

export interface Simulated {
  readonly mean: number;
  readonly deviation: number;
  /** Of the mean against what was expected, and of the deviation: standard errors. */
  readonly zMean: number;
  readonly zDeviation: number;
}

/** The schedule worked once along every path, beside what was said of it. @param paths of {@link wander} */
export function simulate(
  problem: ScheduleProblem,
  schedule: DenseMatrix,
  paths: readonly DenseMatrix[],
  said: { readonly expected: number; readonly deviation: number },
): Simulated {
  const answered = shortfall(schedule, answer(problem, schedule));
  const costs = paths.map((path) => answered + shortfall(schedule, path));
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  const squares = costs.reduce((sum, cost) => sum + (cost - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (costs.length - 1));
  return {
    mean,
    deviation,
    zMean: (mean - said.expected) / (deviation / Math.sqrt(costs.length)),
    zDeviation: (deviation - said.deviation) / (said.deviation / Math.sqrt(2 * (costs.length - 1))),
  };
}

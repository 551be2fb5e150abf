import { coarserPropagator } from '../../model/coarserBuckets.js';
import { pinchedConcave } from '../../model/concave.js';
import { pinched } from '../../model/fallback.js';
import { statePrice } from '../../model/impactState.js';
import { costOfSchedule } from '../../model/marginalCost.js';
import { concaveCost } from '../../model/potentials.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { quadratic } from './objective.js';
import { bucketsOf, type ScheduleProblem, usualRest, weighedCovariance } from './problem.js';

/** What a schedule is expected to cost, bps × millions; the parts sum to `expected`, and `objective` adds what risk weighs. */
export interface CostParts {
  readonly spread: number;
  readonly temporary: number;
  /** Of every name's own trades on itself, as if there were no links. */
  readonly self: number;
  /** What links add. */
  readonly cross: number;
  /** What is still to be paid because of earlier own trades. */
  readonly earlier: number;
  readonly alpha: number;
  readonly expected: number;
  /** Standard deviation of the cost that comes from prices moving while the basket waits: `√Σ_t R_tᵀΣR_t`. */
  readonly deviation: number;
  /** `λ · deviation²`, names weighed by their urgency. */
  readonly risk: number;
  readonly balance: number;
  readonly objective: number;
}

/** 95 % quantile of a standard normal distribution. */
const Z95 = 1.6448536269514722;

/** What it costs at most 95 % of the time, were moves normal, bps × millions. */
export const q95Of = ({ expected, deviation }: Pick<CostParts, 'expected' | 'deviation'>): number =>
  expected + Z95 * deviation;

/** @param schedule T×N, signed millions */
export function costParts(problem: ScheduleProblem, schedule: DenseMatrix): CostParts {
  const { propagator, state, children, alphaBps, halfSpreadBps, temporaryBps, aversion } = problem;
  const { data } = schedule;
  const over = (each: (u: number, k: number) => number) => data.reduce((sum, u, k) => sum + each(u, k), 0);
  const impact = impactCost(propagator, schedule, children);
  const self = impactCost(withoutLinks(propagator), schedule, children);
  const price = statePrice(propagator, state, bucketsOf(problem), children);
  const { concave } = propagator;
  const bent = (start: DenseMatrix | undefined) => (concave ? concaveCost(concave, schedule, { start, children }) : 0);
  const spread = over((u, k) => halfSpreadBps.data[k] * Math.abs(u));
  const temporary = over((u, k) => temporaryBps.data[k] * u * u);
  const earlier = over((u, k) => price.data[k] * u) + bent(state.concave) - bent(undefined);
  const alpha = over((u, k) => alphaBps.data[k] * u);
  const expected = spread + temporary + impact + earlier + alpha;
  const { variance, weighed, balance } = squares(problem, schedule);
  const risk = aversion * weighed;
  return {
    spread,
    temporary,
    self,
    cross: impact - self,
    earlier,
    alpha,
    expected,
    deviation: Math.sqrt(variance),
    risk,
    balance,
    objective: expected + risk + balance,
  };
}

/** Of trades from rest. */
export function impactCost(propagator: Propagator, schedule: DenseMatrix, children: number): number {
  const { concave } = propagator;
  const linear = costOfSchedule(coarserPropagator(propagator, children), schedule);
  return linear + (concave ? concaveCost(concave, schedule, { children }) : 0);
}

const isSame = (i: number, j: number): boolean => i === j;

/** Every name alone. */
export const withoutLinks = ({ matrices, concave, ...rest }: Propagator): Propagator => ({
  ...rest,
  matrices: matrices.map((matrix) => pinched(matrix, isSame)),
  ...(concave ? { concave: pinchedConcave(concave, isSame) } : {}),
});

function squares(problem: ScheduleProblem, { rows, cols, data }: DenseMatrix) {
  const { quantity, covariance, balances } = problem;
  const weighedBy = problem.urgency ? weighedCovariance(problem) : undefined;
  const usual = usualRest(problem);
  const left = quantity.slice();
  let [variance, weighed, balance] = [0, 0, 0];
  for (let t = 0; t < rows; t++) {
    for (let i = 0; i < cols; i++) left[i] -= data[t * cols + i];
    variance += Math.max(0, quadratic(covariance, left));
    if (weighedBy) weighed += Math.max(0, quadratic(weighedBy, left));
    for (const { exposure, weight } of balances) {
      const off = exposure.reduce((sum, b, i) => sum + b * (left[i] - usual[t] * quantity[i]), 0);
      balance += weight * off * off;
    }
  }
  return { variance, weighed: weighedBy ? weighed : variance, balance };
}

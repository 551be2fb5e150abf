import { coarserPropagator } from '../../model/coarserBuckets.js';
import { statePrice } from '../../model/impactState.js';
import { marginalCost, pricesMet } from '../../model/marginalCost.js';
import { concaveGradient, concavePricesMet } from '../../model/potentials.js';
import { combine, type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { bucketsOf, type ScheduleProblem } from './problem.js';

/**
 * What every child is expected to cost, T×N, bps of it: half spread, temporary cost, impact met (its own half included) and
 * drifts. Children times these sum to the expected cost of the schedule; 0 where nothing is traded.
 */
export function childCosts(problem: ScheduleProblem, schedule: DenseMatrix): DenseMatrix {
  const { propagator, children, state, halfSpreadBps, temporaryBps, alphaBps } = problem;
  const { concave } = propagator;
  const met = [
    pricesMet(coarserPropagator(propagator, children), schedule),
    statePrice(propagator, state, bucketsOf(problem), children),
    alphaBps,
    ...(concave ? [concavePricesMet(concave, schedule, { start: state.concave, children })] : []),
  ].reduce((sum, prices) => combine(sum, 1, prices, 1), zeros(schedule.rows, schedule.cols));
  return mapEntries(schedule, (u, t, i) => {
    const k = t * schedule.cols + i;
    if (u === 0) return 0;
    return halfSpreadBps.data[k] + temporaryBps.data[k] * Math.abs(u) + Math.sign(u) * met.data[k];
  });
}

/**
 * What the next million of a name would cost in a bucket, T×N, bps, in the direction that the basket trades it: the gradient of the
 * expected cost, its effect on every other trade of the schedule included (the playbook's marginal cost). What risk makes of it is
 * left out: it is an amount of preference, not of money.
 */
export function marginalCosts(problem: ScheduleProblem, schedule: DenseMatrix): DenseMatrix {
  const { propagator, children, state, quantity, halfSpreadBps, temporaryBps, alphaBps } = problem;
  const { concave } = propagator;
  const prices = [
    marginalCost(coarserPropagator(propagator, children), schedule),
    statePrice(propagator, state, bucketsOf(problem), children),
    alphaBps,
    ...(concave ? [concaveGradient(concave, schedule, { start: state.concave, children })] : []),
  ].reduce((sum, price) => combine(sum, 1, price, 1), zeros(schedule.rows, schedule.cols));
  return mapEntries(prices, (price, t, i) => {
    const k = t * schedule.cols + i;
    const side = Math.sign(quantity[i]);
    return halfSpreadBps.data[k] + 2 * temporaryBps.data[k] * Math.abs(schedule.data[k]) + side * price;
  });
}

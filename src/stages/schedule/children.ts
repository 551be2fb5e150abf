import { coarserPropagator } from '../../model/coarserBuckets.js';
import { statePrice } from '../../model/impactState.js';
import { pricesMet } from '../../model/marginalCost.js';
import { concavePricesMet } from '../../model/potentials.js';
import { combine, type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { objectiveOf } from './objective.js';
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
 * What the next million of a name would add to the objective in a bucket, T×N, bps, in the direction that the basket trades it: the
 * gradient, every other trade of the schedule and the risk included (the playbook's marginal cost). Within a name's bounds it is the
 * same in all buckets of an optimal schedule, but for a constant that any path of the total pays.
 */
export function marginalCosts(problem: ScheduleProblem, schedule: DenseMatrix): DenseMatrix {
  const { product, linear, curved } = objectiveOf(problem);
  const { quantity, halfSpreadBps } = problem;
  const gradient = combine(product(schedule), 1, linear, 1);
  const bent = curved?.at(schedule).gradient;
  return mapEntries(gradient, (price, t, i) => {
    const k = t * schedule.cols + i;
    const side = Math.sign(quantity[i]);
    return side * (price + (bent ? bent.data[k] : 0)) + halfSpreadBps.data[k];
  });
}

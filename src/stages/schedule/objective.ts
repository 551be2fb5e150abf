import { coarserPropagator } from '../../model/coarserBuckets.js';
import { statePrice } from '../../model/impactState.js';
import { marginalCost } from '../../model/marginalCost.js';
import { concaveCost, concaveCostAndGradient } from '../../model/potentials.js';
import type { Propagator } from '../../model/roundTrip.js';
import { combine, type DenseMatrix, dot, multiply, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { bucketsOf, type ScheduleProblem, usualRest, weighedCovariance } from './problem.js';

/**
 * What a schedule costs, as `½⟨V, HV⟩ + ⟨linear, V⟩ + curved(V) + constant + Σ h|V|` (MODEL §7a). Impact that never fades costs
 * `½qᵀK_∞q` however a total is worked; it is in the constant, and H does without it.
 */
export interface Objective {
  product(schedule: DenseMatrix): DenseMatrix;
  readonly linear: DenseMatrix;
  /** Of `linear`, what is no part of the square of the risk: earlier trades and alpha. */
  readonly drift: DenseMatrix;
  readonly curved?: {
    value(schedule: DenseMatrix): number;
    at(schedule: DenseMatrix): { cost: number; gradient: DenseMatrix };
  };
  /** Of the squares of the risk. */
  readonly riskConstant: number;
  readonly permanent: number;
}

export function objectiveOf(problem: ScheduleProblem): Objective {
  const { propagator, children, temporaryBps, state } = problem;
  const { fading, permanent } = splitPermanent(coarserPropagator(propagator, children));
  const { concave } = propagator;
  const risk = riskOf(problem);
  const earlier = statePrice(propagator, state, bucketsOf(problem), children);
  const drift = combine(earlier, 1, problem.alphaBps, 1);
  const worked = { start: state.concave, children };
  return {
    product(schedule) {
      const impact = fading ? marginalCost(fading, schedule) : zeros(schedule.rows, schedule.cols);
      const curvature = risk ? risk.product(schedule) : undefined;
      const { data } = schedule;
      for (let k = 0; k < data.length; k++)
        impact.data[k] += 2 * temporaryBps.data[k] * data[k] + (curvature ? curvature.data[k] : 0);
      return impact;
    },
    linear: risk ? combine(drift, 1, risk.linear, 1) : drift,
    drift,
    ...(concave
      ? {
          curved: {
            value: (schedule) => concaveCost(concave, schedule, worked),
            at: (schedule) => concaveCostAndGradient(concave, schedule, worked),
          },
        }
      : {}),
    riskConstant: risk?.constant ?? 0,
    permanent: permanent ? costOfTotals(permanent, problem.quantity) : 0,
  };
}

interface SplitPropagator {
  readonly fading?: Propagator | undefined;
  readonly permanent?: Propagator | undefined;
}

/** Terms that fade and those that never do, without the concave ones. */
export function splitPermanent({ matrices, decay, weights, ...rest }: Propagator): SplitPropagator {
  const pick = (holds: (d: number) => boolean): Propagator | undefined => {
    const kept = [...decay.keys()].filter((p) => holds(decay[p]) && weights[p] !== 0);
    if (kept.length === 0) return undefined;
    return {
      ...rest,
      matrices: matrices.length === 1 ? matrices : kept.map((p) => matrices[p]),
      decay: Float64Array.from(kept, (p) => decay[p]),
      weights: Float64Array.from(kept, (p) => weights[p]),
    };
  };
  return { fading: pick((d) => d < 1), permanent: pick((d) => d === 1) };
}

/** `½qᵀK_∞q`: one trade of everything has the cost of every schedule. */
function costOfTotals(permanent: Propagator, quantity: Float64Array): number {
  const all = { rows: 1, cols: quantity.length, data: quantity };
  const price = marginalCost(permanent, all);
  return 0.5 * quantity.reduce((sum, q, i) => sum + q * price.data[i], 0);
}

/** `λ Σ_t R_tᵀΣR_t` and the balances, by what is done: `R_t = q − Σ_{s≤t} u_s`. */
function riskOf(problem: ScheduleProblem) {
  const { aversion, balances, quantity } = problem;
  const covariance = weighedCovariance(problem);
  if (aversion === 0 && balances.length === 0) return undefined;
  const form = balances.reduce(
    (sum, { exposure, weight }) => combine(sum, 1, outer(exposure), weight),
    combine(covariance, aversion, covariance, 0),
  );
  // What the squares are of when nothing is done: Σ wants q, a balance only what it has beyond its usual path.
  const buckets = bucketsOf(problem);
  const idle = zeros(buckets, quantity.length);
  for (let t = 0; t < buckets; t++) idle.data.set(quantity, t * quantity.length);
  const pull = combine(multiply(idle, combine(covariance, aversion, covariance, 0)), 1, balancePull(problem), 1);
  return {
    product: (schedule: DenseMatrix) => untilEnd(multiply(running(schedule), form), 2),
    linear: untilEnd(pull, -2),
    constant: idleCost(problem),
  };
}

/** `Σ_k weight b (1 − left_t) bᵀq`, T×N. */
function balancePull(problem: ScheduleProblem): DenseMatrix {
  const { balances, quantity } = problem;
  const left = usualRest(problem);
  const out = zeros(left.length, quantity.length);
  for (const { exposure, weight } of balances) {
    const whole = dot(exposure, quantity);
    left.forEach((rest, t) => {
      exposure.forEach((b, i) => {
        out.data[t * quantity.length + i] += weight * b * (1 - rest) * whole;
      });
    });
  }
  return out;
}

function idleCost(problem: ScheduleProblem): number {
  const { balances, aversion, quantity } = problem;
  const covariance = weighedCovariance(problem);
  const left = usualRest(problem);
  const variance = quadratic(covariance, quantity);
  return left.reduce((sum, rest) => {
    const off = balances.reduce((all, { exposure, weight }) => {
      return all + weight * squared((1 - rest) * dot(exposure, quantity));
    }, 0);
    return sum + aversion * variance + off;
  }, 0);
}

const outer = (b: Float64Array): DenseMatrix => {
  const column = { rows: b.length, cols: 1, data: b };
  return multiply(column, { rows: 1, cols: b.length, data: b });
};

export function quadratic(matrix: DenseMatrix, x: Float64Array): number {
  const image = multiply({ rows: 1, cols: x.length, data: x }, matrix);
  return dot(image.data, x);
}

/** Sums over the rows up to each: what is done after every bucket. */
export function running({ rows, cols, data }: DenseMatrix): DenseMatrix {
  const out = zeros(rows, cols);
  for (let k = 0; k < data.length; k++) out.data[k] = data[k] + (k >= cols ? out.data[k - cols] : 0);
  return out;
}

/** `scale` times the sums over the rows from each to the last. */
function untilEnd({ rows, cols, data }: DenseMatrix, scale: number): DenseMatrix {
  const out = zeros(rows, cols);
  for (let k = data.length - 1; k >= 0; k--)
    out.data[k] = scale * data[k] + (k + cols < data.length ? out.data[k + cols] : 0);
  return out;
}

import { workedDecay } from '../../model/coarserBuckets.js';
import {
  type AcceleratedOptions,
  acceleratedGradient,
  type ConvexProblem,
} from '../../numerics/acceleratedGradient.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { objectiveOf } from './objective.js';
import { bucketsOf, type ScheduleProblem, weighedCovariance } from './problem.js';
import { cheapestIn, nearestIn, roomsOf } from './rooms.js';

/** Relative to what a schedule can save: impact that fades, temporary cost, risk, and the size of drifts. */
export const GAP = 1e-6;
export const SOLVER: AcceleratedOptions = { tolerance: GAP, maxIterations: 20_000 };

export interface SolvedSchedule {
  /** T×N, signed millions. */
  readonly schedule: DenseMatrix;
  /** `(cost − bound) / size`: how far above the optimum it is at most. */
  readonly gap: number;
  readonly status: 'optimal' | 'maxIterations';
  readonly iterations: number;
  readonly products: number;
}

/**
 * The cheapest schedule by MODEL §7a; convex where the propagator is certified.
 * @param start a schedule within the bounds that sums to the quantities; the answer is never dearer
 */
export function solveSchedule(problem: ScheduleProblem, start: DenseMatrix, options = SOLVER): SolvedSchedule {
  const { x, gap, status, iterations, products } = acceleratedGradient(convexProblem(problem), start.data, options);
  return { schedule: { ...start, data: x }, gap, status, iterations, products };
}

function convexProblem(problem: ScheduleProblem): ConvexProblem {
  const { rows, cols } = problem.lower;
  const { product, linear, drift, curved, riskConstant } = objectiveOf(problem);
  const asSchedule = (data: Float64Array): DenseMatrix => ({ rows, cols, data });
  const rooms = roomsOf(problem);
  const { data: spread } = problem.halfSpreadBps;
  const kink = (x: Float64Array) => x.reduce((sum, u, k) => sum + spread[k] * Math.abs(u), 0);
  return {
    product: (x) => product(asSchedule(x)).data,
    linear: linear.data,
    ...(curved
      ? {
          curved: {
            value: (x) => curved.value(asSchedule(x)),
            at(x) {
              const { cost, gradient } = curved.at(asSchedule(x));
              return { value: cost, gradient: gradient.data };
            },
          },
        }
      : {}),
    metric: metricOf(problem),
    nearest: (z, metric) => nearestIn(rooms, z, metric),
    kink,
    cheapest: (price) => cheapestIn(rooms, price),
    size(x, value) {
      const drifts = x.reduce((sum, u, k) => sum + drift.data[k] * u, 0);
      const squares = value - kink(x) - drifts + riskConstant;
      return Math.max(squares + Math.abs(drifts), Number.MIN_VALUE);
    },
  };
}

/**
 * `Σ_p K_p,ii (1+d_p)/(1−d_p)`, the largest eigenvalue of an exponential in time (or T, which no sum of a row exceeds), for every
 * name, with the slopes at zero of its concave terms, 2η/V, and the risk of leaving it.
 */
function metricOf(problem: ScheduleProblem): Float64Array {
  const { propagator, children, temporaryBps, aversion, balances } = problem;
  const covariance = weighedCovariance(problem);
  const buckets = bucketsOf(problem);
  const { matrices, decay, weights } = propagator;
  const inTime = (d: number) => {
    const { within, met, left, kept } = workedDecay(d, children);
    return d < 1 ? Math.min(2 * within + (2 * met * kept) / (1 - left), buckets) : 0;
  };
  const names = matrices[0].rows;
  const byName = Float64Array.from({ length: names }, (_, i) => {
    const self = (p: number) => matrices[Math.min(p, matrices.length - 1)].data[i * (names + 1)];
    const impact = weights.reduce((sum, a, p) => sum + a * self(p) * inTime(decay[p]), 0);
    const { own, decay: slower, modes } = propagator.concave ?? { own: undefined, decay: [], modes: [] };
    let bent = 0;
    slower.forEach((d, q) => {
      const slope =
        own!.data[q * names + i] + modes.reduce((sum, m) => sum + m.weights[q] * squared(m.direction[i]), 0);
      bent += slope * inTime(d);
    });
    const balance = balances.reduce((sum, { exposure, weight }) => sum + weight * squared(exposure[i]), 0);
    const risk = 2 * (aversion * covariance.data[i * (names + 1)] + balance) * RISK_IN_TIME * buckets;
    return impact + bent + risk;
  });
  const least = Math.max(...byName) * 1e-9 || 1;
  return temporaryBps.data.map((eta, k) => Math.max(byName[k % names], least) + 2 * eta);
}

const RISK_IN_TIME = 1;

import type { ConcaveTerms } from '../../src/model/concave.js';
import { concavePotential } from '../../src/model/concaveShape.js';
import { restState } from '../../src/model/impactState.js';
import type { Propagator } from '../../src/model/roundTrip.js';
import { type DenseMatrix, mapEntries, multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { projected } from '../../src/stages/schedule/baselines.js';
import { type ScheduleProblem, usualRest } from '../../src/stages/schedule/problem.js';
import { randomTerms } from '../support/concaveModels.js';
import { randomGram } from '../support/matrices.js';

export interface RandomSpec {
  readonly names: number;
  readonly buckets: number;
  readonly children?: number;
  readonly side?: 'same' | 'free';
  readonly concave?: boolean;
  /** No caps that bind, no closed buckets, no drifts: where only the total holds it. */
  readonly plain?: boolean;
}

/** Parts that do not commute, one of them of low rank; a temporary and a permanent term among the decays. */
function randomPropagator(n: number, random: RandomStream, concave: boolean): Propagator {
  const parts = 2 + random.integer(3);
  const decay = Float64Array.from({ length: parts }, (_, p) => {
    if (p === 1 && random.uniform() < 0.3) return 1;
    return random.uniform() < 0.2 ? 0 : random.uniform();
  });
  const matrices = Array.from(decay, (_, p) => {
    if (p === 0) return randomGram(n, 1 + random.integer(1e6), 0.1);
    const thin = mapEntries(zeros(n, 1 + random.integer(n)), () => random.normal());
    return mapEntries(multiply(thin, transpose(thin)), (value) => 0.3 * value);
  });
  const weights = decay.map(() => 0.2 + random.uniform());
  return { matrices, decay, weights, ...(concave ? { concave: livelyTerms(n, random) } : {}) };
}

function livelyTerms(n: number, random: RandomStream): ConcaveTerms {
  const terms = randomTerms(n, random, 0.2 + 0.6 * random.uniform());
  return { ...terms, own: mapEntries(terms.own, (value) => value + 0.1) };
}

/** A problem with everything in it: caps, closed buckets, spreads, temporary cost, risk, a balance, alpha, earlier trades. */
export function aRandomProblem(seed: number, spec: RandomSpec): ScheduleProblem {
  const random = randomStream(seed);
  const { names: n, buckets, children = 1, side = 'same', concave = false, plain = false } = spec;
  const propagator = randomPropagator(n, random, concave);
  const each = (f: () => number) => mapEntries(zeros(buckets, n), f);
  const quantity = Float64Array.from({ length: n }, () => (random.uniform() < 0.1 ? 0 : random.normal()));
  const volume = each(() => 0.5 + random.uniform());
  const isClosed = Array.from({ length: buckets * n }, () => !plain && random.uniform() < 0.15);
  const room = mapEntries(volume, (v, t, i) => {
    if (isClosed[t * n + i]) return 0;
    return plain ? 5 : (v * 3 * (Math.abs(quantity[i]) + (side === 'free' ? 0.3 : 0))) / buckets;
  });
  const bounds = {
    lower: mapEntries(room, (r, _, i) => (side === 'free' || quantity[i] < 0 ? -r : 0)),
    upper: mapEntries(room, (r, _, i) => (side === 'free' || quantity[i] > 0 ? r : 0)),
  };
  const thin = mapEntries(zeros(n, n), () => random.normal());
  const state = restState(propagator);
  const moved = (matrix: DenseMatrix) => mapEntries(matrix, () => (plain ? 0 : 0.5 * random.normal()));
  const drawn: ScheduleProblem = {
    propagator,
    children,
    quantity,
    ...bounds,
    volume,
    halfSpreadBps: each(() => 0.1 * random.uniform()),
    temporaryBps: each(() => 0.2 * random.uniform()),
    covariance: multiply(thin, transpose(thin)),
    aversion: random.uniform() < 0.3 ? 0 : 0.2 * random.uniform(),
    alphaBps: each(() => (plain ? 0 : 0.2 * random.normal())),
    state: { linear: moved(state.linear), ...(state.concave ? { concave: moved(state.concave) } : {}) },
    blocks: Array.from(quantity, (_, i) => `b${i % 2}`),
    balances: plain
      ? []
      : [{ label: 'a', exposure: quantity.map(() => random.normal()), weight: 0.1 * random.uniform() }],
  };
  return { ...drawn, quantity: withinBounds(drawn) };
}

/** What of the quantities the open buckets have room for, so that there is a schedule. */
function withinBounds(problem: ScheduleProblem): Float64Array {
  const { quantity, lower, upper } = problem;
  return quantity.map((q, i) => {
    const sum = ({ data }: DenseMatrix) =>
      data.reduce((all, bound, k) => (k % quantity.length === i ? all + bound : all), 0);
    return Math.max(0.9 * sum(lower), Math.min(0.9 * sum(upper), q));
  });
}

/** A schedule of the problem that has nothing to do with its cost. */
export function aRandomSchedule(problem: ScheduleProblem, seed: number): DenseMatrix {
  const random = randomStream(seed);
  return projected(
    problem,
    mapEntries(problem.lower, () => random.normal()),
  );
}

/** MODEL §7a as it is written: child by child, from the kernel's definition, nothing carried from bucket to bucket. */
export function literalObjective(problem: ScheduleProblem, schedule: DenseMatrix): number {
  const { propagator, children, halfSpreadBps, temporaryBps, alphaBps } = problem;
  const { matrices, decay, weights, concave } = propagator;
  const { rows, cols: n, data } = schedule;
  let cost = 0;
  data.forEach((u, k) => {
    cost += halfSpreadBps.data[k] * Math.abs(u) + temporaryBps.data[k] * u * u + alphaBps.data[k] * u;
  });
  const child = (s: number, i: number) => data[Math.floor(s / children) * n + i] / children;
  const steps = rows * children;
  const G = (h: number, i: number, j: number) =>
    decay.reduce(
      (sum, d, p) => sum + weights[p] * d ** h * matrices[Math.min(p, matrices.length - 1)].data[i * n + j],
      0,
    );
  for (let h = 0; h < steps; h++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        const g = G(h, i, j) * (h === 0 ? 0.5 : 1);
        for (let s = h; s < steps; s++) cost += g * child(s, i) * child(s - h, j);
      }
  for (let s = 0; s < steps; s++)
    decay.forEach((d, p) => {
      const K = matrices[Math.min(p, matrices.length - 1)];
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++)
          cost += weights[p] * d ** s * child(s, i) * K.data[i * n + j] * problem.state.linear.data[p * n + j];
    });
  return cost + (concave ? literalPotentials(concave, problem, child, steps) : 0) + literalSquares(problem, schedule);
}

function literalPotentials(
  { power, decay, scales, own, modes }: ConcaveTerms,
  { state }: ScheduleProblem,
  child: (s: number, i: number) => number,
  steps: number,
): number {
  const n = scales.length;
  let cost = 0;
  decay.forEach((d, q) => {
    const potential = (J: readonly number[]) =>
      J.reduce((sum, x, i) => sum + own.data[q * n + i] * concavePotential(x, scales[i], power), 0) +
      modes.reduce((sum, { direction, scale, weights }) => {
        const along = J.reduce((all, x, i) => all + direction[i] * x, 0);
        return sum + weights[q] * concavePotential(along, scale, power);
      }, 0);
    let left = Array.from({ length: n }, (_, i) => state.concave!.data[q * n + i]);
    for (let s = 0; s < steps; s++) {
      const volume = left.map((x, i) => x + child(s, i));
      cost += potential(volume) - potential(left);
      left = volume.map((x) => d * x);
    }
  });
  return cost;
}

function literalSquares(problem: ScheduleProblem, { rows, cols: n, data }: DenseMatrix): number {
  const { covariance, aversion, balances, quantity } = problem;
  const usual = usualRest(problem);
  let cost = 0;
  for (let t = 0; t < rows; t++) {
    const left = Array.from(quantity, (q, i) => {
      let rest = q;
      for (let s = 0; s <= t; s++) rest -= data[s * n + i];
      return rest;
    });
    left.forEach((x, i) => {
      left.forEach((y, j) => {
        cost += aversion * x * covariance.data[i * n + j] * y;
      });
    });
    for (const { exposure, weight } of balances) {
      const off = exposure.reduce((sum, b, i) => sum + b * (left[i] - usual[t] * quantity[i]), 0);
      cost += weight * off ** 2;
    }
  }
  return cost;
}

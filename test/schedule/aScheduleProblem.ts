import { restState } from '../../src/model/impactState.js';
import type { Propagator } from '../../src/model/roundTrip.js';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';

export interface ProblemSpec {
  readonly propagator: Propagator;
  readonly quantity: readonly number[];
  readonly buckets: number;
  readonly side?: 'same' | 'free';
  /** Millions a bucket and name. */
  readonly cap?: number;
  readonly temporary?: number;
  readonly spread?: number;
  readonly covariance?: DenseMatrix;
  readonly aversion?: number;
  readonly more?: Partial<ScheduleProblem>;
}

/** A scalar kernel: K by rows, time constants in buckets, weights even where none are given. */
export const propagatorOfTaus = (
  K: readonly (readonly number[])[],
  taus: readonly number[],
  weights: readonly number[] = taus.map(() => 1 / taus.length),
): Propagator => ({
  matrices: [fromRows(K)],
  decay: Float64Array.from(taus, (tau) => Math.exp(-1 / tau)),
  weights: Float64Array.from(weights),
});

export function aScheduleProblem(spec: ProblemSpec): ScheduleProblem {
  const { propagator, buckets, side = 'same', cap = 1e9, temporary = 0, spread = 0, aversion = 0 } = spec;
  const quantity = Float64Array.from(spec.quantity);
  const names = quantity.length;
  const each = (value: (i: number) => number) => mapEntries(zeros(buckets, names), (_, __, i) => value(i));
  return {
    propagator,
    children: 1,
    quantity,
    lower: each((i) => (side === 'free' || quantity[i] < 0 ? -cap : 0)),
    upper: each((i) => (side === 'free' || quantity[i] > 0 ? cap : 0)),
    volume: each(() => 1),
    halfSpreadBps: each(() => spread),
    temporaryBps: each(() => temporary),
    covariance: spec.covariance ?? zeros(names),
    aversion,
    alphaBps: each(() => 0),
    state: restState(propagator),
    blocks: Array.from(quantity, () => 'all'),
    balances: [],
    ...spec.more,
  };
}

export const column = ({ rows, cols, data }: DenseMatrix, i: number): number[] =>
  Array.from({ length: rows }, (_, t) => data[t * cols + i]);

export const evenly = ({ quantity, lower }: ScheduleProblem): DenseMatrix =>
  mapEntries(lower, (_, __, i) => quantity[i] / lower.rows);

import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { ImpactMoments } from '../defactor/controls.js';
import type { FactorModel } from '../defactor/defactor.js';

export type KernelForm = 'scalar' | 'modes' | 'matrix';

/** A kernel with a matrix per time constant: `G(h) = Σ_p K_p exp(−h/τ_p)` (MODEL §2). */
export interface KernelParts {
  /** P matrices N×N, bps per million, each symmetric PSD. */
  readonly matrices: readonly DenseMatrix[];
  /** Of moves and of the flow filtered by every basis. */
  readonly factorModel: FactorModel;
  readonly status: 'converged' | 'maxIterations' | 'collapsed';
  readonly optimalityResidual: number;
  /** matrix: ridge towards the scalar kernel on the scale of λ; absent when held-out data prefer the scalar kernel. */
  readonly strength?: number;
  readonly strengthPath: readonly { readonly strength: number; readonly error: number }[];
  /** modes: b_p of every mode, as its self impact relative to that of the names. */
  readonly modes: readonly { readonly label: string; readonly weights: readonly number[] }[];
}

/** The fit with a scalar kernel: where the other forms start from. */
export interface ScalarKernel {
  readonly K: DenseMatrix;
  readonly weights: Float64Array;
  readonly residualVolBps: Float64Array;
  /** The ridge of its links, on the scale of λ. */
  readonly lambda: number;
}

/** Moments per bucket in the units in which every name has unit residual variance: K_ij = σ_i σ_j Y_ij. */
export function inUnits({ gram, cross, names, buckets }: ImpactMoments, vol: Float64Array) {
  return {
    gram: mapEntries(gram, (v, a, b) => (v * vol[a % names] * vol[b % names]) / buckets),
    cross: mapEntries(cross, (v, i, b) => (vol[i] > 0 ? (v * vol[b % names]) / vol[i] / buckets : 0)),
  };
}

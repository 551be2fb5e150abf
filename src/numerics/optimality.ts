import type { DenseMatrix } from './dense.js';

/** A matrix that minimises something, and how well. */
export interface MatrixSolution {
  /** n×n. */
  readonly solution: DenseMatrix;
  readonly status: 'converged' | 'maxIterations';
  readonly iterations: number;
  /** By how much the optimality condition is missed, relative to what it is at zero; each solver says in which norm. */
  readonly optimalityResidual: number;
}

/** The largest optimality residual with which a solution counts as found. */
export const ACCEPTED_RESIDUAL = 1e-8;

/** How far a search goes where rounding lets it: short of this, it goes on. */
export const SEARCH_TOLERANCE = 1e-11;

/** A solution whose status rests on its residual. */
export const judged = (solution: DenseMatrix, iterations: number, optimalityResidual: number): MatrixSolution => ({
  solution,
  status: optimalityResidual <= ACCEPTED_RESIDUAL ? 'converged' : 'maxIterations',
  iterations,
  optimalityResidual,
});

import { type DenseMatrix, submatrix } from './dense.js';
import { gramInverse } from './leastSquares.js';

export interface NonNegativeSolution {
  readonly x: Float64Array;
  readonly status: 'converged' | 'maxIterations';
  /** Largest violation of the optimality conditions, relative to the largest entry of g. */
  readonly kktResidual: number;
}

/**
 * Minimises `½ xᵀHx − gᵀx` over `x ≥ 0` (H symmetric PSD, n×n) by the active-set method of Lawson and Hanson (1974),
 * chapter 23, on the normal equations.
 */
export function nonNegativeLeastSquares(
  H: DenseMatrix,
  g: Float64Array,
  maxIterations = 10 * g.length + 10,
): NonNegativeSolution {
  const n = g.length;
  const scale = Math.max(...Array.from(g, Math.abs), Number.MIN_VALUE);
  const x = new Float64Array(n);
  const free = new Set<number>();
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    const entering = steepestInactive(gradient(H, g, x), free, 1e-12 * scale);
    if (entering < 0) return finish(H, g, x, scale, 'converged');
    free.add(entering);
    if (!solveOnFree(H, g, x, free, entering)) return finish(H, g, x, scale, 'converged');
  }
  return finish(H, g, x, scale, 'maxIterations');
}

/** `g − Hx`: positive where raising a coordinate lowers the objective. */
function gradient(H: DenseMatrix, g: Float64Array, x: Float64Array): Float64Array {
  return g.map((value, i) => {
    let sum = value;
    for (let j = 0; j < x.length; j++) sum -= H.data[i * H.cols + j] * x[j];
    return sum;
  });
}

function steepestInactive(descent: Float64Array, free: ReadonlySet<number>, tolerance: number): number {
  let best = -1;
  for (let i = 0; i < descent.length; i++) {
    if (!free.has(i) && descent[i] > tolerance && (best < 0 || descent[i] > descent[best])) best = i;
  }
  return best;
}

/** Solves on the free set, stepping back to the boundary while a free coordinate would turn negative. */
function solveOnFree(H: DenseMatrix, g: Float64Array, x: Float64Array, free: Set<number>, entering: number): boolean {
  for (;;) {
    const indices = [...free].sort((a, b) => a - b);
    if (indices.length === 0) return true;
    const target = solveSubset(H, g, indices);
    if (indices.every((_, k) => target[k] > 0)) {
      indices.forEach((i, k) => {
        x[i] = target[k];
      });
      return true;
    }
    // A column that enters and wants to leave at once is collinear with the free ones: no progress is possible.
    if (x[entering] === 0 && target[indices.indexOf(entering)] <= 0) {
      free.delete(entering);
      return false;
    }
    stepToBoundary(x, indices, target, free);
  }
}

function solveSubset(H: DenseMatrix, g: Float64Array, indices: readonly number[]): Float64Array {
  const { inverse } = gramInverse(submatrix(H, indices));
  return Float64Array.from(indices, (_, a) =>
    indices.reduce((sum, j, b) => sum + inverse.data[a * indices.length + b] * g[j], 0),
  );
}

function stepToBoundary(x: Float64Array, indices: readonly number[], target: Float64Array, free: Set<number>): void {
  let step = 1;
  indices.forEach((i, k) => {
    if (target[k] <= 0) step = Math.min(step, x[i] / (x[i] - target[k]));
  });
  indices.forEach((i, k) => {
    x[i] += step * (target[k] - x[i]);
    if (target[k] <= 0 && x[i] <= 1e-15) {
      x[i] = 0;
      free.delete(i);
    }
  });
}

function finish(
  H: DenseMatrix,
  g: Float64Array,
  x: Float64Array,
  scale: number,
  status: NonNegativeSolution['status'],
): NonNegativeSolution {
  const descent = gradient(H, g, x);
  let violation = 0;
  for (let i = 0; i < x.length; i++)
    violation = Math.max(violation, x[i] > 0 ? Math.abs(descent[i]) : Math.max(0, descent[i]));
  return { x, status, kktResidual: violation / scale };
}

import {
  combine,
  type DenseMatrix,
  frobeniusNorm,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
  zeros,
} from './dense.js';
import { sin } from './elementary/elementary.js';
import { projectToCone } from './feasibleSet.js';

/**
 * `Σ_pq ½ tr(Y_p S_pq Y_qᵀ) − Σ_p tr(A_p Y_pᵀ)` over symmetric n×n matrices Y_1 … Y_P: least squares on P regressors of
 * n columns each.
 */
export interface PsdProblem {
  /** nP×nP, blocks S_pq. */
  readonly gram: DenseMatrix;
  /** n×nP, blocks A_p. */
  readonly cross: DenseMatrix;
}

export interface PsdOptions {
  /** `ridge/2 Σ_p ‖Y_p − T_p‖²`. */
  readonly ridge: number;
  readonly targets: readonly DenseMatrix[];
  readonly start?: readonly DenseMatrix[];
  readonly tolerance?: number;
  readonly maxIterations?: number;
}

export interface PsdSolution {
  /** Each symmetric PSD. */
  readonly parts: readonly DenseMatrix[];
  readonly status: 'converged' | 'maxIterations';
  readonly iterations: number;
  /** `L ‖Y − proj(Y − ∇/L)‖` relative to the gradient at zero: zero at the optimum and nowhere else. */
  readonly optimalityResidual: number;
}

const TOLERANCE = 1e-9;
const MAX_ITERATIONS = 5000;

/**
 * Least squares over the product of PSD cones by accelerated projected gradients (Beck and Teboulle 2009) that start
 * anew whenever momentum points uphill (O'Donoghue and Candès 2015). Every iterate is PSD: nothing is patched
 * afterwards.
 */
export function psdLeastSquares(problem: PsdProblem, options: PsdOptions): PsdSolution {
  const { ridge, targets, tolerance = TOLERANCE, maxIterations = MAX_ITERATIONS } = options;
  const n = problem.cross.rows;
  const count = targets.length;
  const pull = stacked(targets);
  const symmetricCross = blockwise(problem.cross, n, symmetricPart);
  const scale = Math.max(frobeniusNorm(combine(symmetricCross, 1, pull, ridge)), Number.MIN_VALUE);
  const steepest = 1.02 * largestEigenvalue(problem.gram) + ridge + Number.MIN_VALUE;
  const gradient = (y: DenseMatrix) =>
    combine(
      blockwise(combine(multiply(y, problem.gram), 1, problem.cross, -1), n, symmetricPart),
      1,
      combine(y, 1, pull, -1),
      ridge,
    );
  const step = (y: DenseMatrix) => blockwise(combine(y, 1, gradient(y), -1 / steepest), n, projectToCone);
  let current = blockwise(stacked(options.start ?? targets), n, projectToCone);
  let ahead = current;
  let momentum = 1;
  let iterations = 0;
  while (iterations < maxIterations) {
    const next = step(ahead);
    iterations++;
    const moved = combine(next, 1, ahead, -1);
    if (steepest * frobeniusNorm(moved) <= tolerance * scale) {
      current = next;
      break;
    }
    const uphill = innerProduct(combine(ahead, 1, next, -1), combine(next, 1, current, -1)) > 0;
    const following = uphill ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const weight = uphill ? 0 : (momentum - 1) / following;
    ahead = weight === 0 ? next : combine(next, 1 + weight, current, -weight);
    current = next;
    momentum = following;
  }
  const optimalityResidual = (steepest * frobeniusNorm(combine(step(current), 1, current, -1))) / scale;
  return {
    parts: Array.from({ length: count }, (_, p) => blockOf(current, n, p)),
    status: optimalityResidual <= 10 * tolerance ? 'converged' : 'maxIterations',
    iterations,
    optimalityResidual,
  };
}

/** n×nP from P matrices side by side. */
export function stacked(parts: readonly DenseMatrix[]): DenseMatrix {
  const n = parts[0].rows;
  const out = zeros(n, n * parts.length);
  parts.forEach((part, p) => {
    for (let i = 0; i < n; i++) out.data.set(part.data.subarray(i * n, (i + 1) * n), i * out.cols + p * n);
  });
  return out;
}

function blockOf(matrix: DenseMatrix, n: number, p: number): DenseMatrix {
  return mapEntries(zeros(n), (_, i, j) => matrix.data[i * matrix.cols + p * n + j]);
}

function blockwise(matrix: DenseMatrix, n: number, change: (block: DenseMatrix) => DenseMatrix): DenseMatrix {
  return stacked(Array.from({ length: matrix.cols / n }, (_, p) => change(blockOf(matrix, n, p))));
}

const POWER_STEPS = 60;

/**
 * By power iteration from a vector without chance symmetry; a few per cent below the truth at worst, hence the margin
 * above.
 */
function largestEigenvalue(matrix: DenseMatrix): number {
  let vector = mapEntries(zeros(matrix.rows, 1), (_, i) => 1 + 0.1 * sin(1 + i));
  let value = 0;
  for (let k = 0; k < POWER_STEPS; k++) {
    const image = multiply(matrix, vector);
    const norm = frobeniusNorm(image);
    if (!(norm > 0)) return 0;
    value = norm / frobeniusNorm(vector);
    vector = mapEntries(image, (v) => v / norm);
  }
  return value;
}

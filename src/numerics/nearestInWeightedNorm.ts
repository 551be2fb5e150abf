import { iterateAccelerated } from './anderson.js';
import {
  type DenseMatrix,
  frobeniusDistance,
  innerProduct,
  mapEntries,
  multiply,
  symmetricPart,
  transpose,
  zeros,
} from './dense.js';
import { hypot, squared } from './elementary/elementary.js';
import {
  difference,
  type FeasibleSet,
  isInBox,
  isInCone,
  projectToBox,
  projectToCone,
  smallestRelativeEigenvalue,
  stepIntoCone,
} from './feasibleSet.js';
import {
  finished,
  MAX_ITERATIONS,
  memoryFor,
  type Projection,
  packed,
  type SumProjection,
  unchanged,
  unpacked,
} from './projection.js';
import { median } from './statistics.js';
import { symmetricEigen } from './symmetricEigen.js';

/** Directions that carry no flow still weigh this share of the median one, so that the nearest matrix is unique. */
const LEAST_WEIGHT = 1e-3;

/**
 * Nearest matrix of the feasible set in the metric `√tr((X−A) S (X−A)ᵀ)`, what predictions of flow with second moments
 * S move by: consensus of the metric, the cone and the box by the method of multipliers (Douglas and Rachford's map;
 * Boyd et al. 2011), accelerated; with the duality gap, the last step and the conventions of `nearestFeasible`.
 *
 * States (w₁, w₂) stand for a cone and a box point z_i = P_i(w_i) and multipliers b(w_i − z_i); the metric's own step
 * is a Sylvester equation, diagonal in the eigenvectors of S.
 * @param S n×n, PSD.
 */
export function nearestInWeightedNorm(input: DenseMatrix, set: FeasibleSet, S: DenseMatrix): Projection {
  if (set.conditionCap !== undefined)
    throw new RangeError('a cap on the condition number has the Frobenius metric only');
  const n = input.rows;
  const before = smallestRelativeEigenvalue([symmetricPart(input)], set);
  if (isInBox([input], set) && isInCone([input], set)) return asProjection(unchanged([input], before));
  const metric = metricOf(S);
  const A = metric.symmetrised(input);
  const skew = metric.norm(mapEntries(input, (value, i, j) => value - A.data[i * n + j]));
  const scale = Math.max(1, metric.norm(projectToBox([A], set)[0]));
  const size = n * n;
  const evaluate = (state: Float64Array) => {
    const [w1, w2] = unpacked(state, [A, A]);
    const inCone = projectToCone(w1);
    const [inBox] = projectToBox([w2], set);
    const pull = zeros(n);
    for (let k = 0; k < size; k++)
      pull.data[k] = 2 * (inCone.data[k] + inBox.data[k]) - w1.data[k] - w2.data[k] - 2 * A.data[k];
    const X = zeros(n);
    const step = metric.rotated(pull, (value, weight) => (metric.step * value) / (weight + 2 * metric.step));
    const mapped = new Float64Array(2 * size);
    for (let k = 0; k < size; k++) {
      X.data[k] = A.data[k] + step.data[k];
      mapped[k] = w1.data[k] + X.data[k] - inCone.data[k];
      mapped[size + k] = w2.data[k] + X.data[k] - inBox.data[k];
    }
    const apart = hypot(frobeniusDistance(X, inCone), frobeniusDistance(X, inBox));
    return {
      mapped,
      merit: -apart,
      apart,
      finish: () => {
        const [, last] = unpacked(mapped, [A, A]);
        const { parts } = stepIntoCone(projectToBox([last], set), set);
        const moved = metric.norm(difference(parts, [A])[0]);
        return finished(parts, moved, metric.lowerBound(A, [w1, inCone], [w2, inBox]), scale);
      },
    };
  };
  const limits = { maxIterations: MAX_ITERATIONS, tolerance: 1e-7 * Math.sqrt(n), memory: memoryFor(n), slack: 1 };
  const { result, isGood, iterations } = iterateAccelerated(packed([A, A]), evaluate, limits);
  return asProjection({
    ...result,
    status: isGood ? 'converged' : 'maxIterations',
    distance: hypot(result.distance, skew),
    iterations,
    smallestEigenvalueBefore: before,
    smallestEigenvalueAfter: smallestRelativeEigenvalue(result.parts, set),
  });
}

/** The metric in the eigenvectors of S, where `X ↦ (XS + SX)/2` multiplies entries by `(s_i + s_j)/2`. */
function metricOf(S: DenseMatrix) {
  const { values, vectors } = symmetricEigen(S);
  const n = values.length;
  const typical = Math.max(median(values), Number.MIN_VALUE);
  const s = values.map((value) => Math.max(value, LEAST_WEIGHT * typical));
  const back = transpose(vectors);
  const into = (X: DenseMatrix) => multiply(multiply(back, X), vectors);
  const outOf = (X: DenseMatrix) => multiply(multiply(vectors, X), back);
  /** Applies a function of entry and weight in the eigenvectors; exactly symmetric. */
  const rotated = (X: DenseMatrix, f: (value: number, weight: number) => number) =>
    symmetricPart(outOf(mapEntries(into(X), (value, i, j) => f(value, (s[i] + s[j]) / 2))));
  const squaredNorm = (X: DenseMatrix) => {
    const turned = into(X);
    let sum = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += squared(turned.data[i * n + j]) * s[j];
    return sum;
  };
  return {
    /** Penalty of the splitting: the typical weight, which few directions exceed. */
    step: typical,
    rotated,
    norm: (X: DenseMatrix) => Math.sqrt(squaredNorm(X)),
    /** The symmetric matrix that is nearest in the metric. */
    symmetrised(X: DenseMatrix): DenseMatrix {
      if (frobeniusDistance(X, symmetricPart(X)) === 0) return X;
      const turned = into(X);
      return symmetricPart(
        outOf(mapEntries(turned, (value, i, j) => (value * s[j] + turned.data[j * n + i] * s[i]) / (s[i] + s[j]))),
      );
    },
    /** Value of the dual problem at the multipliers of cone and box, each given as (w, projection of w). */
    lowerBound(A: DenseMatrix, cone: readonly DenseMatrix[], box: readonly DenseMatrix[]): number {
      const [P, Q] = [cone, box].map(([w, z]) => mapEntries(w, (value, i, j) => typical * (value - z.data[i * n + j])));
      const moved = rotated(
        mapEntries(P, (value, i, j) => value + Q.data[i * n + j]),
        (value, weight) => -value / weight,
      );
      const X = mapEntries(A, (value, i, j) => value + moved.data[i * n + j]);
      return squaredNorm(moved) / 2 + innerProduct(P, X) + innerProduct(Q, difference([X], [box[1]])[0]);
    },
  };
}

const asProjection = ({ parts, ...projection }: SumProjection): Projection => ({ ...projection, matrix: parts[0] });

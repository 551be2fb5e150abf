import { mergeBases } from '../../src/model/bases.js';
import { kernelCurve } from '../../src/model/kernel.js';
import { sumOfParts, traceShares } from '../../src/model/kernelParts.js';
import type { FoldMoments } from '../../src/model/moments.js';
import type { DenseMatrix } from '../../src/numerics/dense.js';
import { stacked } from '../../src/numerics/psdLeastSquares.js';
import { randomStream } from '../../src/numerics/random.js';
import { removeFactors } from '../../src/stages/defactor/defactor.js';
import { basketCostBps } from '../../src/stages/fit/basketCosts.js';
import { regressionMoments, squaredErrors } from '../../src/stages/fit/impactProblem.js';
import { jackknifeInterval, mapSample } from '../../src/stages/fit/jackknife.js';
import type { Model } from './recipes.js';
import { TRUE_DECAY, type Truth } from './worlds.js';

export interface Measures {
  /** ‖links − true links‖ / ‖true links‖, in units of √(K_ii K_jj). */
  readonly offDiagonal: number;
  /** Root mean square of K_ii / true K_ii − 1. */
  readonly diagonal: number;
  /** Root mean square over two minutes of the average decay curve less the true one. */
  readonly decay: number;
  /** Pooled R² on two days that nobody has seen. */
  readonly r2: number;
  /** Root mean square error of the cost of random baskets worked over half a minute, over the mean cost. */
  readonly basket: number;
}

export const MEASURES = ['offDiagonal', 'diagonal', 'decay', 'r2', 'basket'] as const;

const CURVE = 120;
const BASKETS = 200;
/** Buckets over which a basket is worked. */
const HORIZON = 30;

export function measure(
  model: Model,
  truth: Truth,
  decay: Float64Array,
  unseen: readonly FoldMoments[],
  seed: number,
): Measures {
  const K = sumOfParts(model.matrices);
  return {
    ...linkErrors(K, truth.K),
    decay: curveError(model, truth, decay),
    r2: outOfSample(model, unseen),
    basket: basketError(model, truth, decay, seed),
  };
}

function linkErrors(K: DenseMatrix, truth: DenseMatrix) {
  const n = K.rows;
  const self = (i: number) => truth.data[i * (n + 1)];
  let [off, size, diagonal] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    diagonal += (K.data[i * (n + 1)] / self(i) - 1) ** 2 / n;
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const k = i * n + j;
      off += (K.data[k] - truth.data[k]) ** 2 / self(i) / self(j);
      size += truth.data[k] ** 2 / self(i) / self(j);
    }
  }
  return { offDiagonal: Math.sqrt(off / size), diagonal: Math.sqrt(diagonal) };
}

function curveError({ matrices }: Model, { parts }: Truth, decay: Float64Array): number {
  const found = kernelCurve(decay, traceShares(matrices), CURVE);
  const wanted = kernelCurve(TRUE_DECAY, traceShares(parts), CURVE);
  return Math.sqrt(found.reduce((sum, level, k) => sum + (level - wanted[k]) ** 2, 0) / CURVE);
}

function outOfSample({ matrices, calibration, partsFactors }: Model, unseen: readonly FoldMoments[]): number {
  const { residualVolBps: vol, kernel, factorModel } = calibration.estimate;
  let [left, whole] = [0, 0];
  for (const fold of unseen) {
    const moments = partsFactors
      ? removeFactors(fold, partsFactors)
      : regressionMoments(removeFactors(mergeBases(fold, kernel.weights), factorModel));
    const response = partsFactors ? stacked(matrices) : sumOfParts(matrices);
    const nothing = { ...response, data: new Float64Array(response.data.length) };
    squaredErrors(moments, response).forEach((error, i) => {
      left += error / vol[i] ** 2;
    });
    squaredErrors(moments, nothing).forEach((error, i) => {
      whole += error / vol[i] ** 2;
    });
  }
  return 1 - left / whole;
}

/** Baskets of half the names at random sizes. */
function randomBaskets(n: number, seed: number): Float64Array[] {
  const random = randomStream(seed);
  return Array.from({ length: BASKETS }, () =>
    Float64Array.from({ length: n }, () => (random.uniform() < 0.5 ? random.normal() : 0)),
  );
}

function basketError({ matrices }: Model, truth: Truth, decay: Float64Array, seed: number): number {
  const n = truth.K.rows;
  let [square, total] = [0, 0];
  for (const q of randomBaskets(n, seed)) {
    const wanted = workedCost(truth.parts, TRUE_DECAY, q);
    square += (workedCost(matrices, decay, q) - wanted) ** 2 / BASKETS;
    total += wanted / BASKETS;
  }
  return Math.sqrt(square) / total;
}

/** `Σ_t u_t'[½G(0)u_t + Σ_{s<t} G(t−s)u_s]` for u = q/T in each of T buckets. */
function workedCost(parts: readonly DenseMatrix[], decay: Float64Array, q: Float64Array): number {
  return parts.reduce((cost, part, p) => {
    let weight = HORIZON / 2;
    for (let k = 1; k < HORIZON; k++) weight += (HORIZON - k) * decay[p] ** k;
    return cost + (weight / HORIZON ** 2) * 2 * basketCostBps(part, q);
  }, 0);
}

/** How many 90 % intervals hold the truth, of how many: of every K_ij, and of the cost at once of random baskets. */
export interface Coverage {
  readonly entries: readonly [number, number];
  readonly baskets: readonly [number, number];
}

export function coverage({ calibration }: Model, truth: Truth, seed: number): Coverage {
  const n = truth.K.rows;
  const { rawK } = calibration.estimate;
  const holds = (of: (K: DenseMatrix) => number, wanted: number) => {
    const { low, high } = jackknifeInterval(mapSample(rawK, of));
    return low! <= wanted && wanted <= high! ? 1 : 0;
  };
  let [entries, baskets] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const k = i * n + j;
      entries += holds((K) => K.data[k], truth.K.data[k]);
    }
  }
  for (const q of randomBaskets(n, seed)) {
    const cost = (K: DenseMatrix) => basketCostBps(K, q);
    baskets += holds(cost, cost(truth.K));
  }
  return { entries: [entries, (n * (n + 1)) / 2], baskets: [baskets, BASKETS] };
}

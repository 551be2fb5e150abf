import { LuDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import type { FoldMoments } from '../../src/model/moments.js';
import { addMoments, emptyMoments } from '../../src/model/moments.js';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { toMlMatrix } from '../../src/numerics/symmetricEigen.js';
import { constrain } from '../../src/stages/constrain/constrain.js';
import { structuralLoadings } from '../../src/stages/defactor/controls.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import { unconstrained } from '../../src/stages/fit/calibration.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { largestDifference, permuted } from '../support/matrices.js';
import { type BucketCase, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1 / 5), Math.exp(-1 / 100), 1);
const weights = Float64Array.of(0.5, 0.2, 0.3);
const K = fromRows([
  [2, 0.6, 0.2, 0.1],
  [0.6, 1, 0.15, 0.05],
  [0.2, 0.15, 3, 1],
  [0.1, 0.05, 1, 1.5],
]);
const blocks = ['a', 'a', 'b', 'b'];

const params = defaultCalibration(blocks);

function folds(options: Partial<BucketCase> = {}, days = 6, change = (day: DayBuckets) => day): FoldMoments[] {
  const shape = { names: 4, K, decay, weights, density: 0.3, noise: 1, ...options };
  return Array.from({ length: days }, (_, d) =>
    accumulateDay(change(simulatedBuckets({ ...shape, seed: (options.seed ?? 11) + d })), {
      decay,
      transform: LINEAR_FLOW,
      foldBuckets: 'day',
    }),
  ).flat();
}

describe('calibrate', () => {
  it('recovers K and the kernel exactly when there is no noise', () => {
    const fit = calibrate(folds({ noise: 1e-9 }), params);
    expect(largestDifference(fit.estimate.rawK.whole, K)).toBeLessThan(1e-6);
    weights.forEach((a, p) => {
      expect(fit.estimate.kernel.weights[p]).toBeCloseTo(a, 6);
    });
  });

  it('is the closed form of the weighted symmetric regression for one time constant', () => {
    const one = { decay: Float64Array.of(1), weights: Float64Array.of(1) };
    const days = [1, 2].map((seed) => simulatedBuckets({ names: 4, K, ...one, density: 0.5, noise: 2, seed }));
    const fit = calibrate(
      days.flatMap((day) => accumulateDay(day, { decay: one.decay, transform: LINEAR_FLOW, foldBuckets: 'day' })),
      { ...params, weights: 'diagonal' },
    );
    expect(fit.estimate.kernel.weights).toEqual(one.weights);
    expect(largestDifference(fit.estimate.rawK.whole, bruteForce(days))).toBeLessThan(1e-9);
  });

  it('recovers them with factors that flow follows, and the loadings', () => {
    const fit = calibrate(folds({ noise: 1e-9, factors: 2, contamination: 0.8 }), params);
    expect(largestDifference(fit.estimate.rawK.whole, K)).toBeLessThan(1e-6);
    const loadings = structuralLoadings(fit.estimate.factorModel.controls, fit.estimate.rawK.whole);
    for (let i = 0; i < 4; i++)
      for (let f = 0; f < 2; f++) expect(loadings.data[3 * i + 1 + f]).toBeCloseTo(1 + 0.1 * i + f, 5);
  });

  it('is biased by residualising returns alone, as MODEL §4 says', () => {
    const contaminated = folds({ noise: 0.5, factors: 1, contamination: 1.5, density: 1 });
    const both = calibrate(contaminated, params);
    const returns = calibrate(contaminated, { ...params, defactor: { ...params.defactor, residualize: 'returns' } });
    expect(largestDifference(both.estimate.rawK.whole, K)).toBeLessThan(0.05);
    expect(largestDifference(returns.estimate.rawK.whole, K)).toBeGreaterThan(0.3);
  });

  it('permutes with the names', () => {
    const order = [2, 0, 3, 1];
    const straight = calibrate(folds(), params);
    const moved = calibrate(
      folds().map((fold) => permuteFold(fold, order)),
      {
        ...params,
        defactor: { ...params.defactor, blocks: order.map((i) => blocks[i]) },
      },
    );
    expect(largestDifference(moved.K, permuted(straight.K, order))).toBeLessThan(1e-7);
  });

  it('rescales with the currency: flow in thousands makes K a thousandth', () => {
    const straight = calibrate(folds(), params);
    const rescaled = calibrate(
      folds().map((fold) => scaleFlow(fold, 1000)),
      params,
    );
    expect(
      largestDifference(
        mapEntries(rescaled.K, (k) => 1000 * k),
        straight.K,
      ),
    ).toBeLessThan(1e-7);
  });

  it('shrinks links that are not there to zero', () => {
    const none = mapEntries(K, (value, i, j) => (i === j ? value : 0));
    const norms = [100, 200, 300, 400, 500, 600, 700, 800].map((seed) => {
      const fit = calibrate(folds({ K: none, noise: 3, seed }), params);
      return [offDiagonalNorm(fit.K), offDiagonalNorm(fit.estimate.rawK.whole)];
    });
    const [shrunk, raw] = [0, 1].map((k) => norms.reduce((sum, pair) => sum + pair[k] ** 2, 0));
    expect(shrunk).toBeLessThan(raw / 2);
  });

  it('does not turn a well-measured absence of a link into its block’s mean', () => {
    const hole = mapEntries(K, (value, i, j) => (i + j === 1 ? 0 : value));
    const fit = calibrate(folds({ K: hole, noise: 0.3 }), {
      ...params,
      defactor: { ...params.defactor, blocks: ['a', 'a', 'a', 'a'] },
    });
    expect(Math.abs(fit.K.data[1])).toBeLessThan(0.02);
  });

  it('takes missing moves as missing, not as zero', () => {
    const fit = calibrate(folds({ noise: 0.2, missingShare: 0.3 }), params);
    expect(largestDifference(fit.estimate.rawK.whole, K)).toBeLessThan(0.15);
  });

  it('does not overstate the impact of a name that is absent, or quiet, while its move is missing', () => {
    const missing = (drop: (day: DayBuckets, t: number) => boolean) => (day: DayBuckets) => {
      const traded = new Set(Array.from(day.flow.bucket, (t, k) => (day.flow.name[k] === 0 ? t : -1)));
      for (let t = 0; t < day.grid.buckets; t++) if (!traded.has(t) && drop(day, t)) day.market.moveBps[t] = Number.NaN;
      return day;
    };
    const quiet = calibrate(
      folds(
        { noise: 0.3, density: 0.4 },
        6,
        missing((_, t) => t % 2 === 0),
      ),
      params,
    );
    expect(quiet.estimate.rawK.whole.data[0]).toBeGreaterThan(0.95 * K.data[0]);
    expect(quiet.estimate.rawK.whole.data[0]).toBeLessThan(1.05 * K.data[0]);
    const absent = (day: DayBuckets) => {
      for (let k = 0; k < day.flow.bucket.length; k++)
        if (day.flow.name[k] === 0 && day.flow.bucket[k] < 500) day.flow.signedNotional[k] = 0;
      for (let t = 0; t < 500; t++) day.market.moveBps[t] = Number.NaN;
      return day;
    };
    const half = calibrate(folds({ noise: 0.3 }, 6, absent), params);
    expect(half.estimate.rawK.whole.data[0]).toBeGreaterThan(0.9 * K.data[0]);
    expect(half.estimate.rawK.whole.data[0]).toBeLessThan(1.1 * K.data[0]);
  });

  it('keeps the links of names that do not trade', () => {
    const silence = (day: DayBuckets) => {
      for (let k = 0; k < day.flow.bucket.length; k++) if (day.flow.name[k] === 3) day.flow.signedNotional[k] = 0;
      return day;
    };
    const fit = calibrate(folds({ noise: 0.1 }, 6, silence), params);
    expect(fit.K.data[2 * 4 + 3]).toBeGreaterThan(0.8);
    expect(fit.K.data[3 * 4 + 3]).toBeGreaterThan(0.5);
    expect(fit.notes.join()).toMatch(/1 names had no flow/);
  });

  it('ends with a failed certificate, not with a crash, when every self impact comes out negative', () => {
    const fit = calibrate(folds({ K: mapEntries(K, (value) => -value) }), params);
    const { full } = constrain(
      { ...unconstrained(fit), decay, weights: fit.estimate.kernel.weights, concavity: 1 },
      { rho: 0.9, metric: 'frobenius', blocks },
    );
    expect(full.certificate.status).toBe('failed');
    expect(full.K.data.every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['two identical names', { K: mapEntries(K, (_, i, j) => K.data[Math.min(i, 1) * 4 + Math.min(j, 1)]) }],
    ['flow in one name only', { density: 0.01 }],
    ['more names than buckets', { sessionSeconds: [3] }],
    ['no flow at all', { density: 0 }],
  ] as [string, Partial<BucketCase>][])('stays finite for %s', (_, options) => {
    const fit = calibrate(folds(options, 2), params);
    for (const matrix of [fit.K, fit.estimate.rawK.whole, fit.estimate.standardErrors])
      expect(matrix.data.every(Number.isFinite)).toBe(true);
  });

  it('says so when there is a single fold', () => {
    expect(calibrate(folds({}, 1), params).notes.join()).toMatch(/one fold only/);
  });

  it('estimates self impact alone when asked for the diagonal', () => {
    const fit = calibrate(folds(), { ...params, estimator: 'diagonal' });
    expect(offDiagonalNorm(fit.K)).toBe(0);
    expect(fit.K.data[0]).toBeGreaterThan(1);
  });
});

describe('derived factors', () => {
  it('leave a name’s own move out: a common shock is removed and links survive', () => {
    const derived = { ...params, defactor: { ...params.defactor, derived: true } };
    const fit = calibrate(folds({ noise: 0.05 }), derived);
    expect(fit.estimate.rawK.whole.data.every(Number.isFinite)).toBe(true);
    expect(fit.estimate.factorModel.derived?.weights[0].data[0]).toBe(0);
  });
});

/** `W K S + S K W = W A + Aᵀ W` from demeaned moves and flow, solved entry by entry as one linear system. */
function bruteForce(days: readonly DayBuckets[]): DenseMatrix {
  const rows = days.flatMap((day) =>
    Array.from({ length: day.grid.buckets }, (_, t) => ({
      r: [0, 1, 2, 3].map((i) => day.market.moveBps[i * day.grid.buckets + t]),
      u: [0, 1, 2, 3].map((i) =>
        day.flow.signedNotional.reduce(
          (sum, v, k) => (day.flow.bucket[k] === t && day.flow.name[k] === i ? sum + v : sum),
          0,
        ),
      ),
    })),
  );
  const mean = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
  const product = (a: (row: (typeof rows)[number]) => number, b: (row: (typeof rows)[number]) => number) => {
    const [meanA, meanB] = [mean(a), mean(b)];
    return mean((row) => (a(row) - meanA) * (b(row) - meanB));
  };
  const square = [0, 1, 2, 3].map((i) =>
    [0, 1, 2, 3].map((j) =>
      product(
        (row) => row.u[i],
        (row) => row.u[j],
      ),
    ),
  );
  const cross = [0, 1, 2, 3].map((i) =>
    [0, 1, 2, 3].map((j) =>
      product(
        (row) => row.r[i],
        (row) => row.u[j],
      ),
    ),
  );
  const weight = [0, 1, 2, 3].map(
    (i) =>
      1 /
      product(
        (row) => row.r[i],
        (row) => row.r[i],
      ),
  );
  const system = mapEntries(zeros(16), (_, a, b) => {
    const [i, j, k, l] = [Math.floor(a / 4), a % 4, Math.floor(b / 4), b % 4];
    return (i === k ? weight[i] * square[l][j] : 0) + (j === l ? weight[j] * square[i][k] : 0);
  });
  const right = mapEntries(zeros(16, 1), (_, a) => {
    const [i, j] = [Math.floor(a / 4), a % 4];
    return weight[i] * cross[i][j] + weight[j] * cross[j][i];
  });
  const solution = new LuDecomposition(toMlMatrix(system)).solve(toMlMatrix(right));
  return mapEntries(zeros(4), (_, i, j) => solution.get(4 * i + j, 0));
}

function offDiagonalNorm(matrix: DenseMatrix): number {
  return Math.hypot(...matrix.data.filter((_, k) => k % (matrix.cols + 1) !== 0));
}

/** The fold with its names in another order. */
function permuteFold(fold: FoldMoments, order: readonly number[]): FoldMoments {
  const fixed = Array.from({ length: 1 + fold.factors }, (_, a) => a);
  const z = [
    ...fixed,
    ...Array.from({ length: fold.bases }, (_, p) => order.map((i) => fixed.length + p * fold.names + i)).flat(),
  ];
  const pick = (m: DenseMatrix, rows: readonly number[], cols: readonly number[]) =>
    fromRows(rows.map((i) => cols.map((j) => m.data[i * m.cols + j])));
  return {
    ...fold,
    observed: Float64Array.from(order, (i) => fold.observed[i]),
    zz: pick(fold.zz, z, z),
    zr: pick(fold.zr, z, order),
    rr: pick(fold.rr, order, order),
  };
}

function scaleFlow(fold: FoldMoments, factor: number): FoldMoments {
  const out = emptyMoments(fold.label, fold);
  addMoments(out, fold);
  const first = 1 + fold.factors;
  const scale = (k: number) => (k >= first ? factor : 1);
  return {
    ...out,
    zz: mapEntries(out.zz, (v, a, b) => v * scale(a) * scale(b)),
    zr: mapEntries(out.zr, (v, a) => v * scale(a)),
    flowSquare: out.flowSquare.map((v) => v * factor * factor),
    flowPower: out.flowPower.map((v) => v * factor * factor),
  };
}

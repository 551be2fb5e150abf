import { describe, expect, it } from 'vitest';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { fitFactors, removeFactors } from '../../src/stages/defactor/defactor.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { calibrate } from '../../src/stages/fit/calibrate.js';
import type { CalibrationParams } from '../../src/stages/fit/calibration.js';
import { clusterNames } from '../../src/stages/fit/clusters.js';
import { regressionMoments, residualVol } from '../../src/stages/fit/impactProblem.js';
import { penalisedSolver, pooledError } from '../../src/stages/fit/penalised.js';
import { defaultCalibration } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { largestDifference, permuted } from '../support/matrices.js';
import { type BucketCase, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1 / 5), 1);
const weights = Float64Array.of(0.6, 0.4);
const blocks = ['a', 'a', 'a', 'b', 'b', 'b'];
/** Links of .4 inside blocks, one of .2 between them, none else. */
const K = mapEntries(fromRows(blocks.map(() => blocks.map(() => 0))), (_, i, j) => {
  if (i === j) return 1 + 0.2 * i;
  if (blocks[i] === blocks[j]) return 0.4;
  return Math.min(i, j) === 0 && Math.max(i, j) === 3 ? 0.2 : 0;
});
const none = { zero: [], equal: [] };

function fitted(change: (params: CalibrationParams) => Partial<CalibrationParams>, options: Partial<BucketCase> = {}) {
  const params = defaultCalibration(blocks);
  const folds = [1, 2, 3, 4, 5, 6].flatMap((seed) =>
    accumulateDay(simulatedBuckets({ names: 6, seed, K, decay, weights, density: 0.4, noise: 1.5, ...options }), {
      decay,
      transform: LINEAR_FLOW,
      foldBuckets: 'day',
    }),
  );
  return calibrate(folds, { ...params, ...change(params) });
}

const linkError = (found: DenseMatrix) => Math.hypot(...found.data.map((v, k) => (k % 7 === 0 ? 0 : v - K.data[k])));
const penalty = (kind: 'ridge' | 'elastic_net', l1Ratio = 0.5) => ({ kind, l1Ratio, restrictions: none, turnover: 0 });

describe('penalties', () => {
  it('elastic net towards zero finds the links that are not there, and errs less than no penalty', () => {
    const found = fitted(() => ({
      target: 'none',
      penalty: penalty('elastic_net', 1),
      tail: { tMin: 0, signStability: 0, apply: 'always' },
    }));
    expect(linkError(found.K)).toBeLessThan(linkError(found.estimate.rawK.whole));
    const absent = found.K.data.filter((_, k) => K.data[k] === 0);
    expect(absent.filter((v) => v === 0).length).toBeGreaterThan(absent.length / 3);
    expect(found.shrinkage?.optimalityResidual).toBeLessThan(1e-8);
  });

  it('is the ridge when nothing of the penalty is an l1 norm', () => {
    const ridge = fitted(() => ({ lambda: 0.1, intensity: 0 }));
    const net = fitted(() => ({ lambda: 0.1, intensity: 0, penalty: penalty('elastic_net', 0) }));
    const links = (K: DenseMatrix) => mapEntries(K, (value, i, j) => (i === j ? 0 : value));
    expect(largestDifference(links(net.K), links(ridge.K))).toBeLessThan(1e-7);
    // Self impacts are drawn by jackknife errors, and replicates of the ridge hold the diagonal instead of freeing it.
    expect(largestDifference(net.K, ridge.K)).toBeLessThan(1e-4);
  });

  it('row-wise without penalty is the symmetric part of ordinary least squares, and less accurate than symmetric', () => {
    const free = { lambda: 0, intensity: 0, tail: { tMin: 0, signStability: 0, apply: 'always' } } as const;
    const rowwise = fitted(() => ({ estimator: 'rowwise', ...free }));
    const ols = fitted(() => ({ estimator: 'ols' })).K;
    const half = mapEntries(ols, (v, i, j) => (v + ols.data[j * 6 + i]) / 2);
    expect(largestDifference(rowwise.estimate.rawK.whole, half)).toBeLessThan(1e-7);
    const errors = [1, 2, 3, 4, 5].map((k) => {
      const noise = { noise: 1 + k };
      return [
        linkError(fitted(() => free, noise).estimate.rawK.whole),
        linkError(fitted(() => ({ estimator: 'rowwise', ...free }), noise).estimate.rawK.whole),
      ];
    });
    expect(errors.reduce((sum, [s]) => sum + s, 0)).toBeLessThan(errors.reduce((sum, [, r]) => sum + r, 0));
  });

  it('keeps links that are fixed to zero, and links that are tied equal, in bps per million', () => {
    const restrictions = {
      zero: [[1, 4]],
      equal: [
        [
          [0, 1],
          [3, 5],
        ],
      ],
    } as const;
    const { estimate, K: shrunk } = fitted(() => ({ penalty: { ...penalty('ridge'), restrictions } }));
    const rawK = estimate.rawK.whole;
    expect([rawK.data[6 + 4], shrunk.data[6 + 4], shrunk.data[24 + 1]]).toEqual([0, 0, 0]);
    expect(rawK.data[1]).toBeCloseTo(rawK.data[3 * 6 + 5], 10);
    expect(rawK.data[1]).toBeGreaterThan(0.3);
    expect(shrunk.data[1]).toBe(shrunk.data[3 * 6 + 5]);
  });

  it('turnover draws the links to the champion, wholly in the limit, and leaves pairs that it does not know', () => {
    const champion = mapEntries(K, (_, i, j) => (i === 2 || j === 2 ? Number.NaN : i === j ? 9 : 0.123));
    const drawn = (turnover: number) =>
      fitted(() => ({
        lambda: 0.01,
        intensity: 0,
        tail: { tMin: 0, signStability: 0, apply: 'always' },
        penalty: { ...penalty('ridge'), turnover, champion },
      })).K;
    const [free, some, wholly] = [0, 0.3, 1e7].map(drawn);
    const distance = (found: DenseMatrix) => Math.abs(found.data[1] - 0.123);
    expect(distance(some)).toBeLessThan(distance(free));
    expect(distance(wholly)).toBeLessThan(1e-4);
    expect(wholly.data[0]).toBeLessThan(3);
    expect(wholly.data[2]).toBeGreaterThan(0.2);
  });

  it('says which folds are empty, and that a name trades in one of them only', () => {
    const day = (seed: number) => simulatedBuckets({ names: 6, seed, K, decay, weights, density: 0.4, noise: 1.5 });
    const folds = [1, 2, 3, 4].flatMap((seed) => {
      const one = day(seed);
      if (seed === 2) one.market.moveBps.fill(Number.NaN);
      if (seed !== 3)
        one.flow.name.forEach((name, k) => {
          if (name === 5) one.flow.signedNotional[k] = 0;
        });
      return accumulateDay(one, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' }).map((fold) => ({
        ...fold,
        label: `day ${seed}`,
      }));
    });
    const { notes, K: found } = calibrate(folds, defaultCalibration(blocks));
    expect(notes.join()).toMatch(/1 of 4 folds have no usable bucket and take no part: day 2/);
    expect(notes.join()).toMatch(/1 names trade in one group of folds only \(day 3\)/);
    expect(found.data.every(Number.isFinite)).toBe(true);
  });

  it('says which block has one name only', () => {
    const alone = ['a', 'a', 'a', 'b', 'b', 'c'];
    const { notes } = fitted(({ defactor }) => ({ defactor: { ...defactor, blocks: alone } }));
    expect(notes.join()).toMatch(/one name only in c/);
  });
});

describe('clusters', () => {
  /** Residual moves that share half their variance inside the groups. */
  const products = (groups: readonly number[]) =>
    mapEntries(fromRows(groups.map(() => groups.map(() => 0))), (_, i, j) =>
      i === j ? 2 + i : groups[i] === groups[j] ? 0.5 * Math.sqrt((2 + i) * (2 + j)) : 0.01,
    );

  it('finds the groups whose moves go together, whatever the scale of each name', () => {
    expect(clusterNames(products([0, 0, 1, 1, 0, 1]))).toEqual([1, 1, 2, 2, 1, 2].map((c) => `cluster ${c}`));
  });

  it('permutes with the names', () => {
    const order = [5, 3, 1, 0, 2, 4];
    const labels = clusterNames(permuted(products([0, 0, 1, 1, 2, 2]), order));
    expect(labels[0]).toBe(labels[5]);
    expect(labels[1]).toBe(labels[4]);
    expect(labels[2]).toBe(labels[3]);
    expect(new Set(labels).size).toBe(3);
  });

  it('makes one cluster of moves that have nothing in common, of few names, and of a name that does not move', () => {
    expect(new Set(clusterNames(products([0, 1, 2, 3, 4, 5]))).size).toBe(1);
    expect(clusterNames(products([0, 0, 1]))).toEqual(['cluster 1', 'cluster 1', 'cluster 1']);
    const still = mapEntries(products([0, 0, 1, 1, 1]), (v, i, j) => (i === 4 || j === 4 ? 0 : v));
    expect(clusterNames(still).length).toBe(5);
  });

  it('serves as the target of shrinkage where the universe has one block', () => {
    const found = fitted(({ defactor }) => ({
      target: 'clusters',
      defactor: { ...defactor, blocks: blocks.map(() => 'all') },
    }));
    expect(found.shrinkage?.clusters?.length).toBe(6);
    expect(found.notes.join()).toMatch(/shrunk towards/);
  });
});

describe('held-out errors', () => {
  it('scored in the eigenvectors are those of the estimates themselves, with moves missing or not', () => {
    for (const missingShare of [0, 0.1]) {
      const one = Float64Array.of(1);
      const days = [1, 2].map((seed) =>
        accumulateDay(
          simulatedBuckets({ names: 8, decay: one, weights: one, density: 0.5, noise: 2, seed, missingShare }),
          {
            decay: one,
            transform: LINEAR_FLOW,
            foldBuckets: 'day',
          },
        ),
      );
      const [train, test] = days.map(([fold]) => {
        const model = fitFactors(fold, { residualize: 'both', ridge: 0, derived: false, blocks: [] });
        return regressionMoments(removeFactors(fold, model));
      });
      const vol = residualVol(train);
      const { penalty } = defaultCalibration([]);
      const solver = penalisedSolver(train, vol, { ...penalty, symmetric: true });
      const target = mapEntries(zeros(8), (_, i, j) => (i === j ? 1 : 0.2));
      const lambdas = [0, 0.03, 1, 10];
      const direct = solver.path(lambdas, target).map((K) => pooledError(test, K, vol));
      solver.errors(lambdas, target, test).forEach((error, k) => {
        expect(Math.abs(error / direct[k] - 1)).toBeLessThan(1e-11);
      });
    }
  });
});

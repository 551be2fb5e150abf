import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { type FoldMoments, sumMoments } from '../../src/model/moments.js';
import { type DenseMatrix, mapEntries, multiply, submatrix, transpose, zeros } from '../../src/numerics/dense.js';
import { gramInverse } from '../../src/numerics/leastSquares.js';
import {
  applyControls,
  type ControlParams,
  controlCoefficients,
  structuralLoadings,
} from '../../src/stages/defactor/controls.js';
import { dropFactors } from '../../src/stages/defactor/dropFactors.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { largestDifference, randomGram, seeds } from '../support/matrices.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const OLS: ControlParams = { residualize: 'both', ridge: 0 };
const RETURNS: ControlParams = { residualize: 'returns', ridge: 0 };
const momentsOf = (day: DayBuckets): FoldMoments =>
  sumMoments(
    accumulateDay(day, { decay: Float64Array.of(Math.exp(-1 / 20)), transform: LINEAR_FLOW, foldBuckets: 'day' }),
  );
const [NAMES, FACTORS] = [3, 2];
const range = (length: number, from = 0) => Array.from({ length }, (_, k) => from + k);

/** A day whose flow follows its factors, so that the factors confound the impact. */
const confounded = (seed: number, more: { noise?: number; missingShare?: number; K?: DenseMatrix } = {}) =>
  simulatedBuckets({
    names: NAMES,
    factors: FACTORS,
    contamination: 1.5,
    density: 0.5,
    noise: 0.5,
    K: randomGram(NAMES, seed),
    decay: Float64Array.of(Math.exp(-1 / 20)),
    seed,
    ...more,
  });

/** Loadings that `simulatedBuckets` gives its names, behind an intercept of zero. */
const trueLoadings = mapEntries(zeros(NAMES, 1 + FACTORS), (_, i, a) => (a === 0 ? 0 : 1 + 0.1 * i + (a - 1)));

/** Second stage: `Σ e vᵀ (Σ v vᵀ)⁻¹`. */
function impactOf(moments: FoldMoments, params: ControlParams): DenseMatrix {
  const { cross, gram } = applyControls(moments, controlCoefficients(moments, params));
  return multiply(cross, gramInverse(gram).inverse);
}

describe('what is left of moves', () => {
  it('is orthogonal to the factors and has mean zero, over the buckets in which each move is present', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(0, 0.2), (seed, missingShare) => {
        const day = confounded(seed, { missingShare });
        const { moves } = controlCoefficients(momentsOf(day), OLS);
        for (let i = 0; i < NAMES; i++)
          for (const product of residualProducts(day, moves, i)) expect(Math.abs(product)).toBeLessThan(1e-8);
      }),
      { numRuns: 20 },
    );
  });

  it('has the square that its buckets add up to', () => {
    const day = confounded(5);
    const moments = momentsOf(day);
    const controls = controlCoefficients(moments, OLS);
    const { moveSquare } = applyControls(moments, controls);
    for (let i = 0; i < NAMES; i++) {
      const square = residuals(day, controls.moves, i).reduce((sum, { e }) => sum + e * e, 0);
      expect(moveSquare[i] / square).toBeCloseTo(1, 9);
    }
  });
});

describe('loadings', () => {
  it('are recovered exactly from moves that are factors and nothing else', () => {
    const day = confounded(11, { noise: 0, K: zeros(NAMES) });
    expect(largestDifference(controlCoefficients(momentsOf(day), OLS).moves, trueLoadings)).toBeLessThan(1e-9);
  });

  it('are recovered exactly once what reaches the move through flow is taken back', () => {
    const moments = momentsOf(confounded(12, { noise: 0 }));
    const controls = controlCoefficients(moments, OLS);
    const K = impactOf(moments, OLS);
    expect(largestDifference(controls.moves, trueLoadings)).toBeGreaterThan(0.05);
    expect(largestDifference(structuralLoadings(controls, K), trueLoadings)).toBeLessThan(1e-8);
  });

  it('go to zero as the ridge grows', () => {
    const moments = momentsOf(confounded(13));
    const sizes = [0, 1, 1e3, 1e9].map((ridge) => {
      const { moves } = controlCoefficients(moments, { residualize: 'both', ridge });
      return Math.hypot(...submatrix(moves, range(NAMES), range(FACTORS, 1)).data);
    });
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    expect(sizes.at(-1)).toBeLessThan(1e-6);
  });

  it('count the directions that the data determine', () => {
    const day = confounded(14);
    const doubled = day.factors.moveBps.map((_, k, all) => all[k - (k % FACTORS)]);
    expect(controlCoefficients(momentsOf(day), OLS).rank).toBe(1 + FACTORS);
    const collinear = { ...day, factors: { ...day.factors, moveBps: doubled } };
    expect(controlCoefficients(momentsOf(collinear), OLS).rank).toBe(FACTORS);
  });
});

describe('Frisch–Waugh–Lovell', () => {
  it('gives the impact of one regression on factors and flow together', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const moments = momentsOf(confounded(seed));
        expect(largestDifference(impactOf(moments, OLS), jointImpact(moments))).toBeLessThan(1e-8);
      }),
      { numRuns: 20 },
    );
  });

  it('needs the flow residualised and not the moves', () => {
    const moments = momentsOf(confounded(21));
    const controls = controlCoefficients(moments, OLS);
    const untouched = { ...controls, moves: zeros(NAMES, 1 + FACTORS) };
    const [both, flowAlone] = [controls, untouched].map((given) => applyControls(moments, given).cross);
    expect(largestDifference(both, flowAlone)).toBeLessThan(1e-8 * Math.hypot(...both.data));
  });

  it('is what residualising returns alone gives up when flow follows the factors', () => {
    const truth = randomGram(NAMES, 22);
    const moments = momentsOf(confounded(22, { noise: 0, K: truth }));
    expect(largestDifference(impactOf(moments, OLS), truth)).toBeLessThan(1e-8);
    expect(largestDifference(impactOf(moments, RETURNS), truth)).toBeGreaterThan(0.05);
  });
});

describe('dropFactors', () => {
  it('gives the moments of the same day without factors', () => {
    const day = confounded(31, { missingShare: 0.1 });
    const bare = { ...day, factors: { names: [], moveBps: new Float64Array(0) } };
    expect(dropFactors(momentsOf(day))).toEqual(momentsOf(bare));
  });

  it('leaves a day without factors as it is', () => {
    const bare = momentsOf(simulatedBuckets({ names: NAMES, seed: 32 }));
    expect(dropFactors(bare)).toBe(bare);
  });
});

/** Residual move and controls of a name, bucket by bucket; without buckets in which most moves are missing. */
function residuals({ grid, market, factors }: DayBuckets, moves: DenseMatrix, name: number) {
  const moveOf = (i: number, t: number) => market.moveBps[i * grid.buckets + t];
  const present = (t: number) => range(NAMES).filter((i) => !Number.isNaN(moveOf(i, t)));
  return range(grid.buckets)
    .filter((t) => present(t).includes(name) && present(t).length >= NAMES / 2)
    .map((t) => {
      const x = [1, ...factors.moveBps.subarray(t * FACTORS, (t + 1) * FACTORS)];
      const explained = x.reduce((sum, value, a) => sum + moves.data[name * moves.cols + a] * value, 0);
      return { x, e: moveOf(name, t) - explained };
    });
}

function residualProducts(day: DayBuckets, moves: DenseMatrix, i: number): number[] {
  const rows = residuals(day, moves, i);
  return range(1 + FACTORS).map((a) => rows.reduce((sum, { x, e }) => sum + x[a] * e, 0));
}

/** The flow's coefficients in the regression of moves on `[1, x, v]`. */
function jointImpact({ zz, zr }: FoldMoments): DenseMatrix {
  const all = transpose(multiply(gramInverse(zz).inverse, zr));
  return submatrix(all, range(NAMES), range(NAMES, 1 + FACTORS));
}

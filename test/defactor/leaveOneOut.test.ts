import { describe, expect, it } from 'vitest';
import { sumMoments } from '../../src/model/moments.js';
import { type DenseMatrix, multiply, transpose } from '../../src/numerics/dense.js';
import { applyControls } from '../../src/stages/defactor/controls.js';
import { fitFactors, removeFactors } from '../../src/stages/defactor/defactor.js';
import { derivedCoefficients } from '../../src/stages/defactor/leaveOneOut.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const blocks = ['A', 'A', 'A', 'B', 'B', 'B', 'C'];
const shape = { decay: Float64Array.of(1), transform: LINEAR_FLOW, foldBuckets: 'day' as const };

/** Moves share one factor that the files do not tell. */
const day = simulatedBuckets({ names: blocks.length, factors: 1, seed: 3, noise: 0.3 });
const hidden = sumMoments(accumulateDay({ ...day, factors: { names: [], moveBps: new Float64Array(0) } }, shape));
const params = { residualize: 'both', ridge: 0, derived: true, blocks } as const;

describe('factors derived from the names', () => {
  const { controls, derived } = fitFactors(hidden, params);
  const before = applyControls(hidden, controls);
  const after = removeFactors(hidden, { controls, ...(derived ? { derived } : {}) });

  it('never hold the move of the row they are taken from, and are means of the others', () => {
    derived!.weights.forEach((weights, i) => {
      for (let a = 0; a < weights.rows; a++) {
        const own = weights.data.subarray(a * weights.cols, (a + 1) * weights.cols);
        expect(own[i]).toBe(0);
        expect(own.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
      }
    });
  });

  it('are the market, and the block where it has two other names', () => {
    expect(derived!.weights.map(({ rows }) => rows)).toEqual([2, 2, 2, 2, 2, 2, 1]);
    const oneBlock = derivedCoefficients(
      before,
      blocks.map(() => 'A'),
      true,
    );
    expect(oneBlock.weights.map(({ rows }) => rows)).toEqual(blocks.map(() => 1));
  });

  it('leave what a regression on them leaves: orthogonal to each', () => {
    derived!.weights.forEach((weights, i) => {
      const withMove = multiply(weights, column(before.moveProducts, i));
      const square = multiply(multiply(weights, before.moveProducts), transpose(weights));
      const fitted = multiply(square, { rows: weights.rows, cols: 1, data: derived!.moves[i] });
      fitted.data.forEach((value, a) => {
        expect(value / withMove.data[a]).toBeCloseTo(1, 9);
      });
    });
  });

  it('explain nearly all that a hidden factor did', () => {
    after.moveSquare.forEach((square, i) => {
      expect(square / hidden.buckets).toBeLessThan(2 * 0.3 ** 2);
      expect(before.moveSquare[i] / hidden.buckets).toBeGreaterThan(10 * 0.3 ** 2);
    });
  });
});

const column = (m: DenseMatrix, j: number): DenseMatrix => ({
  rows: m.rows,
  cols: 1,
  data: Float64Array.from({ length: m.rows }, (_, i) => m.data[i * m.cols + j]),
});

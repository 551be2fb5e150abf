import { describe, expect, it } from 'vitest';
import { mergeColumns } from '../../src/model/bases.js';
import { fromRows, largestMagnitude } from '../../src/numerics/dense.js';
import { applyControls, applyControlsAgainstMerged, controlCoefficients } from '../../src/stages/defactor/controls.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const K = fromRows([
  [4, 1, 0.5],
  [1, 2, 0],
  [0.5, 0, 3],
]);
const decay = Float64Array.of(0, Math.exp(-1 / 10), 1);
const weights = Float64Array.of(0.5, 0, 0.5);

const momentsOf = (seed: number, missingShare: number) => {
  const day = simulatedBuckets({
    names: 3,
    seed,
    K,
    noise: 1,
    density: 0.3,
    factors: 2,
    contamination: 0.5,
    missingShare,
  });
  haltName(day, 1, 50, 90);
  return accumulateDay(day, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' })[0];
};

describe('flow against merged flow', () => {
  it.each([
    ['every move', 0, 'both'],
    ['moves missing', 0.1, 'both'],
    ['flow as it is', 0.1, 'returns'],
  ] as const)('is what all products give once they are merged: %s', (_, missingShare, residualize) => {
    const [taught, seen] = [momentsOf(1, missingShare), momentsOf(2, missingShare)];
    const plain = controlCoefficients(taught, { residualize, ridge: 0 });
    // Flow in units of another size, as concave flow has it.
    const coefficients = { ...plain, flowScale: Float64Array.of(1, 2, 0.5) };
    const whole = applyControls(seen, coefficients);
    const { gram, cross } = applyControlsAgainstMerged(seen, coefficients, weights);
    const expected = mergeColumns(whole.gram, 3, weights);
    expect([gram.rows, gram.cols]).toEqual([9, 3]);
    const size = largestMagnitude(expected.data);
    gram.data.forEach((value, k) => {
      expect(Math.abs(value - expected.data[k])).toBeLessThan(1e-12 * size);
    });
    expect(cross).toEqual(whole.cross);
  });
});

import fc from 'fast-check';
import { seeds, sizes } from '../../support/matrices.js';

/** Problems with penalties of no, little and much weight. */
export const cases = fc.record({
  n: sizes(10),
  seed: seeds,
  ridge: fc.constantFrom(0, 0.05, 1),
  lasso: fc.constantFrom(0, 0.02, 0.3, 5),
  tied: fc.boolean(),
});

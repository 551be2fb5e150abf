import { type Check, check, smallest } from './check.js';
import type { ConcaveTerms } from './concave.js';

/** A decay below one: concave terms sit on finite time constants (MODEL §2a). */
const LARGEST_DECAY = 1 - Number.EPSILON / 2;

/**
 * The premises of MODEL §2a about concave terms, without any tolerance: weights and decays that are not negative, a decay that
 * ends, a power in (0, 1], and a finite slope at zero.
 */
export function concaveChecks({ power, decay, scales, own, modes }: ConcaveTerms): Check[] {
  const weights = [own.data, ...modes.map((mode) => mode.weights)].map(smallest);
  const bends = [smallest(scales), ...modes.map(({ scale }) => scale)];
  const slowest = decay.reduce((most, d) => Math.max(most, d), 0);
  return [
    check('concave_min_weight', Math.min(...weights), 0, 'atLeast', 0),
    check('concave_min_decay', smallest(decay), 0, 'atLeast', 0),
    check('concave_max_decay', slowest, LARGEST_DECAY, 'atMost', 0),
    check('concave_min_power', power, Number.MIN_VALUE, 'atLeast', 0),
    check('concave_max_power', power, 1, 'atMost', 0),
    check('concave_min_scale', Math.min(...bends), Number.MIN_VALUE, 'atLeast', 0),
  ];
}

/** Whether there is a function to take secants of. */
export const isShaped = ({ power, scales, modes }: ConcaveTerms): boolean =>
  power > 0 && scales.every((scale) => scale > 0) && modes.every(({ scale }) => scale > 0);

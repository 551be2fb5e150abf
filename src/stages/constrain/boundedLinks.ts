import { concaveSecant } from '../../model/concaveShape.js';
import { toNormalised } from '../../model/normalise.js';
import { diagonalOf, mapEntries } from '../../numerics/dense.js';
import { hypot, squared } from '../../numerics/elementary/elementary.js';
import { type ConcaveFit, secantPart } from '../fit/concave/concaveFit.js';
import { largestLink } from './projectModel.js';

/**
 * Concave links no stronger than `rho` of what is usual between their names (MODEL §5): modes all weaker by one share, and what
 * names lose of self impact by that joins their own terms, so that secants of self impact stay. Streams of one asset that move
 * as one would otherwise have links as large as their self impact.
 */
export function withBoundedLinks(fit: ConcaveFit, rho: number): ConcaveFit {
  const S = secantPart(fit);
  const strongest = largestLink(toNormalised(S, diagonalOf(S)));
  if (strongest <= rho) return fit;
  const kept = rho / strongest;
  const { terms } = fit;
  const { scales, typical, power } = terms;
  const ofModes = terms.modes.map(({ direction, scale, weights }) => ({
    direction,
    weights,
    slope: concaveSecant(hypot(...direction.map((q, i) => q * typical[i])), scale, power),
  }));
  const own = mapEntries(terms.own, (value, q, i) => {
    const lost = ofModes.reduce((sum, mode) => sum + mode.weights[q] * mode.slope * squared(mode.direction[i]), 0);
    return value + ((1 - kept) * lost) / concaveSecant(typical[i], scales[i], power);
  });
  const modes = terms.modes.map((mode) => ({ ...mode, weights: mode.weights.map((weight) => kept * weight) }));
  return { ...fit, terms: { ...terms, own, modes } };
}

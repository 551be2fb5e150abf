import { type DenseMatrix, mapEntries } from '../numerics/dense.js';
import { squared } from '../numerics/elementary/elementary.js';
import type { ConcaveMode, ConcaveTerms } from './concave.js';
import { depthFactor, type FlowTransform } from './flowTransform.js';
import type { Propagator } from './roundTrip.js';

/** γ, and the depth by name that K speaks of, millions; NaN where the flow of a name is not scaled. */
export type ReferenceDepth = Required<Pick<FlowTransform, 'liquidity' | 'depthMedian'>>;

/** N: `(D̄/D)^γ` for depths at the touch, millions, the mean of both sides; 1 where a depth is missing or zero. */
function factorsAt({ liquidity, depthMedian }: ReferenceDepth, depth: Float64Array): Float64Array {
  if (depth.length !== depthMedian.length)
    throw new RangeError(`${depth.length} depths for ${depthMedian.length} names: give one a name, NaN where unknown`);
  return depthMedian.map((usual, i) => depthFactor(usual, depth[i], liquidity));
}

/**
 * A schedule in millions at reference depth (MODEL §2a): what moves prices, so that K times its filtered flow is a move. What
 * is paid is that move times the millions that trade, not times these: costs are those of {@link propagatorAt}.
 * @param schedule T×N, signed millions, one row a bucket
 * @param depth N, millions at the touch, held for the whole schedule; a missing one (NaN, zero) counts as the reference
 */
export function scaledSchedule(reference: ReferenceDepth, schedule: DenseMatrix, depth: Float64Array): DenseMatrix {
  if (schedule.cols !== reference.depthMedian.length)
    throw new RangeError(`the schedule has ${schedule.cols} columns for ${reference.depthMedian.length} names`);
  const factor = factorsAt(reference, depth);
  return mapEntries(schedule, (millions, _, i) => millions * factor[i]);
}

/**
 * The kernel per million that trades while the book stays as deep as it is: `K_ij (D̄_j/D_j)^γ`. It is symmetric, and covered
 * by the certificate of K, where the depths of all names stand in one ratio to their references; elsewhere links lead more one
 * way than the other, and a round trip over names of which one is thin and another deep may be paid.
 *
 * Concave terms (§2a) stay potentials at any depths, of `g h_s(f x) = g f h_{s/f}(x)` with `f = (D̄/D)^γ`. Own terms are exact.
 * A mode is where its names have one factor; where they differ, small trades of each have the self impact that is theirs,
 * links take the geometric mean of two factors, and the mode bends where its mean factor, weighed by squared loadings, has it.
 */
export function propagatorAt(reference: ReferenceDepth, propagator: Propagator, depth: Float64Array): Propagator {
  const factor = factorsAt(reference, depth);
  const { concave } = propagator;
  return {
    ...propagator,
    matrices: propagator.matrices.map((matrix) => mapEntries(matrix, (k, _, j) => k * factor[j])),
    ...(concave ? { concave: concaveAt(concave, factor) } : {}),
  };
}

function concaveAt(terms: ConcaveTerms, factor: Float64Array): ConcaveTerms {
  return {
    ...terms,
    scales: terms.scales.map((scale, i) => scale / factor[i]),
    own: mapEntries(terms.own, (g, _, i) => g * factor[i]),
    typical: terms.typical.map((size, i) => size / factor[i]),
    modes: terms.modes.map((mode) => modeAt(mode, factor)),
  };
}

/** `λ q h_s(f qᵀJ) = λ q√f · h_{s/√f}(√f qᵀJ)`. */
function modeAt(mode: ConcaveMode, factor: Float64Array): ConcaveMode {
  let [square, weighed] = [0, 0];
  mode.direction.forEach((loading, i) => {
    square += squared(loading);
    weighed += squared(loading) * factor[i];
  });
  return {
    ...mode,
    direction: mode.direction.map((loading, i) => loading * Math.sqrt(factor[i])),
    scale: mode.scale / Math.sqrt(weighed / square),
  };
}

import { mapEntries, zeros } from '../numerics/dense.js';
import { pow } from '../numerics/elementary/elementary.js';
import type { ConcaveTerms } from './concave.js';
import { findWitness, inCurrency, type Propagator, scheduleCost, type Witness } from './roundTrip.js';

/** Slopes of h that directions are looked for at: of small trades, of some beyond the scale, of ones so large that only what is linear counts. */
const SLOPES = [1, 0.3, 0] as const;
/** Sizes of the largest trade, millions: a round trip that earns at none of them is no witness. Nearest to one first. */
const SIZES = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, 8, 9].map((exponent) => pow(10, exponent));

/**
 * Looks for a round trip that is paid under concave terms too (MODEL §2a): those of the linear propagators that have the slope
 * of h at one size, executed at many sizes. A negative weight shows in small trades, an indefinite linear matrix in trades so
 * large that what is concave does not count. `undefined` proves nothing, as with {@link findWitness}.
 */
export function findConcaveWitness(propagator: Propagator, spacings: readonly number[]): Witness | undefined {
  const { concave } = propagator;
  if (!concave) return findWitness(propagator, spacings);
  for (const slope of concave.power === 1 ? [1] : SLOPES) {
    const direction = findWitness(linearised(propagator, concave, slope), spacings);
    if (!direction) continue;
    for (const size of SIZES) {
      const witness = executed(propagator, direction, size);
      if (witness.gain > 0) return witness;
    }
  }
  return undefined;
}

/** With `slope` times every volume for its h: one matrix more for every time constant. */
export function linearised(
  { matrices, decay, weights, units }: Propagator,
  concave: ConcaveTerms,
  slope: number,
): Propagator {
  const { own, modes } = concave;
  const linear = [...decay.keys()].map((p) => matrices[Math.min(p, matrices.length - 1)]);
  const bent = [...concave.decay.keys()].map((q) =>
    mapEntries(zeros(own.cols), (_, i, j) =>
      modes.reduce(
        (sum, { direction, weights: lambda }) => sum + slope * lambda[q] * direction[i] * direction[j],
        i === j ? slope * own.data[q * own.cols + i] : 0,
      ),
    ),
  );
  return {
    matrices: [...linear, ...bent],
    decay: Float64Array.of(...decay, ...concave.decay),
    weights: Float64Array.of(...weights, ...bent.map(() => 1)),
    ...(units ? { units } : {}),
  };
}

/** The same trades times a factor, which end as flat as they do. */
function executed(propagator: Propagator, { names, ...direction }: Witness, size: number): Witness {
  const held = names.map(() => 0);
  const trades = direction.trades.map(({ bucket, millions }, t) => ({
    bucket,
    millions: millions.map((volume, k) => {
      const trade = t === direction.trades.length - 1 ? -held[k] : size * volume;
      held[k] += trade;
      return trade;
    }),
  }));
  const turnover = trades.reduce((sum, { millions }) => sum + millions.reduce((gross, v) => gross + Math.abs(v), 0), 0);
  const gained = -scheduleCost(propagator, names, trades);
  return { names, trades, turnover, gainBps: gained / turnover, gain: inCurrency(gained, propagator) };
}

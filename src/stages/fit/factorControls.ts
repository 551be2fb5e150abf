import type { DayMoves } from '../../model/buckets.js';
import { exp } from '../../numerics/elementary/elementary.js';

/** Factor moves and what has faded of them, as controls of own flow. */
export interface FactorControls {
  readonly width: number;
  /** Buckets × width, NaN where a factor has no move. */
  readonly values: Float64Array;
}

/** Lags of the faded factors, in buckets: the bucket before, and three to a decade up to a thousand. */
const LAGS = [0, 1, 3, 10, 30, 100, 300, 1000];
/** Faded columns altogether; with many factors each has fewer lags. */
const MOST_COLUMNS = 24;
const FEWEST_LAGS = 2;

/**
 * Flow that follows a factor moves every name through its links, and what it moved fades when the factor has long gone: with
 * hundreds of names that is many times what a name's own flow does, and it is no noise of one bucket. A factor that is given
 * controls for it, through exponentials of its past moves; they span the fading of any kernel well.
 */
export function factorControls({ grid, factors }: Pick<DayMoves, 'grid' | 'factors'>): FactorControls {
  const count = factors.names.length;
  const decays = lagsFor(count).map((lag) => (lag === 0 ? 0 : exp(-1 / lag)));
  const width = count * (1 + decays.length);
  const values = new Float64Array(grid.buckets * width);
  for (const { firstBucket, buckets } of grid.sessions)
    for (let f = 0; f < count; f++) {
      const state = new Float64Array(decays.length);
      for (let t = firstBucket; t < firstBucket + buckets; t++) {
        const move = factors.moveBps[t * count + f];
        const at = t * width + f * (1 + decays.length);
        values[at] = move;
        for (let k = 0; k < decays.length; k++) {
          values[at + 1 + k] = (1 - decays[k]) * state[k];
          state[k] = decays[k] * state[k] + (Number.isNaN(move) ? 0 : move);
        }
      }
    }
  return { width, values };
}

function lagsFor(factors: number): readonly number[] {
  if (factors === 0) return [];
  const count = Math.min(LAGS.length, Math.max(FEWEST_LAGS, Math.floor(MOST_COLUMNS / factors)));
  return Array.from({ length: count }, (_, k) => LAGS[Math.round((k * (LAGS.length - 1)) / Math.max(1, count - 1))]);
}

import type { Interval } from '../../model/interval.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { intervalOf } from './leftOut.js';
import type { ReplayedBasket } from './replayBasket.js';

/** Self and cross cost that move together to more than this cannot be told apart. */
const COLLINEAR = 0.999;

/**
 * Realised shortfall on predicted cross cost, predicted self cost beside it, baskets weighted by the inverse variance of what
 * prices did meanwhile. Realised is what the model foretold and what residual moves added; 95 % by leaving out groups of days.
 */
export function crossSlope(
  baskets: readonly ReplayedBasket[],
  groups: readonly (readonly string[])[],
): Interval | undefined {
  const whole = slopeOf(baskets);
  const replicates = groups.map((days) => slopeOf(baskets.filter(({ date }) => !days.includes(date))));
  const known = replicates.filter((slope) => slope !== undefined);
  if (whole === undefined || known.length < replicates.length) return undefined;
  return intervalOf({ whole, replicates: known }, 0.95);
}

function slopeOf(baskets: readonly ReplayedBasket[]): number | undefined {
  let [xx, xz, zz, xy, zy] = [0, 0, 0, 0, 0];
  for (const { schedules, predicted } of baskets) {
    const { timing, deviation } = schedules.executed;
    if (timing === undefined || !(deviation > 0)) continue;
    const { self, cross } = predicted;
    const weight = 1 / squared(deviation);
    const realised = timing + self + cross;
    xx += weight * cross * cross;
    xz += weight * cross * self;
    zz += weight * self * self;
    xy += weight * cross * realised;
    zy += weight * self * realised;
  }
  if (!(xx > 0 && zz > 0) || xz * xz > COLLINEAR * xx * zz) return undefined;
  return (xy * zz - zy * xz) / (xx * zz - xz * xz);
}

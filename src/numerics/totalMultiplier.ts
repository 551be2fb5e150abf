/** A sum at a multiplier of its total: how fast it falls there, and of what size it is made. */
export interface PlacedSum {
  readonly sum: number;
  readonly slope: number;
  readonly size: number;
}

const MAX_STEPS = 400;
/** Turns in which a bracket may fail to halve before it is halved. */
const PATIENCE = 3;

/**
 * The multiplier ν at which a sum that falls along a broken line is `total`: Newton's method kept inside a bracket, which ends on the
 * right piece, where it is exact.
 * @param place leaves what it summed where its caller finds it: the last call is at the answer
 * @param accuracy relative to what is summed
 */
export function totalMultiplier(
  place: (multiplier: number) => PlacedSum,
  total: number,
  guess: number,
  accuracy: number,
): number {
  let [below, above] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [stride, width, idle] = [0, Number.POSITIVE_INFINITY, 0];
  let multiplier = guess;
  for (let step = 0; step < MAX_STEPS; step++) {
    const { sum, slope, size } = place(multiplier);
    const excess = sum - total;
    if (Math.abs(excess) <= accuracy * (size + Math.abs(total))) break;
    if (excess > 0) below = multiplier;
    else above = multiplier;
    idle = above - below < 0.5 * width ? 0 : idle + 1;
    if (idle === 0) width = above - below;
    const newton = slope > 0 ? multiplier + excess / slope : Number.NaN;
    let next = newton > below && newton < above && idle < PATIENCE ? newton : (below + above) / 2;
    if (!Number.isFinite(next)) {
      // Where nothing moves, or less than the slope says, the step doubles until something does.
      stride =
        slope > 0 ? Math.max(2 * stride, Math.abs(excess / slope)) : 2 * stride || Math.max(1, Math.abs(multiplier));
      next = excess > 0 ? multiplier + stride : multiplier - stride;
    }
    if (next === multiplier || next === below || next === above) break;
    multiplier = next;
  }
  return multiplier;
}

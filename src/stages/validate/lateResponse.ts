/** What is left of own impact at a lag, without any assumption on the shape of the decay; a share of the published impact. */
export interface ResponseAtLag {
  /** Last lag of the bin, buckets. */
  readonly to: number;
  readonly level: number;
  /** Lower end of a 90 % interval; absent where there are too few stretches for one. */
  readonly low?: number | undefined;
  /** What a concave model has at the lag, in the same regression; absent for a line, whose decay is judged by itself. */
  readonly predicted?: number | undefined;
}

/** A lag at which a curve has kept other than the data have, and by how much, as a share of what they have. */
export interface CurveGap {
  readonly to: number;
  readonly gap: number;
  readonly keepsLess: boolean;
}

/**
 * The largest gap beyond doubt between what a concave model keeps of impact and what the data keep. One-bucket moves are
 * predicted best by terms that fade at once; the price of an order is what is left.
 */
export function curveGap(lags: readonly ResponseAtLag[]): CurveGap | undefined {
  const gaps = lags.flatMap(({ to, level, low, predicted }) => {
    if (low === undefined || predicted === undefined || to < 1 || !(level > 0)) return [];
    const doubt = WIDENED * (level - low);
    const distance = Math.abs(level - predicted) - doubt;
    return distance > 0 ? [{ to, gap: distance / level, keepsLess: predicted < level }] : [];
  });
  return gaps.reduce<CurveGap | undefined>((top, next) => (top && top.gap >= next.gap ? top : next), undefined);
}

/** A response that comes after the flow, and by how much it exceeds the impact at once. */
export interface LateResponse {
  readonly to: number;
  readonly excess: number;
}

/** Half of a 90 % interval is 1.64 errors; this many of it are 3.6, which a dozen lags exceed by chance once in five hundred windows. */
const WIDENED = 2.2;

/**
 * The largest response that is above the impact at once beyond doubt. No decay allows it (MODEL §4: weights are not negative, so
 * that impact only fades), and no fit of one shows it: a kernel that can only fall is near zero where prices move a bucket
 * after the flow. Stamps of the flow that are early, or of the market that are late, look like that.
 */
export function lateResponse(lags: readonly ResponseAtLag[]): LateResponse | undefined {
  const found = lags.flatMap(({ to, level, low }) => {
    if (low === undefined || to < 1) return [];
    const excess = level - WIDENED * (level - low) - 1;
    return excess > 0 ? [{ to, excess }] : [];
  });
  return found.reduce<LateResponse | undefined>(
    (top, next) => (top && top.excess >= next.excess ? top : next),
    undefined,
  );
}

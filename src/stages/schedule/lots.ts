import { type DenseMatrix, zeros } from '../../numerics/dense.js';

/** How a name trades. */
export interface LotRule {
  /** Millions a share. */
  readonly price: number;
  /** Shares, a positive whole number. */
  readonly lot: number;
}

/** A name whose bounds hold fewer whole lots than it has to trade. */
export interface LotsDoNotFit {
  readonly name: number;
  /** Signed shares that found no room. */
  readonly shares: number;
}

/** Bounds are in millions, so a cap of exactly so many lots may come out a rounding error short. */
const CAP_ROUNDING = 1e-9;

/**
 * A schedule in whole lots, T×N signed shares. What a name has done so far is rounded, so that it is never further from the
 * schedule than a lot except where bounds ask for it, and every column sums to its shares exactly. Shares that make no whole lot
 * go with the largest child that has room for them.
 * @param shares N, signed
 * @param bounds T×N, signed millions, of every child
 */
export function inLots(
  schedule: DenseMatrix,
  rules: readonly LotRule[],
  shares: Float64Array,
  bounds: { readonly lower: DenseMatrix; readonly upper: DenseMatrix },
): { readonly children: DenseMatrix; readonly unplaced: readonly LotsDoNotFit[] } {
  const { rows, cols } = schedule;
  const children = zeros(rows, cols);
  const unplaced: LotsDoNotFit[] = [];
  for (let i = 0; i < cols; i++) {
    const inShares = (matrix: DenseMatrix) =>
      Float64Array.from({ length: rows }, (_, t) => matrix.data[t * cols + i] / rules[i].price);
    const room = { lower: inShares(bounds.lower), upper: inShares(bounds.upper) };
    const { run, rest } = roundedRun(inShares(schedule), room, shares[i], rules[i].lot);
    run.forEach((count, t) => {
      children.data[t * cols + i] = count;
    });
    if (rest !== 0) unplaced.push({ name: i, shares: rest });
  }
  return { children, unplaced };
}

interface Room {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

function roundedRun(
  wanted: Float64Array,
  room: Room,
  shares: number,
  lot: number,
): { run: Float64Array; rest: number } {
  const most = room.upper.map((bound) => lot * Math.floor(bound / lot + CAP_ROUNDING));
  const least = room.lower.map((bound) => lot * Math.ceil(bound / lot - CAP_ROUNDING));
  const odd = shares % lot;
  const run = new Float64Array(wanted.length);
  const whole = shares - odd;
  const gross = wanted.reduce((sum, count) => sum + Math.abs(count), 0) || 1;
  let [asked, done] = [0, 0];
  wanted.forEach((count, t) => {
    asked += count - (odd * Math.abs(count)) / gross;
    run[t] = clip(lot * Math.round((asked - done) / lot), least[t], most[t]);
    done += run[t];
  });
  place(run, whole - done, least, most, (t) => Math.abs(wanted[t] - run[t]));
  const left = whole - run.reduce((sum, count) => sum + count, 0);
  const within = (t: number) => run[t] + odd <= room.upper[t] && run[t] + odd >= room.lower[t];
  const largest = [...run.keys()].filter(within).sort((a, b) => Math.abs(run[b]) - Math.abs(run[a]) || a - b)[0];
  if (odd !== 0 && largest !== undefined) run[largest] += odd;
  return { run, rest: left + (odd !== 0 && largest === undefined ? odd : 0) };
}

const clip = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x)) + 0;

/** Puts a rest where there is room, the buckets that most was taken from first. */
function place(
  run: Float64Array,
  rest: number,
  least: Float64Array,
  most: Float64Array,
  want: (t: number) => number,
): void {
  let left = rest;
  for (const t of [...run.keys()].sort((a, b) => want(b) - want(a) || a - b)) {
    if (left === 0) return;
    const next = clip(run[t] + left, least[t], most[t]);
    left -= next - run[t];
    run[t] = next;
  }
}

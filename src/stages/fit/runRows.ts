import type { DayMoves } from '../../model/buckets.js';
import type { BucketUse } from './bucketUse.js';
import type { RunRows } from './recursion/run.js';

/** Buckets that are turned together: moves lie name by name, and neither side is walked in strides for long. */
const TURNED = 64;

/** What the sums need of a run of buckets, in rows. */
export function runRows(day: DayMoves, use: BucketUse, from: number, to: number): RunRows {
  const { symbols, grid, market, factors } = day;
  const names = symbols.length;
  const controls = 1 + factors.names.length;
  const width = controls + names;
  const used = Uint8Array.from(use.leftOut.subarray(from, to), (left) => 1 - left);
  const complete = Uint8Array.from(use.observed.subarray(from, to), (count) => (count === names ? 1 : 0));
  const controlsOf = (row: number) => {
    const x = new Float64Array(controls).fill(1);
    x.set(factors.moveBps.subarray((from + row) * (controls - 1), (from + row + 1) * (controls - 1)), 1);
    return x;
  };
  const load = (first: number, count: number, into: Float64Array, place: number) => {
    for (let top = first; top < first + count; top += TURNED) {
      const bottom = Math.min(first + count, top + TURNED);
      for (let i = 0; i < names; i++) {
        const moves = i * grid.buckets + from;
        let at = place + (top - first) * width + controls + i;
        for (let row = top; row < bottom; row++, at += width) {
          const move = market.moveBps[moves + row];
          into[at] = Number.isNaN(move) ? 0 : move;
        }
      }
    }
    for (let row = first; row < first + count; row++) {
      const at = place + (row - first) * width;
      if (used[row]) into.set(controlsOf(row), at);
      else into.fill(0, at, at + width);
    }
  };
  const present = complete.includes(0) ? presence(day, from, to) : undefined;
  return { from, count: to - from, width, load, controls: controlsOf, complete, used, present };
}

/** Buckets × names: 1 where the move is there. */
function presence({ symbols, grid, market }: DayMoves, from: number, to: number): Uint8Array {
  const names = symbols.length;
  const present = new Uint8Array((to - from) * names).fill(1);
  for (let i = 0; i < names; i++)
    for (let t = from; t < to; t++)
      if (Number.isNaN(market.moveBps[i * grid.buckets + t])) present[(t - from) * names + i] = 0;
  return present;
}

import { squared } from '../elementary/elementary.js';
import type { Descent } from './descent.js';
import { ridgeSlope } from './elasticNetPenalty.js';

/**
 * Some of the unknowns, with the gradients of their own entries only: moving one costs as many steps as its row has
 * slots. A slot is an entry of the matrix; those of a row follow each other.
 */
export interface Part {
  readonly ids: Int32Array;
  /** Slots of the entries of the a-th of them: `slot[from[a]]` on, in the order of its entries. */
  readonly from: Int32Array;
  readonly slot: Int32Array;
  /** Where a slot is in the matrix. */
  readonly position: Int32Array;
  /** The slots of every row of the matrix. */
  readonly rows: readonly RowSlots[];
  /** Of the quadratic, slot by slot. */
  readonly gradient: Float64Array;
  /** Whether a product of matrices gives the image of a step of all of them sooner. */
  readonly isDense: boolean;
}

/** Slots `begin` to `end`, and the column of every slot of the part. */
export interface RowSlots {
  readonly col: Int32Array;
  readonly begin: number;
  readonly end: number;
}

/** Share of a product's multiplications from which on a product is faster than entry by entry. */
const DENSE_SHARE = 0.1;

/**
 * Those of the unknowns that a penalty or the data hold, and that are asked for; their gradients are not loaded yet.
 */
export function partOf(descent: Descent, isIn: (u: number) => boolean): Part {
  const { first, row, col } = descent.unknowns;
  const n = descent.problem.gram.rows;
  const ids = chosen(descent, isIn);
  const { from, rowStart } = slotCounts(descent, ids);
  const size = rowStart[n];
  const [slot, picked, position] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  const next = rowStart.slice();
  ids.forEach((u, a) => {
    for (let e = first[u], k = from[a]; e < first[u + 1]; e++, k++) {
      const s = next[row[e]]++;
      slot[k] = s;
      picked[s] = col[e];
      position[s] = row[e] * n + col[e];
    }
  });
  const rows = Array.from({ length: n }, (_, i) => ({ col: picked, begin: rowStart[i], end: rowStart[i + 1] }));
  const steps = rows.reduce((sum, { begin, end }) => sum + squared(end - begin), 0);
  return {
    ids,
    from,
    slot,
    position,
    rows,
    gradient: new Float64Array(size),
    isDense: steps > DENSE_SHARE * n * n * n,
  };
}

function chosen({ unknowns, ridge }: Descent, isIn: (u: number) => boolean): Int32Array {
  const ids: number[] = [];
  for (let u = 0; u < unknowns.count; u++) if (unknowns.curvature[u] + ridge[u] > 0 && isIn(u)) ids.push(u);
  return Int32Array.from(ids);
}

/** How many entries come before those of each of them, and how many slots before those of each row. */
function slotCounts({ unknowns: { first, row }, problem }: Descent, ids: Int32Array) {
  const from = new Int32Array(ids.length + 1);
  const rowStart = new Int32Array(problem.gram.rows + 1);
  ids.forEach((u, a) => {
    from[a + 1] = from[a] + first[u + 1] - first[u];
    for (let e = first[u]; e < first[u + 1]; e++) rowStart[row[e] + 1]++;
  });
  for (let i = 0; i + 1 < rowStart.length; i++) rowStart[i + 1] += rowStart[i];
  return { from, rowStart };
}

/** Takes the gradients from the matrix. */
export function load({ gradient }: Descent, part: Part): void {
  for (let s = 0; s < part.position.length; s++) part.gradient[s] = gradient.data[part.position[s]];
}

/** Puts the gradients back into the matrix. */
export function unload({ gradient }: Descent, part: Part): void {
  for (let s = 0; s < part.position.length; s++) gradient.data[part.position[s]] = part.gradient[s];
}

/** Slope of the quadratic along the a-th unknown, or of another gradient. */
export function slopeOf({ unknowns }: Descent, part: Part, a: number, gradient = part.gradient): number {
  let sum = 0;
  for (let k = part.from[a], e = unknowns.first[part.ids[a]]; k < part.from[a + 1]; k++, e++)
    sum += unknowns.coefficient[e] * gradient[part.slot[k]];
  return sum;
}

/** Slope of the quadratic and the ridge along the a-th unknown. */
export function penalisedSlope(descent: Descent, part: Part, a: number): number {
  const u = part.ids[a];
  return slopeOf(descent, part, a) + ridgeSlope(descent.shift[u], descent.ridge[u], descent.pull[u]);
}

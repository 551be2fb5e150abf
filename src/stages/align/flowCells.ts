import { emptyFlow, type SparseFlow } from '../../model/buckets.js';

export interface FlowCells {
  /** Adds a signed quantity. Buckets never go back for a name and venue. */
  add(bucket: number, name: number, venue: number, qty: number): void;
  /** One entry per (bucket, name, venue), sorted by these; `signedNotional` is still empty. */
  sorted(): SparseFlow;
}

const FIRST_CAPACITY = 1 << 12;

/**
 * Sums of signed quantity by (bucket, name, venue). Events of a name come in order of time, so that only the last cell of
 * a name and venue can grow, and two counting sorts put the cells in order: no map, no comparison.
 */
export function flowCells(buckets: number, names: number, venues: number): FlowCells {
  const slots = names * venues;
  const lastOfSlot = new Int32Array(slots).fill(-1);
  let cells = emptyCells(FIRST_CAPACITY);
  let size = 0;

  function add(bucket: number, name: number, venue: number, qty: number): void {
    const slot = name * venues + venue;
    let cell = lastOfSlot[slot];
    if (cell < 0 || cells.bucket[cell] !== bucket) {
      if (size === cells.bucket.length) cells = enlarged(cells);
      cell = size++;
      cells.bucket[cell] = bucket;
      cells.slot[cell] = slot;
      lastOfSlot[slot] = cell;
    }
    cells.qty[cell] += qty;
    cells.count[cell]++;
  }

  function sorted(): SparseFlow {
    const bySlot = countingSort(cells.slot, slots, inTurn(size));
    const order = countingSort(cells.bucket, buckets, bySlot);
    const flow = emptyFlow(size);
    order.forEach((cell, k) => {
      const name = Math.floor(cells.slot[cell] / venues);
      flow.bucket[k] = cells.bucket[cell];
      flow.name[k] = name;
      flow.venue[k] = cells.slot[cell] - name * venues;
      flow.signedQty[k] = cells.qty[cell];
      flow.count[k] = cells.count[cell];
    });
    return flow;
  }

  return { add, sorted };
}

interface Cells {
  readonly bucket: Int32Array;
  readonly slot: Int32Array;
  readonly qty: Float64Array;
  readonly count: Int32Array;
}

function emptyCells(capacity: number): Cells {
  const integers = () => new Int32Array(capacity);
  return { bucket: integers(), slot: integers(), qty: new Float64Array(capacity), count: integers() };
}

function enlarged(cells: Cells): Cells {
  const out = emptyCells(2 * cells.bucket.length);
  for (const column of ['bucket', 'slot', 'qty', 'count'] as const) out[column].set(cells[column]);
  return out;
}

function inTurn(length: number): Int32Array {
  const out = new Int32Array(length);
  for (let k = 0; k < length; k++) out[k] = k;
  return out;
}

/** The items in order of their keys 0 … keys − 1; equal keys stay as they were. */
function countingSort(keyOf: Int32Array, keys: number, items: Int32Array): Int32Array {
  const next = new Int32Array(keys + 1);
  for (const item of items) next[keyOf[item] + 1]++;
  for (let key = 0; key < keys; key++) next[key + 1] += next[key];
  const out = new Int32Array(items.length);
  for (const item of items) out[next[keyOf[item]]++] = item;
  return out;
}

import type { SparseFlow } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import type { FlowRows } from './ownRows.js';

/** Flow that a user's own buckets hold twice: row by row, or under the names of two venues. */

/** Whether an earlier row says the same in every column: it would count twice. */
export function repeatedFlow(flow: FlowRows): (k: number) => boolean {
  const columns = [flow.timeNs, flow.name, flow.venue, flow.signedNotional, flow.signedQty, flow.count];
  // A sort by every column and then by row puts copies behind the row that they repeat.
  const compare = (a: number, b: number): number => {
    for (const column of columns) {
      const order = compareValues(column[a], column[b]);
      if (order !== 0) return order;
    }
    return a - b;
  };
  const order = Uint32Array.from({ length: flow.timeNs.length }, (_, k) => k).sort(compare);
  const isCopy = new Uint8Array(order.length);
  for (let at = 1; at < order.length; at++)
    if (columns.every((column) => compareValues(column[order[at - 1]], column[order[at]]) === 0)) isCopy[order[at]] = 1;
  return (k) => isCopy[k] === 1;
}

/** Missing values come last and equal one another. */
function compareValues(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

const MAX_ALIKE = 0.9;
const MIN_CELLS = 30;

/**
 * Refuses flow of which one venue is a copy of another: what reaches a market by two places is not the same amount to the
 * cent, cell by cell.
 * @throws data error naming the venues
 */
export function refuseCopiedVenue(date: string, flow: SparseFlow, venues: readonly string[]): void {
  const cells = new Uint32Array(venues.length);
  for (const venue of flow.venue) cells[venue]++;
  const alike = new Map<number, number>();
  const sameCell = (a: number, b: number) => flow.bucket[a] === flow.bucket[b] && flow.name[a] === flow.name[b];
  for (let k = 0; k < flow.bucket.length; k++) {
    for (let other = k + 1; other < flow.bucket.length && sameCell(k, other); other++) {
      if (flow.signedNotional[k] !== flow.signedNotional[other] || flow.signedNotional[k] === 0) continue;
      const pair = flow.venue[k] * venues.length + flow.venue[other];
      alike.set(pair, (alike.get(pair) ?? 0) + 1);
    }
  }
  for (const [pair, count] of [...alike].sort(([a], [b]) => a - b)) {
    const [first, second] = [Math.floor(pair / venues.length), pair % venues.length];
    const smaller = Math.min(cells[first], cells[second]);
    if (smaller < MIN_CELLS || count <= MAX_ALIKE * smaller) continue;
    throw dataError(
      `buckets of ${date}: flow of venue "${venues[second]}" is that of "${venues[first]}" in ${count} of ${smaller} cells, to the last digit`,
      'write the flow of each venue once, or under one name',
    );
  }
}

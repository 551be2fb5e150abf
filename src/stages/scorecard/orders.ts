import type { ParentRow } from '../../model/parentRow.js';
/** A parent order that can be scored. */
export interface ParentOrder extends Omit<ParentRow, 'symbol'> {
  /** Index into the universe. */
  readonly name: number;
  readonly side: 1 | -1;
}

/** Rows of the fills dataset in order of time, as columns; NaN where a value cannot be read. */
export interface FillRows {
  readonly file: Int32Array;
  readonly row: Float64Array;
  readonly timeNs: Float64Array;
  /** Index into the universe, −1 when the symbol is not in it. */
  readonly name: Int32Array;
  readonly venue: Int32Array;
  readonly side: Float64Array;
  readonly qty: Float64Array;
  readonly price: Float64Array;
  /** Whether a price may be zero or below. */
  readonly anyPrice?: boolean;
  /** Digest of what makes a fill unique at its instant; NaN where nothing does. */
  readonly identity: Float64Array;
  /** Index into the ids that {@link parentIds} gives; NaN for none of them. */
  readonly parent: Float64Array;
}

/** A fill that can be used, in order of time. */
export interface Fill {
  readonly timeNs: number;
  readonly name: number;
  readonly venue: number;
  readonly side: 1 | -1;
  readonly qty: number;
  readonly price: number;
  readonly file: number;
  readonly row: number;
  /** Index into the parent orders; −1 for a fill that only counts as flow. */
  readonly parent: number;
}

/** The distinct ids of the rows, in order of their first row: what a fill's `parent` refers to. */
export const parentIds = (rows: readonly ParentRow[]): string[] => [...new Set(rows.map((row) => row.id))];

/** The quoted mid and spread as of some instants, by name; instants ascend, NaN before the day's first quote. */
export interface QuotedMids {
  readonly timeNs: readonly Float64Array[];
  readonly mid: readonly Float64Array[];
  /** In the unit of the price. */
  readonly spread: readonly Float64Array[];
}

/** Place of the last known instant at or before a time, or −1. */
export function lastKnown({ timeNs, mid }: QuotedMids, name: number, at: number): number {
  const times = timeNs[name];
  let [from, to] = [0, times.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (times[middle] <= at) from = middle + 1;
    else to = middle;
  }
  let k = from - 1;
  while (k >= 0 && Number.isNaN(mid[name][k])) k--;
  return k;
}

/** The last mid at or before a time; NaN where there is none. */
export function midAt(mids: QuotedMids, name: number, at: number): number {
  const k = lastKnown(mids, name, at);
  return k < 0 ? Number.NaN : mids.mid[name][k];
}

/** The instants at which {@link QuotedMids} must be known to score these rows: ascending and distinct, by name. */
export function instantsNeeded(parents: readonly ParentOrder[], fills: readonly Fill[], names: number): Float64Array[] {
  const times = Array.from({ length: names }, () => new Set<number>());
  for (const { name, arrivalNs, deadlineNs } of parents) times[name].add(arrivalNs).add(deadlineNs);
  for (const { name, timeNs } of fills) times[name].add(timeNs);
  return times.map((set) => Float64Array.from(set).sort());
}

import type { MarketColumns } from '../../model/buckets.js';

/** Rows of the user's own market buckets. NaN (or −1 for names) stands for null; a column that the file lacks is absent. */
export interface MarketRows {
  readonly timeNs: Float64Array;
  readonly name: Int32Array;
  readonly columns: Readonly<Partial<Record<RegridColumn, Float64Array>>>;
}

/** How a column of finer buckets becomes one of the grid's. A column that is not there is missing, but for volume: none. */
export const RULE = {
  mid: 'last',
  moveBps: 'complete sum',
  spreadBps: 'last',
  bidDepth: 'last',
  askDepth: 'last',
  queueImbalance: 'last',
  quoteAgeMs: 'last',
  volume: 'sum',
  marketFlow: 'sum',
} as const satisfies Record<Exclude<keyof MarketColumns, 'flags'>, string>;
export type RegridColumn = keyof typeof RULE;
export const REGRID_COLUMNS = Object.keys(RULE) as RegridColumn[];

export interface FlowRows {
  readonly timeNs: Float64Array;
  readonly name: Int32Array;
  readonly venue: Int32Array;
  readonly signedQty: Float64Array;
  readonly signedNotional: Float64Array;
  readonly count: Float64Array;
}

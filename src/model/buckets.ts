import type { BucketGrid } from './grid.js';

/** Bits of the `flags` column. */
export const FLAG = { stale: 1, halted: 2, maskedEvent: 4, badTickRemoved: 8, oneSided: 16 } as const;

/** A name of the universe, as the desk describes it. */
export interface Name {
  readonly symbol: string;
  readonly block: string;
  /** Millions of reporting currency a day. */
  readonly adv?: number;
  readonly tickSize?: number;
  /** Of a contract, its size; 1 for shares. */
  readonly multiplier: number;
  /** Units of the reporting currency for one of the quoted one; of a quanto contract, its fixed rate. */
  readonly fx: number;
  /**
   * `inverse`: a unit of quantity times the multiplier is money of the quoted currency already, whatever the price. `points`:
   * it counts as the money that a move of one price point makes, as under `align.units: price`.
   */
  readonly contract?: 'inverse' | 'points';
  /** Prices of the feed times this are prices of the quoted currency (0.01 for pence); 1 where absent. */
  readonly priceScale?: number;
  /** Currency that `fx.csv` gives rates of. */
  readonly currency?: string;
}

/** Columns of names × buckets, name-major: entry `name * buckets + bucket`. NaN marks a missing value. */
export interface MarketColumns {
  readonly mid: Float64Array;
  /** Move of the mid over the bucket: bps, or price points under `align.units: price`, as all that is called bps here. */
  readonly moveBps: Float64Array;
  readonly spreadBps: Float64Array;
  /** Millions of reporting currency at the best price. */
  readonly bidDepth: Float64Array;
  readonly askDepth: Float64Array;
  /** (bid size − ask size) / (bid size + ask size). */
  readonly queueImbalance: Float64Array;
  readonly quoteAgeMs: Float64Array;
  /** Millions traded in the bucket. */
  readonly volume: Float64Array;
  /** Signed millions of the market tape; missing where there is no tape, which is not a tape without trades. */
  readonly marketFlow: Float64Array;
  readonly flags: Uint8Array;
}

export type MarketField = Exclude<keyof MarketColumns, 'flags'>;

export interface Markout {
  /** As configured, `30s`. */
  readonly label: string;
  readonly horizonNs: number;
  /** Move of the mid from the bucket's end to the horizon; names × buckets, NaN past the session. */
  readonly moveBps: Float64Array;
}

/** Signed flow, one entry per (bucket, name, venue) that traded, sorted by these three. */
export interface SparseFlow {
  readonly bucket: Int32Array;
  readonly name: Int32Array;
  readonly venue: Int32Array;
  readonly signedQty: Float64Array;
  /** Millions of reporting currency at the mid that prevailed when the bucket opened. */
  readonly signedNotional: Float64Array;
  readonly count: Int32Array;
}

/** Flow of so many cells, to be filled. */
export const emptyFlow = (cells: number): SparseFlow => ({
  bucket: new Int32Array(cells),
  name: new Int32Array(cells),
  venue: new Int32Array(cells),
  signedQty: new Float64Array(cells),
  signedNotional: new Float64Array(cells),
  count: new Int32Array(cells),
});

export interface Factors {
  readonly names: readonly string[];
  /** buckets × factors, bps; NaN where no factor row fell into the bucket. */
  readonly moveBps: Float64Array;
}

/** One day of synchronised buckets: what `align` makes and every later stage reads. */
export interface DayBuckets {
  readonly grid: BucketGrid;
  readonly symbols: readonly string[];
  readonly venues: readonly string[];
  readonly market: MarketColumns;
  readonly markouts: readonly Markout[];
  readonly flow: SparseFlow;
  readonly factors: Factors;
}

/** What stands at the touch: read where flow is measured against it. */
export const DEPTH_FIELDS = ['bidDepth', 'askDepth'] as const;
export type DepthField = (typeof DEPTH_FIELDS)[number];

/**
 * A day with some of its market columns: a stage says what it reads, and no more of a large day is held. Depth may come with
 * any of them.
 */
export type DayWith<F extends MarketField> = Omit<DayBuckets, 'market' | 'markouts'> & {
  readonly market: Pick<MarketColumns, F | 'flags'> & Partial<Pick<MarketColumns, DepthField>>;
};

/** Flow, factors and flags alone. */
export type DayFlow = DayWith<never>;
/** What impact is estimated from. */
export type DayMoves = DayWith<'moveBps'>;
/** Moves name by name: what is given is good for that visit alone. */
export type EachMoves = (visit: (name: number, moveBps: Float64Array) => void) => void;

export const eachMovesOf =
  ({ symbols, grid, market }: DayMoves): EachMoves =>
  (visit) =>
    symbols.forEach((_, i) => {
      visit(i, market.moveBps.subarray(i * grid.buckets, (i + 1) * grid.buckets));
    });
/** The same and what tells states of the market apart. */
export type DayStates = DayWith<'moveBps' | 'spreadBps' | 'volume' | 'marketFlow'>;

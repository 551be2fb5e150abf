/** How a feed names and codes what the contract calls by one name: see `data.columns`, `data.sides` and their neighbours. */

export const FEED_DATASETS = ['quotes', 'trades', 'fills', 'parents', 'factors', 'market', 'flow'] as const;
/** `market` and `flow` are the two tables of the user's own buckets. */
export type FeedDataset = (typeof FEED_DATASETS)[number];

export const STAMP_UNITS = ['s', 'ms', 'us', 'ns'] as const;
export type StampUnit = (typeof STAMP_UNITS)[number];

/** Where the values of one of our columns come from. */
export interface ColumnSource {
  /** Their column. */
  readonly column?: string | undefined;
  /** One value for every row, in place of a column. */
  readonly value?: string | number | undefined;
  /** A pattern whose first group is the value, found in the name of the file. */
  readonly file_name?: string | undefined;
  /** What numbers are multiplied by. */
  readonly scale?: number | undefined;
  /** What a stamp that is a number counts. */
  readonly unit?: StampUnit | undefined;
  /** Where such a stamp counts from: 1970 in UTC, or midnight of the trading date at the venue. */
  readonly after?: 'epoch' | 'midnight' | undefined;
  /** Whose clock a stamp without a zone shows. */
  readonly zone?: 'utc' | 'venue' | undefined;
}

export type Side = 'buy' | 'sell' | 'unknown';
/** Sides by the codes of the feed, or `signed`: the sign of the quantity. */
export type SideCodes = 'signed' | Readonly<Record<string, Side>>;

/** One dataset of a feed; empty where it is as the contract says. */
export interface FeedTable {
  /** Columns of a CSV file without a header, in their order. */
  readonly headers?: readonly string[] | undefined;
  readonly columns: Readonly<Record<string, ColumnSource>>;
  readonly sides?: SideCodes | undefined;
  /** By one of their columns: the values of the rows that are meant; every other row is of something else. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
}

/** A file of a dataset, and what its folders say of every row in it: `venue=X/symbol=A/part-0.parquet`. */
export interface FeedFile {
  readonly path: string;
  readonly folders: Readonly<Record<string, string>>;
}

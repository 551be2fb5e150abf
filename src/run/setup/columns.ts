import type { Column } from '../../io/profileReader.js';

/** Datasets of events whose columns other feeds name otherwise. */
export type NamedDataset = 'quotes' | 'trades' | 'fills';

/** Other names of our columns, the likelier first, without case and punctuation. */
const TIME = [
  'timestamp',
  'tsevent',
  'eventtime',
  'time',
  'datetime',
  'exchangetime',
  'exchtime',
  'transacttime',
  'tradetime',
  'tsrecv',
];
const SYMBOL = ['sym', 'ticker', 'instrument', 'instrumentid', 'ric', 'security', 'securityid', 'pair', 'code'];
const VENUE = ['exchange', 'exch', 'mic', 'market', 'lastmkt', 'publisherid'];
const SIDE = ['aggressor', 'aggressorside', 'direction', 'takerside', 'buysell', 'bs', 'isbuyermaker', 'buyermaker'];
const PRICE = [
  'px',
  'rate',
  'lastpx',
  'lastprice',
  'tradeprice',
  'tradepx',
  'fillprice',
  'fillpx',
  'execprice',
  'avgprice',
];
const QUANTITY = [
  'quantity',
  'amount',
  'volume',
  'vol',
  'shares',
  'lastqty',
  'lastshares',
  'tradesize',
  'fillqty',
  'execqty',
];

const sideOfBook = (side: string): { readonly price: readonly string[]; readonly size: readonly string[] } => ({
  price: ['price', 'px', 'price1', 'px1', 'price0', 'px00', '1', '0', 'p'].map((end) => `${side}${end}`),
  size: ['qty', 'quantity', 'volume', 'vol', 'sz', 'amount', 'shares', 'size1', 'qty1', 'volume1', 'sz00', 'size0'].map(
    (end) => `${side}${end}`,
  ),
});
const both = (names: readonly string[], ...prefixes: string[]) =>
  names.flatMap((name) => [name, ...prefixes.map((p) => p + name)]);
const [bidBook, askBook, offerBook] = ['bid', 'ask', 'offer'].map(sideOfBook);

const SYNONYMS: Readonly<Record<NamedDataset, Readonly<Record<string, readonly string[]>>>> = {
  quotes: {
    ts: TIME,
    symbol: SYMBOL,
    bid: [...both(bidBook.price, 'best'), 'bestbid', 'bb', 'bp'],
    ask: [...both([...askBook.price, 'offer', ...offerBook.price], 'best'), 'bestask', 'bo', 'ap'],
    bid_size: both([...bidBook.size, 'bidsize'], 'best'),
    ask_size: both([...askBook.size, ...offerBook.size, 'asksize', 'offersize'], 'best'),
    venue: VENUE,
  },
  trades: { ts: TIME, symbol: SYMBOL, price: PRICE, size: ['qty', ...QUANTITY], side: SIDE, venue: VENUE },
  fills: {
    ts: TIME,
    symbol: SYMBOL,
    venue: VENUE,
    side: SIDE,
    qty: ['size', ...QUANTITY],
    price: PRICE,
    parent_id: ['parentid', 'parentorderid', 'parent'],
    child_id: ['childid', 'childorderid', 'fillid', 'execid', 'executionid'],
  },
};
const OPTIONAL: Readonly<Record<NamedDataset, readonly string[]>> = {
  quotes: ['venue'],
  trades: ['venue'],
  fills: ['parent_id', 'child_id'],
};

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

export interface FoundColumns {
  /** Our column to the one of the file that holds it. */
  readonly found: ReadonlyMap<string, Column>;
  /** Our columns that a run needs and that no column of the file looks like. */
  readonly missing: readonly string[];
}

/** Which column of a file holds which of ours: by its own name first, then by the names that other feeds use. */
export function findColumns(dataset: NamedDataset, columns: readonly Column[]): FoundColumns {
  const found = new Map<string, Column>();
  const missing: string[] = [];
  const free = (test: (own: Column) => boolean) => {
    const taken = new Set(found.values());
    return columns.find((own) => !taken.has(own) && test(own));
  };
  const entries = Object.entries(SYNONYMS[dataset]);
  for (const [ours] of entries) {
    const own = columns.find(({ name }) => name === ours);
    if (own) found.set(ours, own);
  }
  for (const [ours, synonyms] of entries) {
    if (found.has(ours)) continue;
    const own = [plain(ours), ...synonyms]
      .map((synonym) => free(({ name }) => plain(name) === synonym))
      .find((column) => column !== undefined);
    if (own) found.set(ours, own);
    else if (!OPTIONAL[dataset].includes(ours)) missing.push(ours);
  }
  return { found, missing };
}

/** What a table is by its columns alone; undefined where they say nothing. */
export function datasetByColumns(columns: readonly Column[]): NamedDataset | 'factors' | undefined {
  const has = (dataset: NamedDataset, ...ours: string[]) => {
    const { found } = findColumns(dataset, columns);
    return ours.every((name) => found.has(name));
  };
  const names = new Set(columns.map(({ name }) => plain(name)));
  if (has('quotes', 'ts', 'bid', 'ask')) return 'quotes';
  if (
    has('fills', 'ts', 'price', 'qty', 'side') &&
    ['parentid', 'childid', 'parentorderid'].some((id) => names.has(id))
  )
    return 'fills';
  if (has('trades', 'ts', 'price', 'size')) return 'trades';
  return names.has('factor') && names.has('retbps') ? 'factors' : undefined;
}

export type StampUnit = 's' | 'ms' | 'us' | 'ns';

/** How a column of numbers counts time: from 1970 or from midnight. */
export interface StampCount {
  readonly unit: StampUnit;
  readonly after?: 'midnight';
}

const UNITS: readonly (readonly [StampUnit, number])[] = [
  ['s', 1],
  ['ms', 1e3],
  ['us', 1e6],
  ['ns', 1e9],
];
const DAY_SECONDS = 86_400;
/** 1990 and 2100. */
const [EARLIEST, LATEST] = [631_152_000, 4_102_444_800];

/** By the size of the numbers, which no two counts share for events of a trading day; undefined for any other. */
export function stampCount({ low, high }: { readonly low: number; readonly high: number }): StampCount | undefined {
  const epoch = UNITS.find(([, scale]) => low >= EARLIEST * scale && high <= LATEST * scale);
  if (epoch) return { unit: epoch[0] };
  // A trading day has events after four in the morning; smaller numbers could be a finer unit of an earlier hour.
  const day = UNITS.find(([, scale]) => high <= DAY_SECONDS * scale && high >= 14_400 * scale && low >= 0);
  return day ? { unit: day[0], after: 'midnight' } : undefined;
}

/** SQL that gives seconds after 1970, UTC; `date` is where counts from midnight begin. */
export function secondsOf({ name, type }: Column, count: StampCount | undefined, date: string | undefined): string {
  const own = `"${name.replaceAll('"', '""')}"`;
  if (!count) return /^(TIMESTAMP|DATE)/.test(type) ? `epoch(${own})` : `epoch(TRY_CAST(${own} AS TIMESTAMP))`;
  const scale = UNITS.find(([unit]) => unit === count.unit)![1];
  const midnight = count.after === 'midnight' && date !== undefined ? Date.parse(date) / 1000 : 0;
  return `(TRY_CAST(${own} AS DOUBLE) / ${scale} + ${midnight})`;
}

export const isNumeric = ({ type }: Column): boolean =>
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL)/.test(type);

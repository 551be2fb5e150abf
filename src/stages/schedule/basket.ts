import { secondOfDay } from '../../model/calendar.js';
import { dataError } from '../../model/failure.js';
import type { BasketLine } from './request.js';

/** What the artifact knows of a name that a basket may hold. */
export interface KnownName {
  /** Millions that a unit of quantity is worth; NaN where unknown. */
  readonly unitMillions: number;
  /** Millions that trade in a day; 0 where unknown. */
  readonly dailyMillions: number;
}

/** One row as text, and where it stands. */
export interface BasketRow {
  readonly place: string;
  readonly cells: Readonly<Record<string, string>>;
}

/** Columns that a basket may have: `side` with positive amounts, or signed ones without it; shares, or millions. */
export const BASKET_COLUMNS = [
  'symbol',
  'side',
  'qty',
  'notional',
  'start',
  'end',
  'cap',
  'urgency',
  'lot',
  'alpha_bps',
  'half_spread_bps',
] as const;
type BasketColumn = (typeof BASKET_COLUMNS)[number];

const BUYS = ['buy', 'b', '1', '+1', 'cover'];
const SELLS = ['sell', 's', '-1', 'short', 'ss'];

/** More days of a name's whole volume than this are a quantity in another unit. */
const ABSURD_DAYS = 20;

/**
 * The lines of a basket. Columns that are not known are refused rather than passed over: a cap that was misspelled would not bind.
 * @param rows as they stand in the file
 * @param known by symbol; `undefined` for a name that the artifact does not hold
 * @throws data error naming the line, the column and what it holds
 */
export function basketLines(
  rows: readonly BasketRow[],
  known: (symbol: string) => KnownName | undefined,
): BasketLine[] {
  if (rows.length === 0) throw dataError('the basket has no line', 'write a line per name: symbol,side,qty');
  const seen = new Map<string, string>();
  return rows.map((row) => {
    const line = basketLine(row, known);
    const before = seen.get(line.symbol);
    if (before !== undefined)
      throw dataError(
        `${row.place}: ${line.symbol} stands in ${shortPlace(before)} already`,
        'give every name one line',
      );
    seen.set(line.symbol, row.place);
    return line;
  });
}

const shortPlace = (place: string): string => place.replace(/^.*, /, '');

function basketLine({ place, cells }: BasketRow, known: (symbol: string) => KnownName | undefined): BasketLine {
  const stranger = Object.keys(cells).find((name) => !BASKET_COLUMNS.includes(name as BasketColumn));
  if (stranger !== undefined)
    throw dataError(
      `${place}: there is no column "${stranger}" in a basket`,
      `it may have ${BASKET_COLUMNS.join(', ')}`,
    );
  const reader = new CellReader(place, cells);
  const symbol = cells.symbol;
  if (symbol === undefined) throw dataError(`${place} has no symbol`, 'name what is to be traded');
  const amount = amountOf(reader, symbol, known(symbol));
  const lot = reader.number('lot', (value) => value > 0 && Number.isInteger(value), 'a whole number of shares');
  if (lot !== undefined && amount.shares !== undefined && lot > Math.abs(amount.shares))
    throw dataError(
      `${place}: a lot of ${lot} is more than the ${Math.abs(amount.shares)} shares of ${symbol} that are to be traded`,
      'give a smaller lot, or leave the name out',
    );
  if (lot !== undefined && amount.shares === undefined)
    throw dataError(
      `${place}: ${symbol} has a lot, but nothing says what a share is worth`,
      'run a date with quotes of it',
    );
  return {
    symbol,
    place,
    ...amount,
    ...given('lot', lot),
    ...given('startNs', reader.time('start')),
    ...given('endNs', reader.time('end')),
    ...given(
      'cap',
      reader.number('cap', (value) => value > 0 && value <= 1, 'a share of the volume in (0, 1]'),
    ),
    ...given(
      'urgency',
      reader.number('urgency', (value) => value >= 0, 'at least 0; 1 is like the others'),
    ),
    ...given(
      'alphaBps',
      reader.number('alpha_bps', () => true, 'a number'),
    ),
    ...given(
      'halfSpreadBps',
      reader.number('half_spread_bps', (value) => value >= 0, 'at least 0'),
    ),
  };
}

const given = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, V>);

function amountOf(
  reader: CellReader,
  symbol: string,
  known: KnownName | undefined,
): Pick<BasketLine, 'millions'> & Partial<Pick<BasketLine, 'shares' | 'price'>> {
  const { place } = reader;
  const side = reader.side();
  const isAmount = (value: number) => value !== 0 && (side === undefined || value > 0);
  const words =
    side === undefined ? 'not 0 (without a side, selling is negative)' : 'more than 0: the side says which way';
  const qty = reader.number('qty', isAmount, words);
  const notional = reader.number('notional', isAmount, words);
  if ((qty === undefined) === (notional === undefined))
    throw dataError(
      qty === undefined ? `${place}: ${symbol} has no amount` : `${place}: ${symbol} has both qty and notional`,
      'give qty in shares or contracts, or notional in millions, one of them',
    );
  const price = known && known.unitMillions > 0 ? known.unitMillions : undefined;
  if (qty !== undefined && price === undefined)
    throw dataError(
      `${place}: what a unit of ${symbol} is worth is not known, so a qty cannot be valued`,
      'give notional in millions, or calibrate on a window with quotes of it',
    );
  const millions = (side ?? 1) * (notional ?? qty! * price!);
  const daily = known?.dailyMillions ?? 0;
  if (daily > 0 && Math.abs(millions) > ABSURD_DAYS * daily)
    throw dataError(
      `${place}: ${symbol} is to trade ${short(Math.abs(millions))} millions, ${short(Math.abs(millions) / daily)} days of all that trades of it`,
      notional === undefined
        ? 'qty counts shares or contracts'
        : 'notional is in millions, not in units of the currency',
    );
  if (price === undefined) return { millions };
  // Money buys whole shares; what was given in shares stays as it is.
  const shares = qty === undefined ? Math.round(millions / price) : (side ?? 1) * qty;
  if (shares === 0)
    throw dataError(`${place}: ${short(Math.abs(millions))} millions buy no share of ${symbol}`, 'leave the name out');
  return { millions: shares * price, shares, price };
}

const short = (x: number): string => String(Number(x.toPrecision(3)));

class CellReader {
  constructor(
    readonly place: string,
    private readonly cells: Readonly<Record<string, string>>,
  ) {}

  number(column: BasketColumn, isFine: (value: number) => boolean, words: string): number | undefined {
    const text = this.cells[column];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && isFine(value)) return value;
    throw dataError(`${this.place}: ${column} is ${JSON.stringify(text)}`, `it has to be ${words}`);
  }

  side(): 1 | -1 | undefined {
    const text = this.cells.side?.trim().toLowerCase();
    if (text === undefined) return undefined;
    if (BUYS.includes(text)) return 1;
    if (SELLS.includes(text)) return -1;
    throw dataError(`${this.place}: side is ${JSON.stringify(this.cells.side)}`, `write ${BUYS[0]} or ${SELLS[0]}`);
  }

  /** Nanoseconds after local midnight. */
  time(column: 'start' | 'end'): number | undefined {
    const text = this.cells[column];
    if (text === undefined) return undefined;
    return clockNs(text, this.place, column);
  }
}

/** A time of the venue's day. @throws data error naming where it stands */
export function clockNs(text: string, place: string, column: string): number {
  if (/^([01]?\d|2[0-4]):[0-5]\d(:[0-5]\d)?$/.test(text) && secondOfDay(text) <= 86_400) return secondOfDay(text) * 1e9;
  throw dataError(
    `${place}: ${column} is ${JSON.stringify(text)}, no time of day`,
    'write it as 10:30 or 10:30:00, in venue time',
  );
}

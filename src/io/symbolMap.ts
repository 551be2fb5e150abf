import { dataError } from '../model/failure.js';
import { type Engine, smallQuery } from './duckdb.js';
import { refuseUnseen } from './smallTable.js';
import { checkColumns, rowsIn, tableOf, withFile } from './tableSchema.js';
import { MOST_ROWS, refuseLargeTable, refuseRows } from './wholeFile.js';

/** A symbol of the feed that stands for a name of the universe on the trading dates `from` to `to`, both inclusive. */
export interface SymbolSpan {
  readonly symbol: string;
  readonly name: string;
  /** Open where absent. */
  readonly from?: string;
  readonly to?: string;
}

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

/**
 * `symbols.csv`: symbol, from, to, as. @throws data error naming the row for an empty or unknown name, a date that is none,
 * reversed dates, and a symbol that stands for two names on one date.
 */
export async function readSymbolMap(engine: Engine, path: string, names: ReadonlySet<string>): Promise<SymbolSpan[]> {
  refuseLargeTable(path);
  const types = await checkColumns(engine, path, [
    { name: 'symbol', kind: 'text' },
    { name: 'from', kind: 'any', optional: true },
    { name: 'to', kind: 'any', optional: true },
    { name: 'as', kind: 'text' },
  ]);
  refuseRows(path, await rowsIn(engine, path), MOST_ROWS);
  const text = (column: string) => (types.has(column) ? `CAST("${column}" AS VARCHAR)` : 'NULL');
  const columns = ['symbol', 'from', 'to', 'as'].map((column) => `${text(column)} AS "${column}"`);
  const rows = await withFile(path, () => smallQuery(engine, `SELECT ${columns.join(', ')} FROM ${tableOf(path)}`));
  const spans = rows.map((row, k) => spanOf(path, k, row, names));
  refuseOverlaps(path, spans);
  return spans;
}

function spanOf(path: string, k: number, row: Record<string, unknown>, names: ReadonlySet<string>): SymbolSpan {
  const text = (column: string) => (typeof row[column] === 'string' ? (row[column] as string) : '');
  const [symbol, name] = [text('symbol'), text('as')];
  refuseUnseen(path, `row ${k}`, { symbol });
  if (symbol === '') throw dataError(`${path}: row ${k} has no symbol`, 'fill it in or remove the row');
  if (!names.has(name))
    throw dataError(
      `${path}: row ${k} maps "${symbol}" to ${name === '' ? 'nothing' : `"${name}"`}, which the universe does not list`,
      'give a symbol of the universe in the column "as"',
    );
  const date = (column: string) => {
    const value = text(column);
    if (value !== '' && !DATE.test(value))
      throw dataError(
        `${path}: row ${k} has "${column}" = ${value}, not a date`,
        'write it as YYYY-MM-DD, or leave it empty',
      );
    return value;
  };
  const [from, to] = [date('from'), date('to')];
  if (from !== '' && to !== '' && from > to)
    throw dataError(`${path}: row ${k} begins on ${from} and ends before, on ${to}`, 'swap the two dates');
  return { symbol, name, ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) };
}

const covers = ({ from, to }: SymbolSpan, date: string): boolean => (from ?? date) <= date && date <= (to ?? date);

function refuseOverlaps(path: string, spans: readonly SymbolSpan[]): void {
  const rowsOf = new Map<string, number[]>();
  spans.forEach((span, k) => {
    const before = rowsOf.get(span.symbol) ?? [];
    const first = before.find((row) => spans[row].name !== span.name && overlap(spans[row], span));
    rowsOf.set(span.symbol, before);
    before.push(k);
    if (first === undefined) return;
    throw dataError(
      `${path}: "${span.symbol}" stands for "${spans[first].name}" in row ${first} and for "${span.name}" in row ${k}, on common dates`,
      'let one entry end the day before the other begins',
    );
  });
}

const overlap = (a: SymbolSpan, b: SymbolSpan): boolean =>
  (a.from === undefined || b.to === undefined || a.from <= b.to) &&
  (b.from === undefined || a.to === undefined || b.from <= a.to);

/** What the feed's symbols stand for on a date, where that is not what they say. */
export const aliasesOn = (spans: readonly SymbolSpan[], date: string): Map<string, string> =>
  new Map(
    spans.filter((span) => covers(span, date) && span.symbol !== span.name).map(({ symbol, name }) => [symbol, name]),
  );

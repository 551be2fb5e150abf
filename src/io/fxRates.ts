import { dataError } from '../model/failure.js';
import { type Engine, smallQuery } from './duckdb.js';
import { refuseUnseen } from './smallTable.js';
import { checkColumns, rowsIn, tableOf, withFile } from './tableSchema.js';
import { MOST_ROWS, refuseLargeTable, refuseRows } from './wholeFile.js';

/** Units of the reporting currency for one unit of another, by currency and date. */
export type FxRates = ReadonlyMap<string, ReadonlyMap<string, number>>;

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** `fx.csv`: date, currency, rate. @throws data error naming the row for a value that cannot be used and for a second rate. */
export async function readFxRates(engine: Engine, path: string): Promise<FxRates> {
  refuseLargeTable(path);
  await checkColumns(engine, path, [
    { name: 'date', kind: 'any' },
    { name: 'currency', kind: 'text' },
    { name: 'rate', kind: 'number' },
  ]);
  refuseRows(path, await rowsIn(engine, path), MOST_ROWS);
  const columns = ['date', 'currency', 'rate'].map((column) => `CAST("${column}" AS VARCHAR) AS "${column}"`);
  const rows = await withFile(path, () => smallQuery(engine, `SELECT ${columns.join(', ')} FROM ${tableOf(path)}`));
  const rates = new Map<string, Map<string, number>>();
  rows.forEach((row, k) => {
    const { date, currency, rate } = parsed(path, k, row);
    const known = rates.get(currency) ?? new Map<string, number>();
    if (known.has(date))
      throw dataError(
        `${path}: row ${k} gives a second rate of ${currency} for ${date}`,
        'keep one row per date and currency',
      );
    rates.set(currency, known.set(date, rate));
  });
  return rates;
}

function parsed(path: string, k: number, row: Record<string, unknown>) {
  const text = (column: string) => (typeof row[column] === 'string' ? (row[column] as string) : '');
  const [date, currency, rate] = [text('date'), text('currency'), Number(text('rate'))];
  if (!DATE.test(date))
    throw dataError(`${path}: row ${k} has date = ${date}, not YYYY-MM-DD`, 'write the trading date');
  refuseUnseen(path, `row ${k}`, { currency });
  if (currency === '') throw dataError(`${path}: row ${k} has no currency`, 'fill it in or remove the row');
  if (text('rate') === '' || !(rate > 0 && Number.isFinite(rate)))
    throw dataError(
      `${path}: row ${k} has rate = ${text('rate') || 'nothing'} for ${currency} on ${date}, not a positive number`,
      'give units of the reporting currency for one unit of this one',
    );
  return { date, currency, rate };
}

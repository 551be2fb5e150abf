import type { FeedFile, FeedTable } from '../model/feed.js';
import { type Engine, smallQuery } from './duckdb.js';
import { rowsAsWritten } from './feedTables.js';
import { tableOf, withFile } from './tableSchema.js';

/** Fewer rows than this may all have a twin by chance. */
const FEW_ROWS = 100;
const TWIN_SHARE = 0.9;
/** Rows that are compared at most, about; of a longer file, those of some stamps. */
const SAMPLED_ROWS = 1_000_000;

/** A file whose rows stand in it several times over. */
export interface RepeatedRows {
  readonly rows: number;
  /** Rows that are there two (or three) times, or a multiple of it. */
  readonly repeated: number;
  readonly times: number;
}

/**
 * Whether nearly every row of a file stands there twice, or three times, in every column. Prints of one lot may all be alike
 * where stamps are coarse, but then as often by odd numbers as by even ones.
 */
export async function repeatedRows(
  engine: Engine,
  scanned: string,
  file: FeedFile,
  table: FeedTable,
): Promise<RepeatedRows | undefined> {
  const rows = await withFile(file.path, () =>
    smallQuery(engine, `SELECT count(*)::DOUBLE AS n FROM ${tableOf(scanned)}`),
  );
  const modulus = Math.ceil(Number(rows[0].n) / SAMPLED_ROWS);
  const sample = modulus > 1 ? `WHERE hash(ts, symbol) % ${modulus} = 0` : '';
  const suspect = await timesOver(engine, file.path, `SELECT * FROM ${tableOf(scanned)} ${sample}`);
  if (!suspect) return undefined;
  // A column that the mapping leaves out may tell the rows apart.
  const from = await rowsAsWritten(engine, file, table);
  return timesOver(engine, file.path, `SELECT * EXCLUDE (source_row) FROM ${from}`);
}

async function timesOver(engine: Engine, path: string, rows: string): Promise<RepeatedRows | undefined> {
  const sql = `SELECT sum(n)::DOUBLE AS rows, sum(CASE WHEN n % 2 = 0 THEN n ELSE 0 END)::DOUBLE AS even,
    sum(CASE WHEN n % 3 = 0 THEN n ELSE 0 END)::DOUBLE AS triple
    FROM (SELECT count(*) AS n FROM (SELECT hash(t) AS said FROM (${rows}) t) GROUP BY said)`;
  const [found] = await withFile(path, () => smallQuery(engine, sql));
  const [all, even, triple] = [found.rows, found.even, found.triple].map(Number);
  if (!(all > FEW_ROWS)) return undefined;
  if (even > TWIN_SHARE * all) return { rows: all, repeated: even, times: 2 };
  return triple > TWIN_SHARE * all ? { rows: all, repeated: triple, times: 3 } : undefined;
}

import { type Engine, literals, smallQuery } from './duckdb.js';
import { tableOf, withFile } from './tableSchema.js';

export const VENUE = "coalesce(CAST(venue AS VARCHAR), '')";

/** What of a day's files says which rows are the same. */
export interface Identified {
  readonly dataset: string;
  readonly hasIdentity: boolean;
  readonly mayRepeat: boolean;
  readonly hasVenue: readonly boolean[];
  /** Identifiers that all rows of a file share: they identify nothing. */
  readonly placeholders: readonly string[];
}

/** Fewer rows than this may lawfully be of one order. */
const FEW_IDENTIFIED = 100;

/** As text; what is no number of its own, such as `7.0`, is the text of the integer. */
export function identifierText(column: string, placeholders: readonly string[]): string {
  const written = `CAST(${column} AS VARCHAR)`;
  const text = `CASE WHEN ends_with(${written}, '.0') THEN left(${written}, -2) ELSE ${written} END`;
  return placeholders.length > 0 ? `CASE WHEN (${text}) NOT IN (${literals(placeholders)}) THEN ${text} END` : text;
}

/** Writers that have no identifiers write 0, or nothing, in every row. */
export async function placeholderIdentifiers(
  engine: Engine,
  files: readonly string[],
  column: string,
  hasIdentifier: readonly boolean[],
): Promise<string[]> {
  const found = new Set<string>();
  for (const [k, file] of files.entries()) {
    if (!hasIdentifier[k]) continue;
    const text = identifierText(column, []);
    const sql = `SELECT min(${text}) AS least, max(${text}) AS most, count(${text})::DOUBLE AS n FROM ${tableOf(file)}`;
    const [{ least, most, n }] = await withFile(file, () => smallQuery(engine, sql));
    if (least === most && Number(n) > FEW_IDENTIFIED) found.add(String(least));
  }
  return [...found].sort();
}

/**
 * 53 bits of a hash of what makes a row unique at its stamp, so that it passes exactly through a double; numbers and texts
 * whatever types their file gives them. Rows without an identifier have one where files overlap in time: what they say
 * and how many like them came before in their own file, so that two alike in one file are two, and one in each of two files is
 * a second copy.
 */
export function identityOf({ dataset, hasIdentity, mayRepeat, hasVenue, placeholders }: Identified): string {
  const [id, size] = dataset === 'fills' ? ['child_id', 'qty'] : ['trade_id', 'size'];
  const numbers = [size, 'side', 'price'].map((column) => `CAST(${column} AS DOUBLE)`);
  // A second copy of a file may have lost its venues.
  const said = [...(hasVenue.every(Boolean) ? [VENUE] : []), ...numbers];
  const text = identifierText(id, placeholders);
  const identified = dataset === 'fills' ? [text, ...said] : [text];
  const before = `row_number() OVER (PARTITION BY ts, symbol, ${said.join(', ')} ORDER BY file_row_number)`;
  const cases = [
    ...(hasIdentity ? [`WHEN ${text} IS NOT NULL THEN hash(${identified.join(', ')}) >> 11`] : []),
    ...(mayRepeat ? [`WHEN true THEN hash(${[...said, before].join(', ')}) >> 11`] : []),
  ];
  return cases.length > 0 ? `CASE ${cases.join(' ')} END` : 'NULL';
}

import { type DeclaredColumn, readFooter } from './parquetFooter.js';

/**
 * What the engine makes of a column against what its file declares. The engine knows decimals and unsigned integers by the
 * older of Parquet's two annotations, and takes a decimal of more than 38 digits for a double: its numbers are then off by
 * powers of ten, or negative, and nothing fails.
 */

/** The engine's name of a type that can hold nulls alone. */
export const NO_VALUES = 'NULL';

const UNUSABLE = 'unusable: ';

/** What is wrong with a column of {@link declaredTypes}, as `is …` or `stands …`; `undefined` where nothing is. */
export const whyUnusable = (type: string): string | undefined =>
  type.startsWith(UNUSABLE) ? type.slice(UNUSABLE.length) : undefined;

export interface EngineColumn {
  readonly name: string;
  readonly type: string;
}

/** Types by name in the order of the file, corrected by what a Parquet file declares where the engine differs. */
export function declaredTypes(path: string, columns: readonly EngineColumn[]): Map<string, string> {
  const declared = declaredColumns(path);
  // The engine gives the second column of a name another name; the order is that of the file.
  if (declared.length !== columns.length) return new Map(columns.map(({ name, type }) => [name, type]));
  const count = new Map<string, number>();
  for (const { name } of declared) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map(
    columns.map(({ name, type }, k) => [
      name,
      count.get(name)! > 1 ? `${UNUSABLE}stands in the file more than once` : declaredType(type, declared[k]),
    ]),
  );
}

function declaredColumns(path: string): readonly DeclaredColumn[] {
  try {
    return readFooter(path).columns;
  } catch (error) {
    // The engine refuses a footer that is damaged, and by its words.
    if (error instanceof RangeError) return [];
    throw error;
  }
}

function declaredType(type: string, { decimal, isUnsigned, isNull }: DeclaredColumn): string {
  if (isNull) return NO_VALUES;
  const name = decimal ? `DECIMAL(${decimal.precision},${decimal.scale})` : isUnsigned ? 'an unsigned integer' : type;
  const isRead = decimal ? type === name : !isUnsigned || /^U\w*INT/.test(type);
  return isRead ? type : `${UNUSABLE}is declared ${name}, but would be read as ${type}`;
}

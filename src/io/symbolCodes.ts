import { dataError } from '../model/failure.js';
import { isPlain } from '../model/plainText.js';
import { codeOf, createEnum, type Engine, literals, smallQuery } from './duckdb.js';
import { withFile } from './tableSchema.js';

/** What the symbols of a day's feed stand for. */
export interface SymbolCodes {
  /** Names of the universe; a row's code is a place in it. */
  readonly symbols: readonly string[];
  /** Symbols of the feed that stand for a name of the universe on this day; a symbol listed here stands for nothing else. */
  readonly aliases?: ReadonlyMap<string, string>;
}

const ENUM = 'xim_symbol';

/** Place of the name that a symbol of the feed stands for, −1 where it is none of the universe. */
export function nameIndex({ symbols, aliases }: SymbolCodes): (symbol: string) => number {
  const places = new Map(symbols.map((symbol, i) => [symbol, i]));
  return (symbol) => places.get(aliases?.get(symbol) ?? symbol) ?? -1;
}

/** Every symbol of the feed that stands for a name, the universe first. */
const knownSymbols = ({ symbols, aliases }: SymbolCodes): string[] => [
  ...new Set([...symbols, ...(aliases?.keys() ?? [])]),
];

/** Makes the type that {@link nameCode} needs. */
export const createSymbolEnum = (engine: Engine, codes: SymbolCodes): Promise<void> =>
  createEnum(engine, ENUM, knownSymbols(codes));

/** SQL for the place of a row's name in the universe; NULL for a symbol that stands for none. */
export function nameCode(codes: SymbolCodes, column = 'symbol'): string {
  const code = codeOf(column, ENUM);
  const index = nameIndex(codes);
  const moved = knownSymbols(codes).flatMap((symbol, k) =>
    index(symbol) === k ? [] : [`WHEN ${k} THEN ${index(symbol)}`],
  );
  return moved.length === 0 ? code : `CASE ${code} ${moved.join(' ')} ELSE ${code} END`;
}

/** A file, and the table function that reads it. */
export interface SymbolTable {
  readonly file: string;
  readonly table: string;
}

/**
 * Refuses a day on which a mapped symbol and the name that it stands for both have rows: one of them is another instrument,
 * or every event is there twice.
 */
export async function refuseBothSpellings(
  engine: Engine,
  tables: readonly SymbolTable[],
  { aliases }: SymbolCodes,
): Promise<void> {
  if (!aliases || aliases.size === 0) return;
  const asked = literals([...new Set([...aliases.keys(), ...aliases.values()])]);
  const seenIn = new Map<string, string>();
  for (const { file, table } of tables) {
    const sql = `SELECT DISTINCT CAST(symbol AS VARCHAR) AS symbol FROM ${table} WHERE CAST(symbol AS VARCHAR) IN (${asked})`;
    for (const { symbol } of await withFile(file, () => smallQuery(engine, sql))) seenIn.set(String(symbol), file);
  }
  refuseBoth(aliases, (symbol) => seenIn.get(symbol));
}

/** The same for symbols that were read already. @param seenIn file in which a symbol has rows */
export function refuseBoth(aliases: ReadonlyMap<string, string>, seenIn: (symbol: string) => string | undefined): void {
  for (const [symbol, name] of aliases) {
    const [mapped, own] = [seenIn(symbol), aliases.has(name) ? undefined : seenIn(name)];
    if (mapped === undefined || own === undefined) continue;
    throw dataError(
      `${mapped} has rows of "${symbol}", which stands for "${name}" on this date, and ${own} has rows of "${name}" itself`,
      'end the entry of symbols.csv where the name itself begins, or map the other symbol too',
    );
  }
}

/** A symbol of the feed that is a name of the universe but for blanks or case. */
export interface Misspelt {
  readonly symbol: string;
  readonly name: string;
  readonly rows: number;
  /** Index into the tables, and row of the first. */
  readonly file: number;
  readonly row: number;
}

/** A symbol of the feed that no table could show. */
export type Unreadable = Omit<Misspelt, 'name'>;

/** What lies in a day's files beside the universe. */
export interface OutsideUniverse {
  readonly rows: number;
  readonly symbols: number;
  /** By rows, the most first. */
  readonly commonest: readonly { readonly symbol: string; readonly rows: number }[];
}

export interface SymbolCensus {
  readonly outside: OutsideUniverse;
  readonly misspelt: readonly Misspelt[];
  /** With characters that are not seen. */
  readonly unreadable: readonly Unreadable[];
  /** Rows without a symbol, and the first of them. */
  readonly unnamed: { readonly rows: number; readonly file: number; readonly row: number };
}

const MOST_SYMBOLS = 5;
const bare = (symbol: string): string => symbol.trim().toLowerCase();

/** Counts the rows of symbols that stand for no name, which {@link createSymbolEnum} was told of. */
export async function countStrangers(
  engine: Engine,
  tables: readonly SymbolTable[],
  codes: SymbolCodes,
): Promise<SymbolCensus> {
  const found = new Map<string, { rows: number; file: number; row: number }>();
  let unnamed = { rows: 0, file: 0, row: 0 };
  for (const [k, { file, table }] of tables.entries()) {
    const sql = `SELECT CAST(symbol AS VARCHAR) AS symbol, CAST(count(*) AS DOUBLE) AS rows,
      CAST(min(file_row_number) AS DOUBLE) AS first FROM ${table} WHERE ${nameCode(codes)} IS NULL GROUP BY 1`;
    for (const { symbol, rows, first } of await withFile(file, () => smallQuery(engine, sql))) {
      const here = { rows: Number(rows), file: k, row: Number(first) };
      if (typeof symbol !== 'string' || symbol.trim() === '') unnamed = added(unnamed, here);
      else found.set(symbol, added(found.get(symbol), here));
    }
  }
  return { ...sortedStrangers(found, codes), unnamed };
}

type Counted = { rows: number; file: number; row: number };

const added = (before: Counted | undefined, more: Counted): Counted =>
  before === undefined || before.rows === 0 ? more : { ...before, rows: before.rows + more.rows };

function sortedStrangers(found: ReadonlyMap<string, Counted>, codes: SymbolCodes): Omit<SymbolCensus, 'unnamed'> {
  const names = new Map(knownSymbols(codes).map((symbol) => [bare(symbol), symbol]));
  const entries = [...found].sort(([a, x], [b, y]) => y.rows - x.rows || (a < b ? -1 : 1));
  const misspelt = entries.flatMap(([symbol, counted]) => {
    const name = names.get(bare(symbol));
    return name === undefined ? [] : [{ symbol, name, ...counted }];
  });
  const strange = entries.filter(([symbol]) => !names.has(bare(symbol)));
  const others = strange.filter(([symbol]) => isPlain(symbol));
  return {
    misspelt,
    unreadable: strange.flatMap(([symbol, counted]) => (isPlain(symbol) ? [] : [{ symbol, ...counted }])),
    outside: {
      rows: others.reduce((sum, [, { rows }]) => sum + rows, 0),
      symbols: others.length,
      commonest: others.slice(0, MOST_SYMBOLS).map(([symbol, { rows }]) => ({ symbol, rows })),
    },
  };
}

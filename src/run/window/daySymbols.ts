import type { Misspelt, OutsideUniverse, SymbolCensus } from '../../io/symbolCodes.js';
import { dataError } from '../../model/failure.js';
import { quoted } from '../../model/plainText.js';
import { type Quarantine, reclassify, strangers } from '../../stages/align/quarantine.js';

interface SymbolsOfDay {
  /** As messages name it. */
  readonly dataset: string;
  readonly date: string;
  /** Names of the universe. */
  readonly symbols: readonly string[];
  /** Counts the rows of no name; asked for where there are any. */
  readonly census: () => Promise<SymbolCensus>;
  readonly quarantine: Quarantine;
  /** Rows used by name; absent where a name may well have none, as of own flow. */
  readonly used?: Int32Array;
}

export interface JudgedSymbols {
  /** Absent where every row is of the universe. */
  readonly outsideUniverse?: OutsideUniverse;
  readonly notes: readonly string[];
}

/**
 * What the rows are that no name of the universe claims. A feed may hold more than the universe, which is no defect; a symbol
 * that is a name but for blanks or case, or none at all, is one. @throws data error when no row is of the universe.
 */
export async function judgeSymbols(day: SymbolsOfDay): Promise<JudgedSymbols> {
  const { dataset, date, symbols, census, quarantine, used } = day;
  if (strangers(quarantine) === 0) return { notes: [] };
  const { outside, misspelt, unreadable, unnamed } = await census();
  if (unnamed.rows > 0) reclassify(quarantine, 'unknown_symbol', 'no_symbol', unnamed);
  for (const found of misspelt) reclassify(quarantine, 'unknown_symbol', 'misspelt_symbol', found);
  for (const found of unreadable) reclassify(quarantine, 'unknown_symbol', 'unreadable_symbol', found);
  if (strangers(quarantine) === quarantine.rows)
    throw dataError(
      `${dataset} of ${date}: none of ${quarantine.rows} rows is of the universe; ${foundInstead(outside, misspelt)}`,
      'write the symbols as the feed does in the universe, or map them in symbols.csv (symbol, from, to, as)',
    );
  const silent = used && outside.rows > 0 ? symbols.filter((_, i) => used[i] === 0) : [];
  return {
    ...(outside.rows > 0 ? { outsideUniverse: outside } : {}),
    notes: [
      ...(silent.length > 0
        ? [
            `${date}: ${listed(silent)} ${silent.length > 1 ? 'have' : 'has'} no usable row in ${dataset}; the feed has symbols not in the universe: ${commonest(outside)}`,
          ]
        : []),
      ...(used === undefined && outside.rows > 0
        ? [
            `${date}: ${outside.rows} rows of ${dataset} are of symbols not in the universe and no part of the flow: ${commonest(outside)}`,
          ]
        : []),
      ...(unreadable.length > 0
        ? [
            `${date}: ${dataset} has symbols with characters that are not seen, set aside: ${listed(unreadable.map(({ symbol, rows }) => `${quoted(symbol)} (${rows} rows)`))}`,
          ]
        : []),
      ...(misspelt.length > 0
        ? [
            `${date}: ${dataset} has symbols that are names of the universe but for blanks or case, set aside: ${nearMatches(misspelt)}`,
          ]
        : []),
    ],
  };
}

function foundInstead(outside: OutsideUniverse, misspelt: readonly Misspelt[]): string {
  const parts = [
    ...(misspelt.length > 0 ? [`names but for blanks or case: ${nearMatches(misspelt)}`] : []),
    ...(outside.rows > 0 ? [`the commonest symbols are ${commonest(outside)}`] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : 'no row has a symbol';
}

const MOST_LISTED = 5;

function listed(entries: readonly string[], all = entries.length): string {
  const shown = entries.slice(0, MOST_LISTED);
  return `${shown.join(', ')}${all > shown.length ? ` and ${all - shown.length} more` : ''}`;
}

/** The symbols that lie beside the universe most often. */
export const commonest = ({ commonest: found, symbols }: OutsideUniverse): string =>
  listed(
    found.map(({ symbol, rows }) => `${quoted(symbol)} (${rows} rows)`),
    symbols,
  );

const nearMatches = (misspelt: readonly Misspelt[]): string =>
  listed(misspelt.map(({ symbol, name, rows }) => `${quoted(symbol)} for "${name}" (${rows} rows)`));

/** What quotes of the days lie beside the universe, for a message about a name that has none; empty where there are none. */
export function besideUniverse(
  reports: readonly { readonly datasets: Readonly<Record<string, { readonly outsideUniverse?: OutsideUniverse }>> }[],
): string {
  const found = reports
    .map(({ datasets }) => datasets.quotes?.outsideUniverse)
    .findLast((outside) => outside !== undefined);
  return found ? `; the feed has symbols not in the universe: ${commonest(found)}` : '';
}

import type { Engine } from '../../io/duckdb.js';
import { type FxRates, readFxRates } from '../../io/fxRates.js';
import type { SymbolCodes } from '../../io/symbolCodes.js';
import { aliasesOn, readSymbolMap, type SymbolSpan } from '../../io/symbolMap.js';
import type { Name } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import { inQuotedCurrency, priceScales } from '../../stages/align/contracts.js';
import type { MarketRows } from '../../stages/align/ownRows.js';
import { currencyNotes, refuseMixedCurrencies, refuseTwoRates } from './currencies.js';
import type { Inputs } from './inputs.js';

/** What the names are called, and what their currencies are worth, on each date. */
export interface Reference {
  readonly symbolMap: readonly SymbolSpan[];
  /** Absent without `fx.csv`. */
  readonly fxRates?: FxRates;
  /** Rows of the files that there are, by dataset. */
  readonly rows?: Readonly<Record<string, number>>;
  /** On the currencies. */
  readonly notes?: readonly string[];
}

/** Reads `symbols.csv` and `fx.csv` where there are any. @throws data error naming file and row, or the rate that is missing. */
export async function readReference(engine: Engine, inputs: Inputs, names: readonly Name[]): Promise<Reference> {
  const { symbols, fx, dates } = inputs;
  const symbolMap = symbols
    ? await readSymbolMap(engine, symbols.path, new Set(names.map(({ symbol }) => symbol)))
    : [];
  const fxRates = fx ? await readFxRates(engine, fx.path) : undefined;
  const rows = {
    ...(symbols ? { symbols: symbolMap.length } : {}),
    ...(fxRates ? { fx: [...fxRates.values()].reduce((sum, { size }) => sum + size, 0) } : {}),
  };
  const notes = currencyNotes(names, inputs);
  const reference = { symbolMap, notes, ...(fxRates ? { fxRates } : {}), ...(symbols || fx ? { rows } : {}) };
  if (fxRates) refuseTwoRates(names, fxRates, inputs);
  else await refuseMixedCurrencies(engine, names, inputs);
  for (const date of dates) namesOn(names, reference, date);
  return reference;
}

/** What the feed calls the names on a date. */
export const symbolCodes = (
  { names, reference }: { readonly names: readonly Name[]; readonly reference: Reference },
  date: string,
): SymbolCodes => ({
  symbols: names.map((name) => name.symbol),
  aliases: aliasesOn(reference.symbolMap, date),
});

/** Mids that a user gives are prices of the feed like others. */
export function inQuotedMids(names: readonly Name[], { name, columns: { mid } }: MarketRows): MarketRows['columns'] {
  return mid ? { mid: inQuotedCurrency(mid, name, priceScales(names)) } : {};
}

/** The names with the conversion of a date: `fx` of the universe, or the rate of their currency. */
export function namesOn(names: readonly Name[], { fxRates: rates }: Pick<Reference, 'fxRates'>, date: string): Name[] {
  return names.map((name) => {
    if (!rates || name.currency === undefined) return name;
    const rate = rates.get(name.currency)?.get(date);
    if (rate !== undefined) return { ...name, fx: name.fx * rate };
    throw dataError(
      rates.has(name.currency)
        ? `fx has no rate of ${name.currency} for ${date}, which "${name.symbol}" needs`
        : `fx has no rate of ${name.currency}, the currency of "${name.symbol}", on any date`,
      'add the row: rates are not carried from one date to another; names in the reporting currency leave "currency" empty',
    );
  });
}

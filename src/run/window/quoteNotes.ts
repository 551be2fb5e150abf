import type { EdgeQuotes } from '../../stages/align/quotes.js';

/**
 * What a reader should know of a day's quotes that are no defect of the feed, or few.
 * @param often share of a name's quotes from which on it is named
 */
export const quoteNotes = (date: string, symbols: readonly string[], quotes: EdgeQuotes, often: number): string[] => [
  ...withdrawnNote(date, symbols, quotes, often),
  ...negativeNote(date, quotes),
];

/** Names whose book often has no mid: no defect of the feed, but their moves are missing. */
function withdrawnNote(
  date: string,
  symbols: readonly string[],
  { used, withdrawn }: EdgeQuotes,
  often: number,
): string[] {
  const shares = symbols.map((symbol, i) => ({ symbol, share: withdrawn[i] / (used[i] + withdrawn[i]) }));
  const named = shares
    .filter(({ share }) => share > often)
    .map(({ symbol, share }) => `${symbol} (${(100 * share).toFixed(1)} % of its quotes)`);
  if (named.length === 0) return [];
  return [`${date}: books without one side, or with a placeholder for it, have no mid: ${named.join(', ')}`];
}

/** They were set aside, and the quotes before them stood on: what the reader takes for a quiet market may be a plunge. */
function negativeNote(date: string, { quarantine }: EdgeQuotes): string[] {
  const rows = quarantine.counts.get('non_positive_price') ?? 0;
  if (rows === 0) return [];
  return [
    `${date}: ${rows} quotes with a price below zero were set aside; align.units: price is for names that trade there`,
  ];
}

import { hasDecimalComma } from '../../io/csvTable.js';
import type { Engine } from '../../io/duckdb.js';
import { type FeedValue, textsOf } from '../../io/feedExamples.js';
import { dataError } from '../../model/failure.js';
import type { FeedDataset, FeedTable } from '../../model/feed.js';
import { defectiveShare, defectsOf, type Quarantine, type QuarantineReason } from '../../stages/align/quarantine.js';
import type { InputFile } from './inputs.js';

/** Rows set aside for a text that could not be read: what the file has there, and what to do about it. */

export interface UnreadRow {
  readonly reason: QuarantineReason;
  readonly file: InputFile;
  readonly value: FeedValue;
}

/** Numbers of the datasets, as {@link QuarantineReason} `not_a_number` is about them. */
const NUMBERS: Readonly<Record<Exclude<FeedDataset, 'factors' | 'parents'>, readonly string[]>> = {
  quotes: ['bid', 'ask', 'bid_size', 'ask_size'],
  trades: ['price', 'size', 'side'],
  fills: ['price', 'qty', 'side'],
  market: [
    'ret_bps',
    'mid',
    'spread_bps',
    'bid_depth',
    'ask_depth',
    'queue_imbalance',
    'quote_age_ms',
    'volume',
    'market_flow',
  ],
  flow: ['signed_notional', 'signed_qty', 'n'],
};

export interface UnreadDataset {
  readonly dataset: keyof typeof NUMBERS;
  readonly files: readonly InputFile[];
  readonly table: FeedTable;
}

/** By example of the quarantine, the text that it is about; `undefined` where it is about none. */
export async function unreadRows(
  engine: Engine,
  { dataset, files, table }: UnreadDataset,
  examples: readonly { readonly reason: QuarantineReason; readonly file: number; readonly row: number }[],
): Promise<(UnreadRow | undefined)[]> {
  const found: (UnreadRow | undefined)[] = [];
  for (const { reason, file, row } of examples) {
    const isStamp = reason === 'non_finite';
    if (!isStamp && reason !== 'not_a_number') found.push(undefined);
    else {
      const columns = isStamp ? ['ts'] : NUMBERS[dataset];
      const texts = await textsOf(engine, files[file], table, { row, columns });
      const value = texts.find(({ text }) => text.trim() !== '' && (isStamp || Number.isNaN(Number(text))));
      found.push(value && { reason, file: files[file], value });
    }
  }
  return found;
}

/** Examples of a copy, by the rows of the feed's own file. */
export const rowsOfFeed = <E extends { readonly row: number }>(
  examples: readonly E[],
  shownRows: readonly { readonly values: unknown }[],
): E[] =>
  examples.map((example, k) => {
    const row = (shownRows[k].values as { readonly source_row?: unknown }).source_row;
    return row === undefined || row === null ? example : { ...example, row: Number(row) };
  });

/** Examples with the texts that could not be read in place of what was made of them. */
export const asWritten = <E extends { readonly values: unknown }>(
  examples: readonly E[],
  unread: readonly (UnreadRow | undefined)[],
): E[] =>
  examples.map((example, k) => {
    const value = unread[k]?.value;
    return value ? { ...example, values: { ...(example.values as object), [value.ours]: value.text } } : example;
  });

/**
 * A note where some numbers could not be read, so that no row goes without a word.
 * @throws data error with file, row, column and text where the defects are too many, and most of them of this kind
 */
export function judgeUnread(
  { dataset, table }: UnreadDataset,
  date: string,
  {
    quarantine,
    unread,
    maxShare,
  }: {
    readonly quarantine: Quarantine;
    readonly unread: readonly (UnreadRow | undefined)[];
    readonly maxShare: number;
  },
): string[] {
  const firstOf = (reason: QuarantineReason) => unread.find((row) => row?.reason === reason);
  const share = defectiveShare(quarantine);
  if (share > maxShare) {
    const [reason, count] = defectsOf(quarantine)[0];
    const first = firstOf(reason);
    if (!first) return [];
    const what = reason === 'not_a_number' ? 'a number' : 'a stamp';
    throw dataError(
      `${dataset} of ${date}: ${(100 * share).toFixed(2)} % of the rows inside the sessions are defective, above align.max_quarantine = ${maxShare}; in ${count} rows text is not ${what}, the first ${shown(first)}`,
      reason === 'not_a_number' ? numberHint(first.value.text) : stampHint(dataset, first.value, table),
    );
  }
  const first = firstOf('not_a_number');
  const rows = quarantine.counts.get('not_a_number');
  return first
    ? [`${date}: ${rows} rows of ${dataset} have text that is no number and were set aside, the first ${shown(first)}`]
    : [];
}

const shown = ({ file, value: { column, text, row } }: UnreadRow): string =>
  `${column} = ${JSON.stringify(text.slice(0, 60))} in row ${row} of ${file.name}`;

function numberHint(text: string): string {
  if (hasDecimalComma(text) || /\d,\d/.test(text))
    return 'a comma is read neither as a decimal point nor as a separator of thousands: write 1000.05';
  return 'write numbers with a decimal point and nothing else, and empty text where there is no value';
}

/** Which setting of `data.columns` the text asks for. */
function stampHint(dataset: string, { text, column }: FeedValue, { columns }: FeedTable): string {
  const mapping = (settings: string) => `data.columns: { ${dataset}: { ts: { column: ${column}, ${settings} } } }`;
  const stamp = text.trim();
  if (/^[+-]?\d+(\.\d+)?(e\+?\d+)?$/i.test(stamp) && columns.ts?.unit === undefined) {
    const unit = unitOf(stamp);
    return unit === 'midnight'
      ? `it is a number: if it counts from midnight at the venue, set ${mapping('unit: s, after: midnight')} (s, ms, us or ns)`
      : `it is a number: say what it counts, ${mapping(`unit: ${unit}`)} (s, ms, us or ns)`;
  }
  if (/^\d{1,2}:\d{2}/.test(stamp))
    return `it is a time without a date: write both, or a count from midnight with ${mapping('unit: s, after: midnight')}`;
  if (/[A-Za-z]{2,}$/.test(stamp) && /^\d{4}-/.test(stamp))
    return `names of zones are not read: write UTC, or the venue’s clock without its name and ${mapping('zone: venue')}`;
  return `write stamps as 2024-03-08 14:30:00.123, in UTC or with ${mapping('zone: venue')}, or as numbers with a unit`;
}

/** By the digits before the point of a stamp of our days. */
function unitOf(stamp: string): 's' | 'ms' | 'us' | 'ns' | 'midnight' {
  const seconds = Math.abs(Number(stamp));
  if (seconds >= 1e17) return 'ns';
  if (seconds >= 1e14) return 'us';
  if (seconds >= 1e11) return 'ms';
  return seconds >= 1e8 ? 's' : 'midnight';
}

/** Among many names, one whose prices are text is few rows; what is left of it is no sample of its prices. */
const MAX_UNREAD_OF_NAME = 0.1;

/**
 * @param notes of the day, where the first of the texts stands
 * @throws data error naming the symbols of which more quotes than a tenth are text
 */
export function refuseUnreadNames(
  date: string,
  symbols: readonly string[],
  { used, withdrawn, unread }: Readonly<Record<'used' | 'withdrawn' | 'unread', Int32Array>>,
  notes: readonly string[],
): void {
  const shares = symbols.map((symbol, i) => ({ symbol, share: unread[i] / (used[i] + withdrawn[i] + unread[i]) }));
  const most = shares.filter(({ share }) => share > MAX_UNREAD_OF_NAME);
  if (most.length === 0) return;
  const named = most.slice(0, 3).map(({ symbol, share }) => `${symbol} (${(100 * share).toFixed(1)} %)`);
  const said = notes.find((note) => note.includes('text that is no number'));
  throw dataError(
    `quotes of ${date}: text that is no number in the quotes of ${named.join(', ')}${most.length > 3 ? ` and ${most.length - 3} more` : ''}${said ? `; ${said}` : ''}`,
    'write numbers with a decimal point and nothing else: a comma is read neither as that nor as a separator of thousands',
  );
}

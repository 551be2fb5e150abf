import type { BucketGrid } from '../../model/grid.js';

/** Why a row could not be used. The order is the order in which a row is examined. */
export const QUARANTINE_REASONS = [
  'unknown_symbol',
  'no_symbol',
  'misspelt_symbol',
  'unreadable_symbol',
  'unreadable_venue',
  'not_a_number',
  'non_finite',
  'out_of_session',
  'other_date',
  'non_positive_price',
  'non_positive_size',
  'crossed',
  'locked',
  'bad_side',
  'out_of_order',
  'duplicate',
  'bad_tick',
  'sentinel',
  'one_sided',
  'absurd_spread',
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

/**
 * Rows that feeds carry lawfully and that no bucket can use: other names, hours outside the sessions, books without one side
 * (a price limit, an auction) and the placeholders that some feeds write for one. They are counted, and are no defect.
 */
const LAWFUL: ReadonlySet<QuarantineReason> = new Set([
  'unknown_symbol',
  'out_of_session',
  'one_sided',
  'absurd_spread',
]);

export interface QuarantineExample {
  readonly reason: QuarantineReason;
  /** Index into the dataset's files. */
  readonly file: number;
  /** Row of the file, from zero. */
  readonly row: number;
}

const EXAMPLES_PER_REASON = 3;

/** First and last stamp of some rows, nanoseconds after the epoch of their day. */
export interface StampSpan {
  /** UTC nanoseconds. */
  readonly epochNs: bigint;
  firstNs: number;
  lastNs: number;
}

/** Rows read, used and set aside of one dataset. Nothing is dropped without passing through here. */
export interface Quarantine {
  rows: number;
  readonly counts: Map<QuarantineReason, number>;
  readonly examples: QuarantineExample[];
  /** Stamps of the rows outside the sessions, whatever their date; absent where there are none. */
  outside?: StampSpan;
  /** Of the duplicates, those of which the first copy stands in another file; absent where there are none. */
  acrossFiles?: number;
}

export function emptyQuarantine(): Quarantine {
  return { rows: 0, counts: new Map(), examples: [] };
}

/** Reason of a row with such values, `undefined` where all are finite or missing. Text that is no number is read as −∞. */
export function infiniteReason(values: readonly number[]): QuarantineReason | undefined {
  if (values.includes(Number.NEGATIVE_INFINITY)) return 'not_a_number';
  return values.includes(Number.POSITIVE_INFINITY) ? 'non_finite' : undefined;
}

export function setAside(quarantine: Quarantine, reason: QuarantineReason, file: number, row: number): void {
  const count = (quarantine.counts.get(reason) ?? 0) + 1;
  quarantine.counts.set(reason, count);
  if (count <= EXAMPLES_PER_REASON) quarantine.examples.push({ reason, file, row });
}

/** Rows set aside under one reason turn out to have another; `first` is where the first of them is. */
export function reclassify(
  { counts, examples }: Quarantine,
  from: QuarantineReason,
  to: QuarantineReason,
  first: { readonly rows: number; readonly file: number; readonly row: number },
): void {
  const left = (counts.get(from) ?? 0) - first.rows;
  if (left > 0) counts.set(from, left);
  else counts.delete(from);
  counts.set(to, (counts.get(to) ?? 0) + first.rows);
  // Which of the two an example was of is not known.
  const others = examples.filter(({ reason }) => reason !== from);
  examples.splice(0, examples.length, ...others, { reason: to, file: first.file, row: first.row });
}

const HOUR_NS = 3600e9;
/** Sessions of a trading date may cross midnight, and a feed may hold the days around it; three days away is another date. */
const DATE_SLACK_HOURS = 72;

/** Reason of a stamp that lies in no session. */
export const strayReason = (timeNs: number): QuarantineReason =>
  timeNs < -DATE_SLACK_HOURS * HOUR_NS || timeNs > (24 + DATE_SLACK_HOURS) * HOUR_NS ? 'other_date' : 'out_of_session';

/** Remembers the stamp of a row outside the sessions, for the message that a day of such rows ends with. */
export function noteOutside(quarantine: Quarantine, { epochNs }: BucketGrid, timeNs: number): void {
  quarantine.outside ??= { epochNs, firstNs: timeNs, lastNs: timeNs };
  if (timeNs < quarantine.outside.firstNs) quarantine.outside.firstNs = timeNs;
  if (timeNs > quarantine.outside.lastNs) quarantine.outside.lastNs = timeNs;
}

export function quarantinedRows(quarantine: Quarantine): number {
  return [...quarantine.counts.values()].reduce((sum, count) => sum + count, 0);
}

const countOf = ({ counts }: Quarantine, reasons: Iterable<QuarantineReason>): number =>
  [...reasons].reduce((sum, reason) => sum + (counts.get(reason) ?? 0), 0);

/** Files that overlap by a minute or so repeat a few rows; one that repeats more than this is a second export of another. */
const OVERLAP_SHARE = 0.1;

/**
 * Share of the rows of the universe inside the sessions that are defective. Rows of other names, rows outside the sessions
 * and books without one side are counted apart: feeds carry them, and a wrong time zone is caught by its own check. So are the rows
 * in which the files of a day overlap, which count once.
 */
export function defectiveShare(quarantine: Quarantine): number {
  const apart = countOf(quarantine, ['unknown_symbol', 'out_of_session']);
  const judged = quarantine.rows - apart;
  const { acrossFiles = 0 } = quarantine;
  const overlap = acrossFiles < OVERLAP_SHARE * judged ? acrossFiles : 0;
  const defects = defectsOf(quarantine).reduce((sum, [, count]) => sum + count, 0);
  return judged > 0 ? (defects - overlap) / judged : 0;
}

/** Defects by reason, the most frequent first. */
export const defectsOf = ({ counts }: Quarantine): [QuarantineReason, number][] =>
  [...counts].filter(([reason]) => !LAWFUL.has(reason)).sort((a, b) => b[1] - a[1]);

/** Rows of names outside the universe, however they are written. */
export const strangers = (quarantine: Quarantine): number =>
  countOf(quarantine, ['unknown_symbol', 'no_symbol', 'misspelt_symbol', 'unreadable_symbol']);

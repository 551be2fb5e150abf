/** Why a row could not be used. The order is the order in which a row is examined. */
export const QUARANTINE_REASONS = [
  'non_finite',
  'unknown_symbol',
  'out_of_session',
  'non_positive_price',
  'non_positive_size',
  'crossed',
  'locked',
  'bad_side',
  'out_of_order',
  'duplicate',
  'bad_tick',
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];

export interface QuarantineExample {
  readonly reason: QuarantineReason;
  /** Index into the dataset's files. */
  readonly file: number;
  /** Row of the file, from zero. */
  readonly row: number;
}

const EXAMPLES_PER_REASON = 3;

/** Rows read, used and set aside of one dataset. Nothing is dropped without passing through here. */
export interface Quarantine {
  rows: number;
  readonly counts: Map<QuarantineReason, number>;
  readonly examples: QuarantineExample[];
}

export function emptyQuarantine(): Quarantine {
  return { rows: 0, counts: new Map(), examples: [] };
}

export function setAside(quarantine: Quarantine, reason: QuarantineReason, file: number, row: number): void {
  const count = (quarantine.counts.get(reason) ?? 0) + 1;
  quarantine.counts.set(reason, count);
  if (count <= EXAMPLES_PER_REASON) quarantine.examples.push({ reason, file, row });
}

export function quarantinedRows(quarantine: Quarantine): number {
  return [...quarantine.counts.values()].reduce((sum, count) => sum + count, 0);
}

/**
 * Share of the rows inside the sessions that are defective. Rows outside the sessions are counted apart: feeds carry
 * pre- and post-market events that are no defect, and a wrong time zone is caught by its own check.
 */
export function defectiveShare(quarantine: Quarantine): number {
  const outside = quarantine.counts.get('out_of_session') ?? 0;
  const inside = quarantine.rows - outside;
  return inside > 0 ? (quarantinedRows(quarantine) - outside) / inside : 0;
}

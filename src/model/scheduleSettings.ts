/**
 * Ways to work a basket, behind one interface and within one set of bounds (MODEL §7a): what follows the clock, the volume or the
 * sectors, and what is optimal under a model: without links and with every name's own risk alone, without links, with all of
 * them, and with half of each, the robust choice while links are new.
 */
export const POLICIES = ['twap', 'vwap', 'staggered', 'independent', 'diagonal', 'half', 'cross'] as const;
export type PolicyName = (typeof POLICIES)[number];

/** What a desk asks for, beside the basket. */
export interface ScheduleSettings {
  readonly side: 'same' | 'free';
  /** Largest share of a bucket's volume; `none` for no limit. */
  readonly cap: number | 'none';
  /** λ, or how urgent it is: relative to what the basket's own impact weighs. */
  readonly urgency: 'low' | 'medium' | 'high' | { readonly aversion: number };
  /** Largest change of a name's participation from one bucket to the next; `undefined` for none. */
  readonly maxStep?: number | undefined;
  /** η: bps at a participation of 100 %, beside what the model says. */
  readonly temporaryBps: number;
  /** Closing auction as a last bucket: its volume as a share of the day's, and the share of it that may be taken. */
  readonly close?: { readonly share: number; readonly cap: number } | undefined;
  /** What may stay undone is done in one trade after the horizon, bps dearer; `undefined` where all has to be done. */
  readonly unfinishedPenaltyBps?: number | undefined;
  /** Exposures of what is left that are held to their path, as if a further factor moved them by so many bps a day. */
  readonly balances: Readonly<Partial<Record<BalanceKind, number>>>;
}

/** What is not said. */
export const USUAL_SETTINGS: ScheduleSettings = {
  side: 'same',
  cap: 0.1,
  urgency: 'medium',
  temporaryBps: 0,
  balances: {},
};

export const BALANCE_KINDS = ['cash', 'sector', 'beta'] as const;
export type BalanceKind = (typeof BALANCE_KINDS)[number];

import type { ImpactState } from '../../model/impactState.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { Timeline } from './timeline.js';

/**
 * Ways to work a basket, behind one interface and within one set of bounds (MODEL §7a): what follows the clock, the volume or the
 * sectors, and what is optimal under a model: without links and with every name's own risk alone, without links, with all of
 * them, and with half of each, the robust choice while links are new.
 */
export const POLICIES = ['twap', 'vwap', 'staggered', 'independent', 'diagonal', 'half', 'cross'] as const;
export type PolicyName = (typeof POLICIES)[number];

/** A line of a basket: one name to be bought or sold. */
export interface BasketLine {
  readonly symbol: string;
  /** Signed millions of the reporting currency. */
  readonly millions: number;
  /** Signed shares; absent where only money was given and no price is known. */
  readonly shares?: number;
  /** Millions a share. */
  readonly price?: number;
  /** Shares in a lot; 1 where absent. */
  readonly lot?: number;
  /** Nanoseconds after local midnight: when the name may trade; the whole horizon where absent. */
  readonly startNs?: number;
  readonly endNs?: number;
  /** Largest share of the market's volume in a bucket; the basket's where absent. */
  readonly cap?: number;
  /** What its risk weighs against that of the others; 1 where absent. */
  readonly urgency?: number;
  /** bps by which its price is expected to rise over the horizon, whatever this basket does. */
  readonly alphaBps?: number;
  readonly halfSpreadBps?: number;
  /** Where it stands, `line 4`. */
  readonly place: string;
}

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

/** All that a problem is made from, for the names that it speaks of, in one order. */
export interface ScheduleInputs {
  readonly symbols: readonly string[];
  readonly blocks: readonly string[];
  readonly propagator: Propagator;
  readonly profile: MarketProfile;
  /** Per name; `undefined` for one that is not traded but was before. */
  readonly lines: readonly (BasketLine | undefined)[];
  readonly timeline: Timeline;
  readonly settings: ScheduleSettings;
  readonly state: ImpactState;
  /** N: signed participation in the bucket before, for \`maxStep\`; NaN where any rate may be first. */
  readonly participationBefore?: Float64Array | undefined;
}

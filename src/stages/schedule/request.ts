import type { ImpactState } from '../../model/impactState.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { ScheduleSettings } from '../../model/scheduleSettings.js';
import type { Timeline } from './timeline.js';

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

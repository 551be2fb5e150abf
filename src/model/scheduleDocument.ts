import type { MoveUnit } from './units.js';

/**
 * A schedule as it is written, read again for a replan and drawn: plain JSON, the same for the same inputs. Millions are of the
 * reporting currency and signed; costs are bps (or price points) of the gross amount unless their name says otherwise.
 */
export interface ScheduleDocument {
  readonly kind: 'xim-schedule';
  readonly schemaVersion: 1;
  readonly version: {
    readonly id: string;
    readonly folder: string;
    readonly asof: string;
    readonly certificate: string;
    readonly crossImpact: string;
  };
  readonly date: string;
  readonly timezone: string;
  readonly units: MoveUnit;
  readonly bucketSeconds: number;
  /** Buckets of the model in a row. */
  readonly modelBuckets: number;
  readonly rows: readonly DocumentRow[];
  readonly names: readonly DocumentName[];
  readonly settings: DocumentSettings;
  readonly policy: DocumentPolicy;
  /** Millions, bought and sold together, and bought less sold. */
  readonly gross: number;
  readonly net: number;
  readonly cost: DocumentCost;
  readonly children: readonly DocumentChild[];
  /** By name, in the order of `names`, millions in every row: with what is zero. */
  readonly schedule: readonly (readonly number[])[];
  readonly pairs: readonly DocumentPair[];
  readonly comparison?: readonly DocumentComparison[];
  readonly frontier?: readonly DocumentFrontierPoint[];
  readonly replan?: {
    readonly fits: boolean;
    readonly savingBps: number;
    readonly band: number;
    readonly isKept: boolean;
  };
  /** When the first row begins: names by time constants, millions. */
  readonly state: DocumentState;
  readonly notes: readonly string[];
}

/** Earlier own trades as they still weigh, for the kernel of one version. */
export interface DocumentState {
  readonly kind: 'xim-impact-state';
  readonly version: string;
  readonly symbols: readonly string[];
  readonly linear: readonly (readonly number[])[];
  readonly concave?: readonly (readonly number[])[];
}

export interface DocumentRow {
  /** End, UTC. */
  readonly ts: string;
  /** Venue time, `10:30`. */
  readonly start: string;
  readonly end: string;
  readonly kind: 'continuous' | 'auction' | 'cleanUp';
}

export interface DocumentName {
  readonly symbol: string;
  readonly block: string;
  readonly millions: number;
  /** Null where nothing is known of but money. */
  readonly shares: number | null;
  readonly lot: number;
  /** Millions a share. */
  readonly unitMillions: number | null;
  /** Share of what trades over the horizon. */
  readonly participation: number;
  readonly costBps: number;
  /** The cost of the next million of it in the first row that it trades in. */
  readonly nextMillionBps: number;
  readonly startNs?: number;
  readonly endNs?: number;
  readonly cap?: number;
  readonly urgency?: number;
  readonly alphaBps?: number;
  readonly halfSpreadBps?: number;
  readonly isKnown: boolean;
}

export interface DocumentSettings {
  readonly side: 'same' | 'free';
  readonly cap: number | 'none';
  readonly urgency: 'low' | 'medium' | 'high' | 'given';
  /** λ, per million and bps. */
  readonly aversion: number;
  readonly typicalAversion: number;
  readonly maxStep: number | null;
  readonly temporaryBps: number;
  readonly close: { readonly share: number; readonly cap: number } | null;
  readonly unfinishedPenaltyBps: number | null;
  readonly balances: Readonly<Record<string, number>>;
}

export interface DocumentPolicy {
  readonly name: string;
  readonly reason: string;
  readonly status: string;
  /** How far above the optimum of its own problem it is at most, of what a schedule can save. */
  readonly gap: number | null;
}

/** Parts sum to `expected`; `q95` is of a normal distribution of what prices do meanwhile. */
export interface DocumentCost {
  readonly spread: number;
  readonly temporary: number;
  readonly self: number;
  readonly cross: number;
  readonly earlier: number;
  readonly alpha: number;
  readonly expected: number;
  readonly deviation: number;
  readonly q95: number;
  /** Units of the reporting currency. */
  readonly expectedMoney: number;
}

export interface DocumentChild {
  readonly row: number;
  readonly symbol: string;
  readonly qty: number | null;
  readonly notional: number;
  readonly participation: number;
  readonly expectedCostBps: number;
  readonly marginalCostBps: number;
}

export interface DocumentPair {
  readonly from: string;
  readonly to: string;
  /** Of the gross amount, and of what `to` trades; negative where it helps. */
  readonly costBps: number;
  readonly ofItsOwnBps: number;
}

export interface DocumentComparison {
  readonly policy: string;
  readonly cost: DocumentCost;
  /** Expected, by its own view of the market. */
  readonly believedBps: number;
  readonly wasteAtEqualRiskBps: number;
  readonly regretWithoutLinksBps: number;
  readonly gap: number | null;
}

export interface DocumentFrontierPoint {
  readonly aversion: number;
  readonly expected: number;
  readonly deviation: number;
  /** When 95 % of the basket is done, venue time. */
  readonly doneBy: string;
}

import type { Interval } from './interval.js';

/** What parent orders cost, as it is stored and shown (MODEL §7). Shortfalls are in bps of the arrival notional. */
export interface ScorecardSummary {
  readonly parents: number;
  readonly intervals: {
    readonly coverage: number;
    readonly clusteredBy: ClusterKind;
    readonly clusters: number;
  };
  readonly groups: readonly GroupScore[];
  readonly comparisons: readonly ArmComparison[];
  /** By arm, or of all orders; absent in reports of earlier versions. */
  readonly distributions?: readonly ShortfallDistribution[];
  readonly notes: readonly string[];
}

/** What bootstrap intervals resample. */
export type ClusterKind = 'day' | 'basket' | 'parent';

/** What tells orders apart. */
export const DIMENSIONS = ['all', 'arm', 'side', 'size', 'block', 'regime', 'venue'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

/** Where a distribution of shortfalls lies. */
export const LOCATIONS = ['mean', 'median', 'q95', 'q99'] as const;
export type Location = Readonly<Record<(typeof LOCATIONS)[number], number>>;

/** Parts of an implementation shortfall, bps of arrival notional; they sum to the whole. */
export interface ShortfallParts {
  /** What fills paid beyond the mid at the fill. */
  readonly spread: number;
  /** What own fills in the name had moved it by since the arrival. */
  readonly self: number;
  /** What own fills in other names had moved it by. */
  readonly cross: number;
  /** What factors had moved it by. */
  readonly exogenous: number;
  /** What is left. */
  readonly residual: number;
}

/** Cost of a group of orders; every order counts alike but for `notionalMeanBps`. */
export interface GroupScore {
  readonly dimension: Dimension;
  readonly group: string;
  /** Sum of the weights: a number of orders, or for a venue what its shares add up to. */
  readonly parents: number;
  /** Millions at the arrival mid. */
  readonly notional: number;
  /** Implementation shortfall, bps. */
  readonly shortfall: Readonly<Record<keyof Location, Interval>>;
  readonly notionalMeanBps: number;
  /** Means of the parts that could be told apart, bps: they sum to the mean. */
  readonly parts: Readonly<Partial<ShortfallParts>>;
  /** Mean share that was filled by the deadline. */
  readonly completion: number;
  readonly deadlineMisses: number;
}

/** A treatment less the control, over all orders. Shortfalls in bps: negative is better. */
export interface ArmComparison {
  readonly control: string;
  readonly treatment: string;
  readonly orders: { readonly control: number; readonly treatment: number };
  readonly mean: TestedDifference;
  readonly q95: TestedDifference;
  /** By how much of the control's q95 the treatment's is lower; absent where the control's is not positive. */
  readonly q95Improvement?: Interval;
  readonly completion: Interval;
  readonly power?: Power;
}

/** With the probability of as large a difference by chance, where it could be told. */
export interface TestedDifference extends Interval {
  readonly pValue?: number;
}

/** Chance of telling an improvement of the q95 from none, at the size of this sample. */
export interface Power {
  /** As a share of the q95. */
  readonly improvement: number;
  readonly probability: number;
  /** Orders in each arm that would give a chance of 80 %. */
  readonly ordersForEighty: number;
  readonly method: string;
}

/** Quantiles of shortfalls, bps, at ascending probabilities. */
export interface ShortfallDistribution {
  readonly group: string;
  readonly probabilities: readonly number[];
  readonly shortfall: readonly number[];
}

/** Something that was wrong with orders or fills. */
export interface IssueSummary {
  readonly issue: string;
  /** What became of the rows. */
  readonly meaning: string;
  readonly count: number;
}

import type { Interval } from './interval.js';

/** What a schedule is compared with: what was executed, the market's volume, and what is optimal without links. */
export const REPLAYED_AGAINST = ['executed', 'vwap', 'diagonal'] as const;
export type ReplayedAgainst = (typeof REPLAYED_AGAINST)[number];

/**
 * Price models that judge (MODEL §7b): the matrix that held-out days give without shrinkage or projection, names alone, and
 * Kyle's matrix at its fitted scale.
 */
export const JUDGING_PRICES = ['raw', 'diagonal', 'kyle'] as const;
export type JudgingPrice = (typeof JUDGING_PRICES)[number];

export const REPLAY_VERDICTS = ['established', 'not established'] as const;
export type ReplayVerdict = (typeof REPLAY_VERDICTS)[number];

/** Savings in bps of what was traded (price points per unit under price points); 90 % intervals, whose bounds hold 95 % each. */
export interface ReplayComparison {
  readonly against: ReplayedAgainst;
  readonly verdict: ReplayVerdict;
  /** By every price model: positive where the cross-aware schedule is cheaper. */
  readonly saving: Readonly<Record<JudgingPrice, Interval>>;
  /** Share of the impact cost of the other schedule under the held-out raw matrix; absent where that cost is not positive. */
  readonly share?: number | undefined;
  /** What the model that made the schedule says of it: its own fit, which overstates. */
  readonly promised: number;
  /**
   * `Σ(u_c − u_o)·residual mid` as a cost: what the schedule would have paid because of when it trades. Absent where factors are
   * derived, which no residual mid is told for.
   */
  readonly timing?: Interval | undefined;
  /** Whether the 95 % interval of the mean of timing leaves out zero: alpha, or a leak. */
  readonly isTimed: boolean;
  /** Standard deviation of what prices do while the basket waits, over that of the other schedule. */
  readonly risk: number;
  /** Baskets like these for a lower bound above zero at 80 % power; absent where the saving is not positive. */
  readonly needed?: number | undefined;
  /** Why it is not established, in words; empty where it is. */
  readonly reasons: readonly string[];
}

/** How the baskets of a window were counted. */
export interface ReplayedBaskets {
  readonly found: number;
  readonly replayed: number;
  /** Beside a cap: drawn by a seed. */
  readonly notDrawn: number;
  readonly oneName: number;
  /** Of those replayed: for the part that was filled. */
  readonly unfinished: number;
  readonly unfilled: number;
  readonly halted: number;
  readonly acrossSessions: number;
  /** A name both bought and sold. */
  readonly twoSided: number;
  /** Fewer than two buckets, or no bucket of a session. */
  readonly tooShort: number;
}

/** Would cross-aware scheduling have paid? (MODEL §7b) */
export interface ScheduleReplay {
  readonly baskets: ReplayedBaskets;
  readonly days: number;
  /** Days that are left out together, in turn. */
  readonly groups: number;
  /** Millions that the replayed baskets traded. */
  readonly millions: number;
  readonly comparisons: readonly ReplayComparison[];
  /** Realised shortfall on predicted cross cost, predicted self cost beside it; 95 %. Absent where it cannot be told. */
  readonly slope?: Interval | undefined;
  readonly notes: readonly string[];
}

/** Why nothing was replayed. */
export interface NotReplayed {
  readonly notApplicable: string;
  readonly baskets?: ReplayedBaskets | undefined;
}

export type ScheduleReplayOutcome = ScheduleReplay | NotReplayed;

export const wasReplayed = (outcome: ScheduleReplayOutcome): outcome is ScheduleReplay => !('notApplicable' in outcome);

/** What no replay can say. */
export const BEYOND_REPLAY =
  'A replay cannot tell cause from company, what others would have done, or whether the orders would have been filled';

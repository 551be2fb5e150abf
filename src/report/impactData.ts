import type { FlowShape } from '../model/familyMoments.js';
import type { Interval } from '../model/interval.js';
import type { StoredKernel, TimeConstant } from '../model/manifest.js';
import type { Tried } from '../model/selection.js';

/** How impact decays and how it answers to size, as a report has it. */

export interface ReportKernel extends StoredKernel {
  /** Steps of the selection, where the time constants were chosen. */
  readonly tauPath: readonly Tried<{ readonly tauSeconds: readonly TimeConstant[] }>[];
  /** Bands of the fitted decay. */
  readonly bands: readonly (Interval & { readonly seconds: number })[];
  /**
   * Response to own flow by lag with no shape assumed, as a share of self impact; `predicted` is the same of what a concave
   * model says of these buckets.
   */
  readonly lags: readonly (DecayPoint & Omit<Interval, 'value'> & { readonly predicted?: number })[];
  /** Weights of market and blocks beyond those of the links, relative to self impact; empty unless form is modes. */
  readonly modes: readonly { readonly label: string; readonly weights: readonly number[] }[];
  /** matrix: ridge towards the scalar kernel; null when that is what stands. */
  readonly strength: number | null;
  readonly strengthPath: readonly Tried<{ readonly strength: number }>[];
  /** What the form was chosen by: orders worked in baskets, cost over impact at once; empty where it was given or nothing was compared. */
  readonly baskets: readonly ReportBasketDecay[];
  /** Where c was chosen. */
  readonly concavityPath: readonly Tried<{ readonly concavity: number }>[];
  readonly status: string;
  readonly curve: readonly DecayPoint[];
}

/** A basket by one decay for all links, by modes where they were fitted, and as its own flow bears (99 % for all together). */
export interface ReportBasketDecay {
  readonly basket: string;
  readonly seconds: number;
  readonly scalar: number;
  readonly modes: number | null;
  readonly low: number;
  /** Null where nothing bounds it. */
  readonly high: number | null;
}

/** Shapes of own impact at exponents γ of the liquidity scaling, and how each predicts folds ahead. */
export interface ReportFamilies {
  readonly sentence: string;
  readonly shape: FlowShape;
  readonly liquidity: number;
  /** Over which moves are summed. */
  readonly horizonSeconds: readonly number[];
  /** First γ and whether impact bends, then how much. */
  readonly comparisons: readonly {
    /** Groups of folds that were predicted from those before; 0 where they were too few to compare anything. */
    readonly testGroups: number;
    readonly scores: readonly ReportFamily[];
  }[];
  /** Mean R² of the best family that has to be withheld beyond that of the choice; null where none was compared. */
  readonly withheldGain: number | null;
  /** R² of all names on folds ahead by the form of links, where impact is concave and both were fitted; null elsewhere. */
  readonly links: { readonly linear: number; readonly concave: number } | null;
}

export interface ReportFamily {
  readonly shape: FlowShape;
  readonly liquidity: number;
  /** By horizon. */
  readonly r2: readonly number[];
  readonly mean: number;
  /** Mean beyond that of what its comparison chose, with its standard error. */
  readonly beyondChoice: number;
  readonly error: number;
  readonly isChosen: boolean;
}

/** Impact that is concave after its decay. */
export interface ReportConcave {
  /** Of large volumes. */
  readonly power: number;
  readonly tauSeconds: readonly number[];
  /** By a line beside the linear part of self impact, or as the modes below. */
  readonly links: 'linear' | 'concave';
  readonly names: readonly {
    readonly symbol: string;
    /** Millions at which impact bends. */
    readonly bend: number;
    /** Millions in a typical bucket in which the name trades. */
    readonly typical: number;
    /** Share of self impact at typical flow that is concave. */
    readonly share: number;
  }[];
  /** Weights by time constant, bps per million at zero. */
  readonly modes: readonly { readonly label: string; readonly weights: readonly number[] }[];
}

/** Moves at once by the size of own flow, in its direction: what the model says, and what happened, with standard errors. */
export interface ReportResponse {
  readonly symbol: string;
  /** Flow in millions, moves in the unit of moves. */
  readonly curve: readonly { readonly flow: number; readonly move: number }[];
  readonly points: readonly {
    readonly flow: number;
    readonly move: number;
    readonly error: number;
    readonly buckets: number;
  }[];
}

/** Seconds after the trade and the share of the impact that is left. */
export interface DecayPoint {
  readonly seconds: number;
  readonly level: number;
}

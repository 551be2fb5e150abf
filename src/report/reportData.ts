import type { Diagnosis } from '../model/diagnosis.js';
import type { FlowShape } from '../model/familyMoments.js';
import type { GuardrailHistory, StoredGuardrailValues } from '../model/guardrails.js';
import type { Interval } from '../model/interval.js';
import type {
  Manifest,
  OutOfSampleSummary,
  ProjectionFacts,
  ReferenceOrder,
  ShrinkageSummary,
  StoredCertificate,
  StoredKernel,
  TimeConstant,
} from '../model/manifest.js';
import type { RegimeCell, Regimes } from '../model/regimes.js';
import type { ScheduleReplayOutcome } from '../model/scheduleReplay.js';
import type { IssueSummary, ScorecardSummary } from '../model/scorecard.js';
import type { Tried } from '../model/selection.js';
import type { Verdict } from '../model/verdict.js';

/** What a report repeats of the manifest of its version. */
type OfManifest = Pick<Manifest, 'model' | 'asof' | 'gates' | 'notes' | 'inputs' | 'producer' | 'config'>;

/** What constraints made of a matrix, wherever it came from. */
export interface ConstraintReport {
  /** Normalised impact, N×N row by row: estimated, shrunk and as published, and its change since the champion. */
  readonly normalised: {
    readonly raw: readonly number[][];
    readonly shrunk: readonly number[][];
    readonly final: readonly number[][];
    /** Null where no champion is an input of the version. */
    readonly change: readonly number[][] | null;
  };
  /** Eigenvalues of normalised K, ascending. */
  readonly spectrum: { readonly before: readonly number[]; readonly after: readonly number[] };
  /** With the symbols whose self impact was raised to its floor. */
  readonly projection: ProjectionFacts & { readonly floored: readonly string[] };
  readonly certificate: StoredCertificate;
  /** Of the matrix that was projected. */
  readonly certificateBefore: StoredCertificate;
  readonly guardrails: StoredGuardrailValues;
}

/** Everything the report shows, as plain JSON: `report.json` is this, the other forms are drawn from it. */
export interface ReportData extends OfManifest, ConstraintReport {
  readonly window: Manifest['window'];
  /** Buckets that independent ones would be worth. */
  readonly effectiveBuckets: number;
  readonly basketCosts: readonly ReportBasket[];
  readonly referenceOrders: readonly ReferenceOrder[];
  readonly verdict: Verdict & { readonly gates: 'passed' | 'failed' };
  /** The strongest published links, strongest first; K is symmetric, so that each stands for both directions. */
  readonly links: readonly ReportLink[];
  /** Null where no champion is an input of the version. */
  readonly sinceChampion: ReportChange | null;
  readonly names: readonly ReportName[];
  readonly kernel: ReportKernel;
  /** How γ and the shape of own impact were chosen; absent where both were given. */
  readonly families?: ReportFamilies | undefined;
  /** Absent where impact is linear, or concave before its decay. */
  readonly concave?: ReportConcave | undefined;
  /** Moves by the size of own flow, of the names that trade most; empty where nothing is replayed. */
  readonly responses: readonly ReportResponse[];
  readonly scores: ReportScores | null;
  readonly holdOut: ReportScores | null;
  readonly horizons: readonly ReportHorizon[];
  readonly shrinkage: ReportShrinkage;
  readonly admission: ReportAdmission;
  /** Costs of parent orders; null where the window has none. */
  readonly scorecard: ReportScorecard | null;
  /** Executed baskets worked anew; absent in reports of earlier versions. */
  readonly scheduleReplay?: ScheduleReplayOutcome | undefined;
  /** What the guardrails would have done on the days that were replayed; null where none was. */
  readonly guardrailHistory: (GuardrailHistory & { readonly bucketMs: number }) | null;
  /** What commonly goes wrong; empty where nothing is replayed. */
  readonly diagnoses: readonly Diagnosis[];
  readonly regimes: Regimes & { readonly cells: readonly RegimeCell[] };
  readonly factors: {
    readonly names: readonly string[];
    readonly largestResidualCorrelation: number;
    readonly note: string;
  };
  readonly dataQuality: readonly ReportDay[];
  readonly leadLag: readonly ReportLeadLag[];
  /** Every pair of the most traded names; absent in reports of earlier versions. */
  readonly leadLagMap?: ReportLeadLagMap | undefined;
}

/** What a matrix that came without data has to report. */
export interface MatrixReportData extends OfManifest, ConstraintReport {
  readonly names: readonly Pick<ReportName, 'symbol' | 'block'>[];
}

/** Value and bounds of the cost without penalty, beside that under the published matrix. */
export interface ReportBasket extends Interval {
  readonly label: string;
  readonly published: number;
}

/** What buying one million of the column does to the price of the row, with 90 % bounds where folds were left out. */
export interface ReportLink extends Interval {
  readonly row: string;
  readonly column: string;
}

/** What became of the links of the champion that the window was drawn to. */
export interface ReportChange {
  /** Id of the champion. */
  readonly champion: string;
  /** Pairs of names that both know; absent in reports of earlier versions. */
  readonly compared?: number | undefined;
  /** Those that moved most, as a share of √(K_ii K_jj). */
  readonly links: readonly {
    readonly row: string;
    readonly column: string;
    readonly from: number;
    readonly to: number;
  }[];
}

export interface ReportName {
  readonly symbol: string;
  readonly block: string;
  readonly selfImpact: number;
  /** Of the estimate before shrinkage; null where nothing was estimated. */
  readonly selfImpactError: number | null;
  readonly residualVolBps: number;
  readonly factorR2: number;
  readonly flowFactorR2: number;
  readonly missingShare: number;
  /** Length by which the constraints moved the row of K, relative to the row. */
  readonly rowMoved: number;
  readonly loadings: readonly number[];
  readonly loadingErrors: readonly number[];
}

/** What admission costs in fit. */
export interface ReportAdmission {
  /** Pooled R² under one constraint more at a time; `outOfSample` is null with one fold only. */
  readonly steps: readonly {
    readonly constraint: string;
    readonly inSample: number;
    readonly outOfSample: number | null;
  }[];
  /** Of row-by-row least squares; null where its symmetric part is not positive definite. */
  readonly asymmetry: { readonly ratio: number | null; readonly bound: number };
}

export interface ReportScorecard extends ScorecardSummary {
  readonly issues: readonly IssueSummary[];
}

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

export interface ReportScores extends OutOfSampleSummary {
  readonly trainFolds: number;
  readonly testFolds: number;
  /** R² by model and name. */
  readonly perName: Readonly<Record<string, readonly number[]>>;
}

export interface ReportHorizon {
  readonly label: string;
  readonly fitted: number;
  readonly own: number;
  readonly calibrationSlope: number;
  readonly windows: number;
}

export interface ReportShrinkage extends ShrinkageSummary {
  readonly lambdaPath: readonly Tried<{ readonly lambda: number }>[];
  readonly marketMean: number | null;
  readonly marketT: number | null;
  /** Of the penalised problem, relative to the gradient at zero. */
  readonly optimalityResidual: number;
  readonly tailIsCut: boolean;
  readonly links: number;
  readonly meanLinkWithFactors: number | null;
  readonly meanLinkWithoutFactors: number | null;
}

export interface ReportDay {
  readonly date: string;
  readonly dataset: string;
  readonly rows: number;
  readonly used: number;
  readonly quarantined: Readonly<Record<string, number>>;
}

export interface ReportLeadLag {
  readonly leader: string;
  readonly follower: string;
  readonly lagMs: number;
  readonly correlation: number;
  readonly atZero: number;
}

/** N×N, antisymmetric: positive where the row moves before the column. */
export interface ReportLeadLagMap {
  readonly symbols: readonly string[];
  /** At which their correlation is largest. */
  readonly lagMs: readonly (readonly number[])[];
  /** By how much the size of that correlation exceeds that at no lag. */
  readonly excess: readonly (readonly number[])[];
}

import type { Diagnosis } from '../model/diagnosis.js';
import type { GuardrailHistory, StoredGuardrailValues } from '../model/guardrails.js';
import type { Interval } from '../model/interval.js';
import type {
  Manifest,
  OutOfSampleSummary,
  ProjectionFacts,
  ReferenceOrder,
  ShrinkageSummary,
  StoredCertificate,
} from '../model/manifest.js';
import type { RegimeCell, Regimes } from '../model/regimes.js';
import type { ScheduleReplayOutcome } from '../model/scheduleReplay.js';
import type { IssueSummary, ScorecardSummary } from '../model/scorecard.js';
import type { Tried } from '../model/selection.js';
import type { Verdict } from '../model/verdict.js';
import type { ReportConcave, ReportFamilies, ReportKernel, ReportResponse } from './impactData.js';

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

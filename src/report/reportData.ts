import type { Diagnosis } from '../model/diagnosis.js';
import type { Gate } from '../model/gate.js';
import type { GuardrailHistory } from '../model/guardrails.js';
import type { Interval } from '../model/interval.js';
import type { ManifestInput, Regimes, StoredCertificate } from '../model/manifest.js';

/** Everything the report shows, as plain JSON: `report.json` is this, the other forms are drawn from it. */
export interface ReportData {
  readonly model: string;
  readonly asof: string;
  readonly window: { readonly dates: readonly string[]; readonly folds: number; readonly buckets: number };
  /** Buckets that independent ones would be worth. */
  readonly effectiveBuckets: number;
  readonly basketCosts: readonly (Interval & { readonly label: string; readonly published: number })[];
  readonly verdict: { readonly gates: 'passed' | 'failed'; readonly crossImpact: string };
  readonly gates: readonly Gate[];
  readonly names: readonly ReportName[];
  /** Normalised impact, N×N row by row: estimated, shrunk and as published, and what became of it since the champion. */
  readonly normalised: {
    readonly raw: readonly number[][];
    readonly shrunk: readonly number[][];
    readonly final: readonly number[][];
    /** Null where no champion is an input of the version. */
    readonly change: readonly number[][] | null;
  };
  readonly kernel: ReportKernel;
  readonly scores: ReportScores | null;
  readonly holdOut: ReportScores | null;
  readonly horizons: readonly ReportHorizon[];
  readonly spectrum: { readonly before: readonly number[]; readonly after: readonly number[] };
  readonly shrinkage: ReportShrinkage;
  readonly projection: {
    readonly metric: string;
    readonly status: string;
    readonly distance: number;
    readonly dualityGap: number;
    readonly iterations: number;
    readonly floored: readonly string[];
  };
  readonly admission: {
    /** Pooled R² under one constraint more at a time; `outOfSample` is null with one fold only. */
    readonly steps: readonly {
      readonly constraint: string;
      readonly inSample: number;
      readonly outOfSample: number | null;
    }[];
    /** Of row-by-row least squares; null where its symmetric part is not positive definite. */
    readonly asymmetry: { readonly ratio: number | null; readonly bound: number };
  };
  readonly certificate: StoredCertificate;
  /** Of the matrix that was projected. */
  readonly certificateBefore: StoredCertificate;
  readonly guardrails: {
    readonly conditionNumber: number | null;
    readonly crossShare: number | null;
    readonly basketNorm: number;
  };
  /** Costs of parent orders; null where the window has none. */
  readonly scorecard: ReportScorecard | null;
  /** What the guardrails would have done on the days that were replayed; null where none was. */
  readonly guardrailHistory: (GuardrailHistory & { readonly bucketMs: number }) | null;
  /** What commonly goes wrong; empty where nothing is replayed. */
  readonly diagnoses: readonly Diagnosis[];
  readonly regimes: Regimes & { readonly cells: readonly ReportRegime[] };
  readonly factors: {
    readonly names: readonly string[];
    readonly largestResidualCorrelation: number;
    readonly note: string;
  };
  readonly dataQuality: readonly ReportDay[];
  readonly leadLag: readonly {
    readonly leader: string;
    readonly follower: string;
    readonly lagMs: number;
    readonly correlation: number;
    readonly atZero: number;
  }[];
  readonly notes: readonly string[];
  readonly inputs: readonly ManifestInput[];
  readonly producer: { readonly name: string; readonly packageVersion: string; readonly methodVersion: number };
  readonly config: unknown;
}

/** What a matrix that came without data has to report. */
export type MatrixReportData = Pick<
  ReportData,
  | 'model'
  | 'asof'
  | 'gates'
  | 'normalised'
  | 'spectrum'
  | 'projection'
  | 'certificate'
  | 'certificateBefore'
  | 'guardrails'
  | 'notes'
  | 'inputs'
  | 'producer'
  | 'config'
> & { readonly names: readonly Pick<ReportName, 'symbol' | 'block'>[] };

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

/** With the probability of as large a difference by chance. */
export interface ReportEstimate extends Interval {
  readonly pValue?: number | undefined;
}

export interface ReportScorecard {
  readonly parents: number;
  readonly intervals: { readonly coverage: number; readonly clusteredBy: string; readonly clusters: number };
  readonly groups: readonly {
    readonly dimension: string;
    readonly group: string;
    readonly parents: number;
    readonly shortfall: Readonly<Record<'mean' | 'median' | 'q95' | 'q99', ReportEstimate>>;
    readonly parts: Readonly<Record<string, number | undefined>>;
    readonly completion: number;
    readonly deadlineMisses: number;
  }[];
  readonly comparisons: readonly {
    readonly control: string;
    readonly treatment: string;
    readonly orders: { readonly control: number; readonly treatment: number };
    readonly mean: ReportEstimate;
    readonly q95: ReportEstimate;
    readonly q95Improvement?: ReportEstimate;
    readonly completion: ReportEstimate;
    readonly power?: { readonly probability: number };
  }[];
  readonly issues: readonly { readonly issue: string; readonly meaning: string; readonly count: number }[];
  readonly notes: readonly string[];
}

export interface ReportKernel {
  readonly bucketMs: number;
  readonly tauSeconds: readonly (number | 'permanent')[];
  /** Steps of the selection, where the time constants were chosen. */
  readonly tauPath: readonly { readonly tauSeconds: readonly (number | 'permanent')[]; readonly error: number }[];
  /** Bands of the fitted decay. */
  readonly bands: readonly (Interval & { readonly seconds: number })[];
  /** Response to own flow by lag with no shape assumed, as a share of self impact. */
  readonly lags: readonly {
    readonly seconds: number;
    readonly level: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  readonly form: string;
  /** Shares of self impact on every time constant. */
  readonly weights: readonly number[];
  /** Weights of market and blocks beyond those of the links, relative to self impact; empty unless the form is modes. */
  readonly modes: readonly { readonly label: string; readonly weights: readonly number[] }[];
  /** matrix: ridge towards the scalar kernel; null when that is what stands. */
  readonly strength: number | null;
  readonly strengthPath: readonly { readonly strength: number; readonly error: number }[];
  readonly concavity: number;
  /** Cross-validated errors of the candidates, where c was chosen. */
  readonly concavityPath: readonly { readonly concavity: number; readonly error: number }[];
  readonly status: string;
  /** Seconds after the trade and the share of the impact that is left. */
  readonly curve: readonly { readonly seconds: number; readonly level: number }[];
}

export interface ReportScores {
  readonly trainFolds: number;
  readonly testFolds: number;
  readonly pooled: Readonly<Record<string, number>>;
  readonly perName: Readonly<Record<string, readonly number[]>>;
  /** 95 % bounds. */
  readonly crossGain: Interval;
}

export interface ReportHorizon {
  readonly label: string;
  readonly fitted: number;
  readonly own: number;
  readonly calibrationSlope: number;
  readonly windows: number;
}

export interface ReportShrinkage {
  readonly lambda: number;
  readonly lambdaPath: readonly { readonly lambda: number; readonly error: number }[];
  readonly intensity: number;
  readonly marketMean: number | null;
  readonly marketT: number | null;
  /** Of the penalised problem, relative to the gradient at zero. */
  readonly optimalityResidual: number;
  readonly tailIsCut: boolean;
  readonly tailLinks: number;
  readonly links: number;
  readonly meanLinkWithFactors: number | null;
  readonly meanLinkWithoutFactors: number | null;
}

export interface ReportRegime {
  readonly cell: string;
  readonly slope: number;
  readonly standardError: number;
  readonly multiplier: number;
  readonly buckets: number;
}

export interface ReportDay {
  readonly date: string;
  readonly dataset: string;
  readonly rows: number;
  readonly used: number;
  readonly quarantined: Readonly<Record<string, number>>;
}

import type { ManifestInput, Regimes, StoredCertificate } from '../model/manifest.js';

/** Everything the report shows, as plain JSON: `report.json` is this, the other forms are drawn from it. */
export interface ReportData {
  readonly model: string;
  readonly asof: string;
  readonly window: { readonly dates: readonly string[]; readonly folds: number; readonly buckets: number };
  /** Buckets that independent ones would be worth. */
  readonly effectiveBuckets: number;
  readonly basketCosts: readonly (ReportBand & { readonly label: string; readonly published: number })[];
  readonly verdict: { readonly gates: 'passed' | 'failed'; readonly crossImpact: string };
  readonly gates: readonly ReportGate[];
  readonly names: readonly ReportName[];
  /** Normalised impact, N×N row by row: estimated and as published. */
  readonly normalised: { readonly raw: readonly number[][]; readonly final: readonly number[][] };
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

export interface ReportGate {
  readonly name: string;
  readonly verdict: string;
  readonly value?: number;
  readonly bound?: number;
  readonly low?: number;
  readonly high?: number;
  readonly reason: string;
}

export interface ReportName {
  readonly symbol: string;
  readonly block: string;
  readonly selfImpact: number;
  readonly selfImpactError: number;
  readonly residualVolBps: number;
  readonly factorR2: number;
  readonly flowFactorR2: number;
  readonly missingShare: number;
  /** Length by which the constraints moved the row of K, relative to the row. */
  readonly rowMoved: number;
  readonly loadings: readonly number[];
  readonly loadingErrors: readonly number[];
}

export interface ReportKernel {
  readonly bucketMs: number;
  readonly tauSeconds: readonly (number | 'permanent')[];
  /** Steps of the selection, where the time constants were chosen. */
  readonly tauPath: readonly { readonly tauSeconds: readonly (number | 'permanent')[]; readonly error: number }[];
  /** Bands of the fitted decay. */
  readonly bands: readonly (ReportBand & { readonly seconds: number })[];
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

/** A value with bounds of 90 % coverage where there are folds enough. */
export interface ReportBand {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface ReportScores {
  readonly trainFolds: number;
  readonly testFolds: number;
  readonly pooled: Readonly<Record<string, number>>;
  readonly perName: Readonly<Record<string, readonly number[]>>;
  readonly crossGain: { readonly value: number; readonly low?: number; readonly high?: number };
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

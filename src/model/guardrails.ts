/**
 * What a live system prices with, from everything to self impact alone (MODEL §6).
 *
 * - `full`: all links, at the multiplier of the regime.
 * - `crossFrozen`: all links, held at the multiplier at which `full` was left; self impact goes on following the regime.
 * - `blockDiagonal`: the links inside blocks, held in the same way.
 * - `diagonal`: self impact alone.
 */
export const LEVELS = ['full', 'crossFrozen', 'blockDiagonal', 'diagonal'] as const;
export type Level = (typeof LEVELS)[number];

export const GUARDRAILS = [
  'conditionNumber',
  'crossShare',
  'basketNorm',
  'regimeBreak',
  'dataLag',
  'venueOutage',
  'canary',
  'frozenLinks',
] as const;
export type Guardrail = (typeof GUARDRAILS)[number];

/** Health of an impact matrix in units that do not depend on currency or liquidity (MODEL §6). */
export interface GuardrailValues {
  /** Ratio of the largest to the smallest eigenvalue of normalised K; absent when the smallest is not positive. */
  readonly conditionNumber?: number;
  /** |cross| / (self + |cross|) of the cost of the observed flow; absent where none was observed. */
  readonly crossShare?: number;
  /** ‖D^−½ K_off D^−½‖₂: the most that links can multiply the self cost of any basket. */
  readonly basketNorm: number;
  /** Eigenvalues of normalised K, ascending. */
  readonly spectrum: readonly number[];
}

/** The same in JSON: `null` where the value is absent. */
export interface StoredGuardrailValues {
  readonly conditionNumber: number | null;
  readonly crossShare: number | null;
  readonly basketNorm: number;
  /** What live systems compare it with where `basket_cap` is auto; absent in versions from before. */
  readonly basketCap?: number | undefined;
}

/** The `guardrails` section of a configuration or a manifest (CONTRACT §5, §6); `config/schema.ts` explains every key. */
export interface GuardrailSettings {
  readonly condition_cap: number;
  readonly cross_share_cap: number;
  /** auto: what links of the matrix at hand may add, see {@link BasketCap}. */
  readonly basket_cap: number | 'auto';
  readonly cap_release: number;
  readonly residual_z: number;
  readonly residual_release: number;
  readonly residual_window: string;
  readonly data_lag: string;
  readonly recovery: string;
  readonly canary: readonly string[];
}

/** What links may multiply a basket's self cost by, and whether they keep to it. Norms are of matrices normalised by self impact. */
export interface BasketCap {
  /** What noise may have put into the dearest basket, in self costs: the gate compares it with `bound`. */
  readonly value: number;
  readonly bound: number;
  readonly passed: boolean;
  /** What a live system compares ‖D^−½ K_off D^−½‖₂ with. */
  readonly numericCap: number;
  /** ‖·‖₂ of links beyond those of their groups, of noise alone, and of the groups' means. */
  readonly excess: number;
  /** Absent where no errors are known. */
  readonly noise?: number | undefined;
  readonly groupNorm: number;
}

/** A fallback against the full model over some buckets. */
export interface Comparison {
  readonly buckets: number;
  /** Moves that were there to be predicted. */
  readonly moves: number;
  /** Sums of squared prediction errors in units of each name's residual variance. */
  readonly squaredErrorFull: number;
  readonly squaredErrorFallback: number;
  /** What the flow was predicted to cost, in units of the reporting currency. */
  readonly moneyFull: number;
  readonly moneyFallback: number;
}

/** A stretch of buckets of one day in one state, for the same reasons. */
export interface Segment {
  readonly date: string;
  readonly fromBucket: number;
  /** First bucket after it. */
  readonly toBucket: number;
  readonly state: Level;
  readonly reasons: readonly (Guardrail | 'recovery')[];
}

/** What one guardrail did. Its comparison is of the level that it demands by itself, over the buckets in which it was active. */
export interface GuardrailRecord extends Comparison {
  readonly guardrail: Guardrail;
  /** Times that it tripped. */
  readonly fired: number;
  readonly demands: Level;
  /** Longest time active at a stretch, buckets. */
  readonly longest: number;
}

export interface GuardrailHistory {
  readonly segments: readonly Segment[];
  readonly guardrails: readonly GuardrailRecord[];
  readonly totals: {
    readonly buckets: number;
    /** Buckets by state. */
    readonly inState: Readonly<Record<Level, number>>;
    /** The level in force against the full model, over the buckets below `full`; the way back among them. */
    readonly belowFull: Comparison;
    /** How blocks were scored where no prediction of theirs was given. */
    readonly blocksScoredAs: 'blocks' | 'own flow';
  };
}

import type { Certificate } from './certificate.js';
import type { CertificateInTime } from './certificateInTime.js';
import type { Gate } from './gate.js';
import type { GuardrailSettings, StoredGuardrailValues } from './guardrails.js';
import type { Interval } from './interval.js';
import type { Regimes } from './regimes.js';
import type { Witness } from './roundTrip.js';
import type { ScheduleReplayOutcome } from './scheduleReplay.js';
import type { Verdict } from './verdict.js';

/**
 * The fields of an artifact's manifest (CONTRACT §5). It holds no clock, host, path or thread count. Fields that older
 * versions lack are optional. `store/manifestSchema.ts` reads it.
 */
export interface Manifest {
  readonly schemaVersion: string;
  readonly model: string;
  readonly asof: string;
  readonly window: { readonly dates: readonly string[]; readonly folds: number; readonly buckets: number };
  readonly universe: { readonly names: readonly string[]; readonly blocks: readonly string[] };
  readonly units: { readonly K: string; readonly flow: string; readonly move: string };
  readonly kernel: StoredKernel & {
    /** Multiplies concave flow of each name; 1 for linear flow. */
    readonly flowScale: readonly number[];
  };
  readonly regimes: Regimes;
  readonly guardrails: GuardrailSettings & { readonly measured?: StoredGuardrailValues | undefined };
  readonly constraints: {
    readonly rho: number;
    readonly floors: readonly number[];
    /** `null`: none. */
    readonly conditionCap: number | null;
  };
  /** `before` speaks of the matrix that was projected, `inTime` of multipliers that change: where there are concave terms. */
  readonly certificate: StoredCertificate & {
    readonly before?: StoredCertificate | undefined;
    readonly inTime?: StoredInTime | undefined;
  };
  readonly fallbacks: { readonly blockDiagonal: StoredCertificate; readonly diagonal: StoredCertificate };
  readonly metrics: Metrics;
  readonly gates: readonly Gate[];
  readonly verdict: Verdict;
  readonly notes: readonly string[];
  readonly config: unknown;
  readonly inputs: readonly ManifestInput[];
  readonly producer: { readonly name: string; readonly packageVersion: string; readonly methodVersion: number };
  readonly objects: readonly ManifestObject[];
}

export interface StoredKernel {
  readonly form: string;
  /** Why, in a sentence with the numbers; absent where the form was given. */
  readonly why?: string | undefined;
  readonly bucketMs: number;
  readonly tauSeconds: readonly TimeConstant[];
  /** Shares of self impact on every time constant. */
  readonly weights: readonly number[];
  readonly concavity: number;
  /** γ of `u·(D̄/D)^γ`, D̄ in impact.arrow; absent where flow is not scaled. */
  readonly liquidity?: number | undefined;
  /** Absent where impact is linear in decayed flow. */
  readonly concave?: StoredConcave | undefined;
}

/**
 * Concave terms beside what is linear (MODEL §2a), with their columns of impact.arrow: `g_1 … g_Q`, `h_scale`, `typical_flow`, the
 * directions of the modes in `modes`, and `K_linear`, of which form, time constants and weights of the kernel then speak.
 */
export interface StoredConcave {
  /** c of every h. */
  readonly power: number;
  /** Q, of every g and every mode; never permanent. */
  readonly tauSeconds: readonly number[];
  /** Whether flow moves names by a line as well; `K_linear` is zero where it does not. */
  readonly hasLinear: boolean;
  readonly modes: readonly StoredMode[];
}

export interface StoredMode {
  readonly label: string;
  readonly scale: number;
  /** Q. */
  readonly weights: readonly number[];
}

/** A number of seconds, or `permanent`. */
export type TimeConstant = number | 'permanent';

/** What the verdict and diagnostics say in numbers. A matrix that came without data has the projection alone. */
export interface Metrics {
  /** `null`: a single fold, or no data. */
  readonly outOfSample: OutOfSampleSummary | null;
  readonly projection: ProjectionFacts & {
    /** Of normalised K. */
    readonly minEigenvalue: { readonly before: number; readonly after: number };
  };
  /** Verdicts by failure mode, of which a newer program may know more. */
  readonly diagnoses?: readonly DiagnosisSummary[] | undefined;
  /** How links are told apart from an unrecorded factor; null where there are none. */
  readonly identification?: Readonly<Record<string, unknown>> | null | undefined;
  /** Orders as the decay prices them and as own flow bears; `high` is null where nothing bounds it. */
  readonly decayFit?: readonly Readonly<Record<string, unknown>>[] | undefined;
  readonly referenceOrders?: readonly ReferenceOrder[] | undefined;
  /** What cross-aware schedules of the window's baskets would have saved. */
  readonly scheduleReplay?: ScheduleReplayOutcome | undefined;
  readonly shrinkage?: ShrinkageSummary | undefined;
}

export interface DiagnosisSummary {
  readonly mode: string;
  readonly verdict: string;
  readonly value?: number | undefined;
  readonly bound?: number | undefined;
  /** Share of the cost of the reference orders that may be off because of it, with 90 % bounds. */
  readonly effect?: number | undefined;
  readonly effectLow?: number | undefined;
  readonly effectHigh?: number | undefined;
}

/** A time constant for people, seconds in three digits; 0 s is impact that is gone with the next bucket. */
export function timeConstantText(tau: TimeConstant): string {
  if (tau === 'permanent' || tau === Number.POSITIVE_INFINITY) return 'permanent';
  return tau === 0 ? 'temporary' : `${Number(tau.toPrecision(3))} s`;
}

/** Over which an order is worked: `1 min`, `10 min`, `1 h`. */
export const orderTimeText = (seconds: number): string =>
  seconds % 3600 === 0 ? `${seconds / 3600} h` : seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;

/** What one million costs that is worked evenly over a time: bps of the order, impact alone, 90 % bounds. */
export interface ReferenceOrder extends Interval {
  /** A symbol, or `one-sided basket`, `hedged basket`. */
  readonly order: string;
  readonly kind: 'name' | 'basket';
  readonly seconds: number;
  /** Of a basket, what the same costs where every name moves by its own flow alone; absent in earlier versions. */
  readonly alone?: number | undefined;
}

export interface OutOfSampleSummary {
  /** R² by model, names weighted by the inverse of their residual variance. */
  readonly pooled: Readonly<Record<string, number>>;
  /** Of the fitted model beyond the diagonal one, 95 % bounds. */
  readonly crossGain: Interval;
}

/** How the nearest admissible matrix was found. */
export interface ProjectionFacts {
  readonly metric: string;
  readonly status: string;
  readonly distance: number;
  readonly dualityGap: number;
  readonly iterations: number;
}

export interface ShrinkageSummary {
  readonly lambda: number;
  readonly intensity: number;
  readonly tailLinks: number;
}

export interface StoredCertificate {
  readonly status: Certificate['status'];
  readonly checks: Certificate['checks'];
  readonly witness: StoredWitness | null;
}

/** A round trip that is paid: what is bought and sold in which bucket, and the money it makes. */
export interface StoredWitness {
  readonly symbols: readonly string[];
  /** Signed millions of the reporting currency, one number per symbol; they sum to zero over the trades. */
  readonly trades: readonly { readonly bucket: number; readonly millions: readonly number[] }[];
  readonly turnoverMillions: number;
  readonly gainBps: number;
  /** In units of the reporting currency. */
  readonly gain: number;
}

export interface StoredInTime extends Omit<CertificateInTime, 'witness'> {
  readonly switchWitness: StoredWitness | null;
}

export const storedCertificate = (
  { status, checks, witness }: Certificate,
  symbols: readonly string[],
): StoredCertificate => ({ status, checks, witness: storedWitness(witness, symbols) });

export const storedInTime = ({ witness, ...said }: CertificateInTime, symbols: readonly string[]): StoredInTime => ({
  ...said,
  switchWitness: storedWitness(witness, symbols),
});

const storedWitness = (witness: Witness | undefined, symbols: readonly string[]): StoredWitness | null =>
  witness
    ? {
        symbols: witness.names.map((i) => symbols[i]),
        trades: witness.trades,
        turnoverMillions: witness.turnover,
        gainBps: witness.gainBps,
        gain: witness.gain,
      }
    : null;

export interface ManifestInput {
  readonly dataset: string;
  /** Absent for datasets that are not partitioned by date. */
  readonly date?: string;
  readonly sha256: string;
  readonly rows: number;
}

export interface ManifestObject {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

export const SCHEMA_VERSION = '1.0';

/** Bumped whenever the same data and configuration give different numbers. */
export const METHOD_VERSION = 13;

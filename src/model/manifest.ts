import type { Certificate } from './certificate.js';
import type { Gate } from './gate.js';

/** The fields of an artifact's manifest (CONTRACT §5). It holds no clock, host, path or thread count. */
export interface Manifest {
  readonly schemaVersion: string;
  readonly model: string;
  readonly asof: string;
  readonly window: { readonly dates: readonly string[]; readonly folds: number; readonly buckets: number };
  readonly universe: { readonly names: readonly string[]; readonly blocks: readonly string[] };
  readonly units: { readonly K: string; readonly flow: string; readonly move: string };
  readonly kernel: {
    readonly form: string;
    readonly bucketMs: number;
    /** A number of seconds, or `permanent`. */
    readonly tauSeconds: readonly (number | 'permanent')[];
    readonly weights: readonly number[];
    readonly concavity: number;
    /** Multiplies concave flow of each name; 1 for linear flow. */
    readonly flowScale: readonly number[];
  };
  readonly regimes: Regimes;
  readonly guardrails: Readonly<Record<string, unknown>>;
  readonly constraints: {
    readonly rho: number;
    readonly floors: readonly number[];
    /** `null`: none. */
    readonly conditionCap: number | null;
  };
  /** `before` speaks of the matrix that was projected. */
  readonly certificate: StoredCertificate & { readonly before: StoredCertificate };
  readonly fallbacks: { readonly blockDiagonal: StoredCertificate; readonly diagonal: StoredCertificate };
  readonly metrics: Readonly<Record<string, unknown>>;
  readonly gates: readonly Gate[];
  readonly verdict: string;
  readonly notes: readonly string[];
  readonly config: unknown;
  readonly inputs: readonly ManifestInput[];
  readonly producer: { readonly name: string; readonly packageVersion: string; readonly methodVersion: number };
  readonly objects: readonly ManifestObject[];
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

export function storedCertificate(
  { status, checks, witness }: Certificate,
  symbols: readonly string[],
): StoredCertificate {
  return {
    status,
    checks,
    witness: witness
      ? {
          symbols: witness.names.map((i) => symbols[i]),
          trades: witness.trades,
          turnoverMillions: witness.turnover,
          gainBps: witness.gainBps,
          gain: witness.gain,
        }
      : null,
  };
}

/** Scale multipliers by regime; one regime with multiplier 1 where none are estimated. */
export interface Regimes {
  readonly edges: Readonly<Record<string, readonly number[]>>;
  readonly multipliers: readonly { readonly cell: string; readonly multiplier: number }[];
}

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
export const METHOD_VERSION = 4;

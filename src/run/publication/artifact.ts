import { methodConfig } from '../../config/methodConfig.js';
import type { Config } from '../../config/schema.js';
import { type ImpactTable, writeImpactArrow } from '../../io/impactArrow.js';
import { writeMarketArrow } from '../../io/marketArrow.js';
import type { Name } from '../../model/buckets.js';
import type { CertificateInTime } from '../../model/certificateInTime.js';
import {
  type Manifest,
  type ManifestObject,
  type Metrics,
  SCHEMA_VERSION,
  storedInTime,
} from '../../model/manifest.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import { manifestUnits } from '../../model/units.js';
import { diagonalOf } from '../../numerics/dense.js';
import type { MatrixReportData } from '../../report/reportData.js';
import { type StoredVersion, writeObject, writeVersion } from '../../store/store.js';
import { limitsOf } from '../window/limits.js';
import { type ConstrainedMatrix, constraintManifest } from './constraintReport.js';

/** Everything that a version is written from, wherever its matrix came from. */
export interface Artifact {
  readonly config: Config;
  readonly names: readonly Name[];
  readonly matrix: ConstrainedMatrix;
  readonly floors: Float64Array;
  readonly estimate: EstimateColumns;
  /** What schedules need of the market; absent where a matrix came without data. */
  readonly market?: MarketProfile | undefined;
  /** In the order of the manifest. */
  readonly diagnostics: readonly NamedContent[];
  /** Plain data and what is drawn from it. */
  readonly report: { readonly data: MatrixReportData; readonly markdown: string; readonly html: string };
  readonly facts: Pick<Manifest, 'window' | 'kernel' | 'regimes' | 'verdict'> & {
    readonly metrics: Omit<Metrics, 'projection'>;
    /** Where there are concave terms. */
    readonly inTime?: CertificateInTime | undefined;
  };
}

/** Columns of `impact.arrow` that say how a matrix was estimated; most are absent where it came without data. */
type EstimateColumns = Pick<
  ImpactTable,
  'loadings' | 'standardErrors' | 'residualVolBps' | 'parts' | 'shrunkParts' | 'concave' | 'depthMedian'
>;

export interface NamedContent {
  readonly name: string;
  readonly content: Uint8Array | string;
}

/**
 * Writes the objects, then the manifest that refers to them. What is in the version depends on the artifact alone: the
 * same gives the same version.
 */
export function writeArtifact(artifact: Artifact): Promise<StoredVersion> {
  const { config, diagnostics, report, matrix, market } = artifact;
  const contents: readonly NamedContent[] = [
    { name: 'impact.arrow', content: impactArrow(artifact) },
    ...(market ? [{ name: 'market.arrow', content: writeMarketArrow(matrix.symbols, market) }] : []),
    ...diagnostics,
    { name: 'report.json', content: `${JSON.stringify(report.data)}\n` },
    { name: 'report.md', content: report.markdown },
    { name: 'report.html', content: report.html },
  ];
  const objects = contents.map(({ name, content }) => writeObject(config.store, name, bytesOf(content)));
  return writeVersion(config.store, manifest(artifact, objects));
}

const bytesOf = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

function impactArrow({ config, names, matrix, floors, estimate, report }: Artifact): Uint8Array {
  const { full, blockDiagonal, diagonal } = matrix.constrained;
  const canary = new Set(config.guardrails.canary);
  const table: ImpactTable = {
    symbols: matrix.symbols,
    blocks: names.map((name) => name.block),
    K: full.K,
    rawK: matrix.rawK,
    shrunkK: matrix.shrunkK,
    blockK: blockDiagonal.K,
    diagonalK: diagonalOf(diagonal.K),
    floors,
    adv: Float64Array.from(names, (name) => name.adv ?? Number.NaN),
    canary: names.map((name) => canary.has(name.symbol)),
    ...estimate,
  };
  const { K: units } = manifestUnits(config.align.units);
  return writeImpactArrow(table, { schemaVersion: SCHEMA_VERSION, asof: report.data.asof, units });
}

function manifest(artifact: Artifact, objects: readonly ManifestObject[]): Manifest {
  const { config, names, matrix, floors, facts } = artifact;
  const { model, asof, guardrails, gates, notes, inputs, producer } = artifact.report.data;
  const { inTime, ...told } = facts;
  const { projection, certificate, ...constraints } = constraintManifest(matrix, { ...limitsOf(config), floors });
  return {
    schemaVersion: SCHEMA_VERSION,
    model,
    asof,
    universe: { names: matrix.symbols, blocks: names.map((name) => name.block) },
    units: manifestUnits(config.align.units),
    ...told,
    guardrails: { ...config.guardrails, measured: guardrails },
    ...constraints,
    certificate: { ...certificate, ...(inTime ? { inTime: storedInTime(inTime, matrix.symbols) } : {}) },
    metrics: { ...facts.metrics, projection },
    gates,
    notes,
    config: methodConfig(config),
    inputs,
    producer,
    objects,
  };
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { methodConfig } from '../../config/schema.js';
import { diagnosticParquet } from '../../io/diagnosticTables.js';
import { type Engine, textOfCode } from '../../io/duckdb.js';
import { writeImpactArrow } from '../../io/impactArrow.js';
import { writeParquet } from '../../io/parquetWriter.js';
import { type Manifest, type ManifestObject, SCHEMA_VERSION } from '../../model/manifest.js';
import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import { renderHtml } from '../../report/renderHtml.js';
import { renderMarkdown } from '../../report/renderMarkdown.js';
import type { ReportData } from '../../report/reportData.js';
import { type StoredVersion, writeObject, writeVersion } from '../../store/store.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import { publishedLoadings } from '../orders/priceModel.js';
import { limitsOf } from '../window/limits.js';
import { constraintManifest } from './constraintReport.js';
import { constrainedMatrix, type Publication, reportData } from './reportData.js';

export const UNITS = {
  K: 'bps per million of reporting currency',
  flow: 'signed millions of reporting currency per bucket',
  move: 'bps per bucket',
};

/** Writes objects, then the manifest that refers to them. What is in the version depends on the publication alone. */
export async function publish(
  publication: Publication,
  engine: Engine,
  temporaryFolder: string,
): Promise<StoredVersion> {
  const { config } = publication;
  const scratch = mkdtempSync(join(temporaryFolder, 'publish-'));
  try {
    const report = reportData(publication);
    const objects: ManifestObject[] = [];
    const put = (name: string, content: Uint8Array | string) => {
      objects.push(
        writeObject(config.store, name, typeof content === 'string' ? new TextEncoder().encode(content) : content),
      );
    };
    put('impact.arrow', impactArrow(publication));
    for (const [name, table] of Object.entries(diagnosticTables(publication, report)))
      put(`diagnostics/${name}.parquet`, await diagnosticParquet(table, scratch));
    put('diagnostics/links.parquet', await linksParquet(publication.outcome, engine, scratch));
    put('report.json', `${JSON.stringify(report)}\n`);
    put('report.md', renderMarkdown(report));
    put('report.html', renderHtml(report));
    return await writeVersion(config.store, manifest(publication, report, objects));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function impactArrow({ config, asof, outcome }: Publication): Uint8Array {
  const { names, calibration, constrained } = outcome;
  const { full } = constrained;
  const { estimate } = calibration;
  const loadings = publishedLoadings(calibration, full);
  const canary = new Set(config.guardrails.canary);
  const table = {
    symbols: names.map((name) => name.symbol),
    blocks: names.map((name) => name.block),
    K: full.K,
    ...(full.parts ? { parts: full.parts } : {}),
    rawK: estimate.rawK.whole,
    shrunkK: calibration.K,
    ...(calibration.parts ? { shrunkParts: calibration.parts.matrices } : {}),
    standardErrors: estimate.standardErrors,
    blockK: constrained.blockDiagonal.K,
    diagonalK: diagonalOf(constrained.diagonal.K),
    loadings,
    residualVolBps: estimate.residualVolBps,
    floors: calibration.floors,
    adv: Float64Array.from(names, (name) => name.adv ?? Number.NaN),
    canary: names.map((name) => canary.has(name.symbol)),
  };
  return writeImpactArrow(table, { schemaVersion: SCHEMA_VERSION, asof, units: UNITS.K });
}

function diagnosticTables({ outcome }: Publication, report: ReportData) {
  return {
    names: {
      columns: {
        symbol: 'text',
        block: 'text',
        self_impact: 'number',
        self_impact_se: 'number',
        resid_vol_bps: 'number',
        factor_r2: 'number',
        flow_factor_r2: 'number',
        missing_share: 'number',
        row_moved: 'number',
        r2_diagonal: 'number',
        r2_block: 'number',
        r2_fitted: 'number',
      },
      rows: report.names.map((name, i) => ({
        symbol: name.symbol,
        block: name.block,
        self_impact: name.selfImpact,
        self_impact_se: name.selfImpactError ?? undefined,
        resid_vol_bps: name.residualVolBps,
        factor_r2: name.factorR2,
        flow_factor_r2: name.flowFactorR2,
        missing_share: name.missingShare,
        row_moved: name.rowMoved,
        r2_diagonal: report.scores?.perName.diagonal[i],
        r2_block: report.scores?.perName.block[i],
        r2_fitted: report.scores?.perName.fitted[i],
      })),
    },
    gates: {
      columns: {
        name: 'text',
        verdict: 'text',
        value: 'number',
        bound: 'number',
        low: 'number',
        high: 'number',
        reason: 'text',
      },
      rows: outcome.gates.map((gate) => ({ ...gate })),
    },
    regimes: {
      columns: { cell: 'text', slope: 'number', standard_error: 'number', multiplier: 'number', buckets: 'number' },
      rows: (outcome.regimes?.cells ?? []).map((c) => ({
        cell: c.cell,
        slope: c.slope,
        standard_error: c.standardError,
        multiplier: c.multiplier,
        buckets: c.buckets,
      })),
    },
  } as const;
}

/** One row per pair of names: estimate, error, sign stability and what was published. */
async function linksParquet(
  { names, calibration, constrained }: Outcome,
  engine: Engine,
  scratch: string,
): Promise<Uint8Array> {
  const n = names.length;
  const { estimate } = calibration;
  const pairs = Array.from({ length: (n * (n - 1)) / 2 }, () => 0);
  const [rows, cols] = [new Int32Array(pairs.length), new Int32Array(pairs.length)];
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++, at++) [rows[at], cols[at]] = [i, j];
  const entries = (matrix: DenseMatrix) => Float64Array.from(rows, (i, k) => matrix.data[i * n + cols[k]]);
  const symbolName = textOfCode(names.map((name) => name.symbol));
  const path = join(scratch, 'links.parquet');
  await writeParquet(engine, path, [
    { name: 'symbol', values: rows, as: symbolName },
    { name: 'other', values: cols, as: symbolName },
    { name: 'K_raw', values: entries(estimate.rawK.whole) },
    { name: 'K_se', values: entries(estimate.standardErrors).map((error) => (error > 0 ? error : Number.NaN)) },
    { name: 'sign_stability', values: entries(estimate.signStability) },
    { name: 'K_shrunk', values: entries(calibration.K) },
    { name: 'K', values: entries(constrained.full.K) },
  ]);
  return readFileSync(path);
}

function manifest(publication: Publication, report: ReportData, objects: readonly ManifestObject[]): Manifest {
  const { config, asof, outcome } = publication;
  const { calibration, names } = outcome;
  const { estimate, shrinkage, tail } = calibration;
  const symbols = names.map((name) => name.symbol);
  const limits = { ...limitsOf(config), floors: calibration.floors };
  const { constraints, certificate, fallbacks, projection } = constraintManifest(
    constrainedMatrix(publication),
    limits,
  );
  return {
    schemaVersion: SCHEMA_VERSION,
    model: config.model,
    asof,
    window: report.window,
    universe: { names: symbols, blocks: names.map((name) => name.block) },
    units: UNITS,
    kernel: {
      form: report.kernel.form,
      bucketMs: report.kernel.bucketMs,
      tauSeconds: report.kernel.tauSeconds,
      weights: report.kernel.weights,
      concavity: report.kernel.concavity,
      flowScale: report.kernel.concavity === 1 ? names.map(() => 1) : [...estimate.factorModel.controls.flowScale],
    },
    regimes: { edges: report.regimes.edges, multipliers: report.regimes.multipliers },
    guardrails: { ...config.guardrails, measured: report.guardrails },
    constraints,
    certificate,
    fallbacks,
    metrics: {
      outOfSample: report.scores ? { pooled: report.scores.pooled, crossGain: report.scores.crossGain } : null,
      identification: outcome.identification ? { ...outcome.identification } : null,
      decayFit: (outcome.decayFit ?? []).map((point) => ({
        ...point,
        high: Number.isFinite(point.high) ? point.high : null,
      })),
      referenceOrders: outcome.referenceOrders,
      diagnoses: outcome.diagnoses.map(({ mode, verdict, value, bound }) => ({ mode, verdict, value, bound })),
      shrinkage: { lambda: shrinkage?.lambda ?? 0, intensity: shrinkage?.intensity ?? 0, tailLinks: tail?.links ?? 0 },
      projection,
    },
    gates: outcome.gates,
    verdict: {
      crossImpact: report.verdict.crossImpact,
      links: report.verdict.links,
      headline: report.verdict.headline,
      sentence: report.verdict.sentence,
    },
    notes: report.notes,
    config: methodConfig(config),
    inputs: report.inputs,
    producer: report.producer,
    objects,
  };
}

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, methodConfig } from '../config/schema.js';
import { diagnosticParquet } from '../io/diagnosticTables.js';
import type { Engine } from '../io/duckdb.js';
import { literals } from '../io/duckdb.js';
import { writeImpactArrow } from '../io/impactArrow.js';
import { writeParquet } from '../io/parquetWriter.js';
import { kernelCurve } from '../model/kernel.js';
import {
  type Manifest,
  type ManifestInput,
  type ManifestObject,
  METHOD_VERSION,
  type Regimes,
  SCHEMA_VERSION,
} from '../model/manifest.js';
import { toNormalised } from '../model/normalise.js';
import { type DenseMatrix, diagonalOf, submatrix } from '../numerics/dense.js';
import { symmetricEigen } from '../numerics/symmetricEigen.js';
import { renderHtml } from '../report/renderHtml.js';
import { renderMarkdown } from '../report/renderMarkdown.js';
import type { ReportData, ReportScores } from '../report/reportData.js';
import { structuralLoadings } from '../stages/defactor/controls.js';
import { crossImpactVerdict, gatesPass } from '../stages/validate/gates.js';
import type { OutOfSample } from '../stages/validate/walkForward.js';
import { type StoredVersion, writeObject, writeVersion } from '../store/store.js';
import type { Outcome } from './calibrateWindow.js';
import type { Inputs } from './inputs.js';
import { kernelBasis, type WindowMoments } from './window.js';

export interface Publication {
  readonly config: Config;
  readonly asof: string;
  readonly inputs: Inputs;
  readonly moments: WindowMoments;
  readonly outcome: Outcome;
  readonly packageVersion: string;
}

const UNITS = {
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
  const structural = structuralLoadings(
    calibration.factorModel.controls,
    calibration.kernel.weights,
    constrained.full.K,
  );
  const loadings = withoutIntercept(structural);
  const canary = new Set(config.guardrails.canary);
  const table = {
    symbols: names.map((name) => name.symbol),
    blocks: names.map((name) => name.block),
    K: constrained.full.K,
    rawK: calibration.rawK,
    standardErrors: calibration.standardErrors,
    blockK: constrained.blockDiagonal.K,
    diagonalK: diagonalOf(constrained.diagonal.K),
    loadings,
    residualVolBps: calibration.residualVolBps,
    floors: calibration.floors,
    adv: Float64Array.from(names, (name) => name.adv ?? Number.NaN),
    canary: names.map((name) => canary.has(name.symbol)),
  };
  return writeImpactArrow(table, { schemaVersion: SCHEMA_VERSION, asof, units: UNITS.K });
}

function withoutIntercept(coefficients: DenseMatrix): DenseMatrix {
  const rows = Array.from({ length: coefficients.rows }, (_, i) => i);
  return submatrix(
    coefficients,
    rows,
    Array.from({ length: coefficients.cols - 1 }, (_, f) => 1 + f),
  );
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
        r2_diagonal: 'number',
        r2_block: 'number',
        r2_fitted: 'number',
      },
      rows: report.names.map((name, i) => ({
        symbol: name.symbol,
        block: name.block,
        self_impact: name.selfImpact,
        self_impact_se: name.selfImpactError,
        resid_vol_bps: name.residualVolBps,
        factor_r2: name.factorR2,
        flow_factor_r2: name.flowFactorR2,
        missing_share: name.missingShare,
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
  const pairs = Array.from({ length: (n * (n - 1)) / 2 }, () => 0);
  const [rows, cols] = [new Int32Array(pairs.length), new Int32Array(pairs.length)];
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++, at++) [rows[at], cols[at]] = [i, j];
  const entries = (matrix: DenseMatrix) => Float64Array.from(rows, (i, k) => matrix.data[i * n + cols[k]]);
  const symbolName = `[${literals(names.map((name) => name.symbol))}][$ + 1]`;
  const path = join(scratch, 'links.parquet');
  await writeParquet(engine, path, [
    { name: 'symbol', values: rows, as: symbolName },
    { name: 'other', values: cols, as: symbolName },
    { name: 'K_raw', values: entries(calibration.rawK) },
    { name: 'K_se', values: entries(calibration.standardErrors) },
    { name: 'sign_stability', values: entries(calibration.signStability) },
    { name: 'K_shrunk', values: entries(calibration.K) },
    { name: 'K', values: entries(constrained.full.K) },
  ]);
  return readFileSync(path);
}

function manifest(publication: Publication, report: ReportData, objects: readonly ManifestObject[]): Manifest {
  const { config, asof, outcome } = publication;
  const { calibration, constrained, names } = outcome;
  return {
    schemaVersion: SCHEMA_VERSION,
    model: config.model,
    asof,
    window: report.window,
    universe: { names: names.map((name) => name.symbol), blocks: names.map((name) => name.block) },
    units: UNITS,
    kernel: {
      form: config.fit.kernel.form,
      bucketMs: report.kernel.bucketMs,
      tauSeconds: report.kernel.tauSeconds,
      weights: [...calibration.kernel.weights],
      concavity: config.flow.concavity,
      flowScale: config.flow.concavity === 1 ? names.map(() => 1) : [...calibration.factorModel.controls.flowScale],
    },
    regimes: { edges: report.regimes.edges, multipliers: report.regimes.multipliers },
    guardrails: { ...config.guardrails, measured: report.guardrails },
    constraints: { rho: config.constrain.rho, floors: [...calibration.floors] },
    certificate: { ...constrained.full.certificate, witness: null },
    fallbacks: { blockDiagonal: constrained.blockDiagonal.certificate, diagonal: constrained.diagonal.certificate },
    metrics: {
      outOfSample: report.scores ? { pooled: report.scores.pooled, crossGain: report.scores.crossGain } : null,
      shrinkage: { lambda: calibration.lambda, intensity: calibration.intensity, tailLinks: calibration.tailLinks },
      projectionDistance: constrained.projection.distance,
    },
    gates: outcome.gates,
    verdict: report.verdict.crossImpact,
    notes: report.notes,
    config: methodConfig(config),
    inputs: report.inputs,
    producer: report.producer,
    objects,
  };
}

function reportData(publication: Publication): ReportData {
  const { config, asof, outcome, moments, packageVersion } = publication;
  const { calibration, constrained, names } = outcome;
  const n = names.length;
  const buckets = moments.folds.reduce((sum, fold) => sum + fold.buckets, 0);
  const last = moments.reports.at(-1)!;
  const missing = (i: number) =>
    moments.reports.reduce((sum, report) => sum + report.coverage[i].missingShare, 0) / moments.reports.length;
  return {
    model: config.model,
    asof,
    window: { dates: moments.reports.map((report) => report.date), folds: moments.folds.length, buckets },
    verdict: {
      gates: gatesPass(outcome.gates) ? 'passed' : 'failed',
      crossImpact: crossImpactVerdict(outcome.outOfSample?.crossGain ?? { value: 0 }),
    },
    gates: outcome.gates,
    names: names.map((name, i) => ({
      symbol: name.symbol,
      block: name.block,
      selfImpact: constrained.full.K.data[i * n + i],
      selfImpactError: calibration.standardErrors.data[i * n + i],
      residualVolBps: calibration.residualVolBps[i],
      factorR2: outcome.factors.names[i].r2,
      flowFactorR2: outcome.factors.names[i].flowR2,
      missingShare: missing(i),
      loadings: outcome.factors.names[i].loadings,
      loadingErrors: outcome.factors.names[i].loadingErrors,
    })),
    normalised: normalisedViews(outcome),
    kernel: kernelReport(publication),
    scores: scoreReport(outcome.outOfSample),
    holdOut: scoreReport(outcome.holdOut),
    horizons: outcome.horizons.map(({ label, fitted, own, calibrationSlope, windows }) => ({
      label,
      fitted,
      own,
      calibrationSlope,
      windows,
    })),
    spectrum: spectrumReport(outcome),
    shrinkage: shrinkageReport(outcome),
    projection: {
      status: constrained.projection.status,
      distance: constrained.projection.distance,
      iterations: constrained.projection.iterations,
      floored: constrained.floored.map((i) => names[i].symbol),
    },
    certificate: constrained.full.certificate,
    guardrails: {
      conditionNumber: outcome.guardrails.conditionNumber ?? null,
      crossShare: outcome.guardrails.crossShare,
      basketNorm: outcome.guardrails.basketNorm,
    },
    regimes: { ...regimeEntries(outcome), cells: outcome.regimes?.cells ?? [] },
    factors: {
      names: last.factors,
      largestResidualCorrelation: outcome.factors.largestResidualCorrelation,
      note: factorNote(outcome, last.factors),
    },
    dataQuality: moments.reports.flatMap((report) =>
      Object.entries(report.datasets).map(([dataset, d]) => ({
        date: report.date,
        dataset,
        rows: d.rows,
        used: d.used,
        quarantined: d.quarantined,
      })),
    ),
    leadLag: [...last.leadLag.pairs]
      .filter((pair) => pair.lagMs > 0)
      .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
      .slice(0, 20)
      .map((pair) => ({
        leader: pair.leader,
        follower: pair.follower,
        lagMs: pair.lagMs,
        correlation: pair.correlation,
        atZero: pair.correlationAtZero,
      })),
    notes: [
      ...publication.inputs.participation.notes,
      ...calibration.notes,
      ...moments.reports.flatMap((report) => report.notes),
      ...silentDays(moments),
    ],
    inputs: manifestInputs(publication),
    producer: { name: 'xim', packageVersion, methodVersion: METHOD_VERSION },
    config: methodConfig(config),
  };
}

function silentDays({ reports }: WindowMoments): string[] {
  return reports.flatMap((report) => {
    const silent = report.coverage.filter((name) => name.quotes === 0).map((name) => name.symbol);
    return silent.length > 0 ? [`${report.date}: no quotes for ${silent.join(', ')}`] : [];
  });
}

function normalisedViews({ calibration, constrained }: Outcome) {
  const D = diagonalOf(constrained.full.K);
  const rounded = (matrix: DenseMatrix) =>
    Array.from({ length: matrix.rows }, (_, i) =>
      Array.from(toNormalised(matrix, D).data.subarray(i * matrix.cols, (i + 1) * matrix.cols), (v) =>
        Number(v.toPrecision(6)),
      ),
    );
  return { raw: rounded(calibration.rawK), final: rounded(constrained.full.K) };
}

function kernelReport({ config, outcome }: Publication) {
  const { bucketMs, tauSeconds } = kernelBasis(config);
  const { weights, status } = outcome.calibration.kernel;
  const longest = Math.max(60, ...tauSeconds.filter(Number.isFinite).map((tau) => 3 * tau));
  const steps = Math.ceil((longest * 1000) / bucketMs);
  const level = kernelCurve(outcome.decay, weights, steps + 1);
  const shownSteps = [...new Set(Array.from({ length: 121 }, (_, k) => Math.round(steps ** (k / 120))))];
  return {
    bucketMs,
    tauSeconds: tauSeconds.map((tau) => (Number.isFinite(tau) ? tau : ('permanent' as const))),
    weights: [...weights],
    concavity: config.flow.concavity,
    status,
    curve: [
      { seconds: 0, level: level[0] },
      ...shownSteps.map((k) => ({ seconds: (k * bucketMs) / 1000, level: level[k] })),
    ],
  };
}

function scoreReport(scores: OutOfSample | undefined): ReportScores | null {
  if (!scores) return null;
  const entries = Object.entries(scores.scores);
  return {
    trainFolds: scores.trainFolds.length,
    testFolds: scores.testFolds.length,
    pooled: Object.fromEntries(entries.map(([model, score]) => [model, score.pooled])),
    perName: Object.fromEntries(entries.map(([model, score]) => [model, score.perName])),
    crossGain: scores.crossGain,
  };
}

function spectrumReport({ calibration, constrained, guardrails }: Outcome) {
  const shrunk = toNormalised(calibration.K, diagonalOf(constrained.full.K));
  const symmetric = {
    ...shrunk,
    data: shrunk.data.map(
      (v, k) => (v + shrunk.data[(k % shrunk.cols) * shrunk.cols + Math.floor(k / shrunk.cols)]) / 2,
    ),
  };
  return { before: [...symmetricEigen(symmetric).values], after: guardrails.spectrum };
}

function shrinkageReport({ calibration, withoutFactors, names }: Outcome) {
  const n = names.length;
  return {
    lambda: calibration.lambda,
    lambdaPath: calibration.lambdaPath,
    intensity: calibration.intensity,
    marketMean: calibration.blocks?.marketMean ?? null,
    marketT: calibration.blocks?.marketT ?? null,
    tailLinks: calibration.tailLinks,
    links: (n * (n - 1)) / 2,
    meanLinkWithFactors: withoutFactors ? meanLink(calibration) : null,
    meanLinkWithoutFactors: withoutFactors ? meanLink(withoutFactors) : null,
  };
}

function meanLink({ blocks }: Outcome['calibration']): number | null {
  if (!blocks) return null;
  const links = blocks.pairs.reduce((sum, pair) => sum + pair.count, 0);
  return links > 0 ? blocks.pairs.reduce((sum, pair) => sum + pair.count * pair.mean, 0) / links : null;
}

function regimeEntries({ regimes }: Outcome): Regimes {
  if (!regimes) return { edges: {}, multipliers: [{ cell: 'all', multiplier: 1 }] };
  const { spread, volatility, crowding } = regimes.edges;
  return {
    edges: { spread: [spread], volatility: [volatility], crowding: [crowding] },
    multipliers: regimes.cells.map(({ cell, multiplier }) => ({ cell, multiplier })),
  };
}

function factorNote({ factors }: Outcome, names: readonly string[]): string {
  if (names.length === 0) return 'No given factors.';
  const rank =
    factors.rank < factors.controls ? ` Only ${factors.rank} of ${factors.controls} controls are independent.` : '';
  return `Factors: ${names.join(', ')}. Largest correlation left between a residual move and a factor: ${factors.largestResidualCorrelation.toExponential(1)}.${rank}`;
}

function manifestInputs({ inputs, moments }: Publication): ManifestInput[] {
  const dated = inputs.dates.flatMap((date, k) =>
    [...inputs.byDate.get(date)!.values()]
      .flat()
      .map(({ dataset, sha256 }) => ({ dataset, date, sha256, rows: moments.reports[k].datasets[dataset]?.rows ?? 0 })),
  );
  const { sha256 } = inputs.universe;
  const fixed: ManifestInput[] = [{ dataset: 'universe', sha256, rows: moments.reports[0].symbols.length }];
  if (inputs.events)
    fixed.push({ dataset: 'events', sha256: inputs.events.sha256, rows: moments.reports[0].eventRows });
  return [...fixed, ...dated];
}

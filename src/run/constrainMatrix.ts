import type { Config } from '../config/schema.js';
import { methodConfig } from '../config/schema.js';
import type { Engine } from '../io/duckdb.js';
import { sha256OfFile } from '../io/files.js';
import { writeImpactArrow } from '../io/impactArrow.js';
import { type NamedMatrix, readMatrix } from '../io/matrixReader.js';
import { readUniverse } from '../io/referenceReader.js';
import type { Name } from '../model/buckets.js';
import { durationNs } from '../model/duration.js';
import { configError, dataError } from '../model/failure.js';
import { decays, type KernelBasis } from '../model/kernel.js';
import {
  type Manifest,
  type ManifestInput,
  type ManifestObject,
  METHOD_VERSION,
  SCHEMA_VERSION,
} from '../model/manifest.js';
import { selfImpactFloors } from '../model/normalise.js';
import { type DenseMatrix, diagonalOf, zeros } from '../numerics/dense.js';
import { renderMatrixHtml, renderMatrixMarkdown } from '../report/renderMatrix.js';
import type { MatrixReportData } from '../report/reportData.js';
import { type ConstrainedModel, constrain } from '../stages/constrain/constrain.js';
import { guardrailValues } from '../stages/guardrails/guardrailValues.js';
import { judge, type Unscored } from '../stages/validate/gates.js';
import { verdictOf } from '../stages/validate/verdict.js';
import { type StoredVersion, writeObject, writeVersion } from '../store/store.js';
import { gateRules } from './calibration/gateRules.js';
import type { Effects } from './effects.js';
import { worthHelping } from './pipeline.js';
import { type ConstrainedMatrix, constraintManifest, constraintReport } from './publication/constraintReport.js';
import { UNITS } from './publication/publish.js';
import { configuredTaus } from './window/calibrationWindow.js';
import { limitsOf } from './window/limits.js';

export interface MatrixRequest {
  readonly path: string;
  /** Names and blocks in the layout of the universe. */
  readonly blocks?: string;
  /** Trading day to file the version under; `undated` without one. */
  readonly date?: string;
  /** Links that are exactly zero stay so. */
  readonly keepZeros: boolean;
}

/**
 * A matrix from anywhere to a certified version, stored like one that was calibrated. It says nothing of decay: the
 * certificate takes equal weights on the configured time constants.
 * @throws XimError `data` naming the entry that cannot be used.
 */
export async function constrainMatrix(
  config: Config,
  request: MatrixRequest,
  engine: () => Promise<Engine>,
  effects: Effects,
  packageVersion: string,
): Promise<StoredVersion> {
  effects.stage('read the matrix');
  if (config.constrain.metric === 'prediction')
    throw configError(
      'constrain.metric: prediction needs flow, and a matrix comes without',
      'use constrain.metric: frobenius with --matrix',
    );
  const read = await readMatrix(engine, request.path);
  const names = await namesOf(read, request, engine);
  const limits = limitsOf(config);
  const blocks = names.map((name) => name.block);
  const floors = checkedFloors(read.matrix, names, config.constrain.floor, request.path);
  const isZero = request.keepZeros ? zeroPattern(read.matrix, names, request.path) : new Uint8Array(names.length ** 2);
  const { tauSeconds, bucketMs } = assumedBasis(config);
  const weights = new Float64Array(tauSeconds.length).fill(1 / tauSeconds.length);
  if (worthHelping(config, names.length)) effects.startBlasHelper();
  effects.stage(`constrain ${names.length} names`);
  const constrained = constrain(
    { K: read.matrix, isZero, floors, decay: decays({ bucketMs, tauSeconds }), weights, concavity: 1 },
    { ...limits, blocks },
  );
  effects.stage('publish');
  const inputs: ManifestInput[] = [
    { dataset: 'matrix', sha256: await sha256OfFile(request.path), rows: names.length },
    ...(request.blocks === undefined
      ? []
      : [{ dataset: 'universe', sha256: await sha256OfFile(request.blocks), rows: names.length }]),
  ];
  return publishMatrix({
    config,
    asof: request.date ?? 'undated',
    names,
    K: read.matrix,
    constrained,
    floors,
    kernel: { bucketMs, tauSeconds, weights },
    inputs,
    notes: notesOf(constrained, names, request, read),
    producer: { name: 'xim', packageVersion, methodVersion: METHOD_VERSION },
  });
}

/** Names in the order of the matrix. */
async function namesOf(
  { names, matrix }: NamedMatrix,
  { path, blocks }: MatrixRequest,
  engine: () => Promise<Engine>,
): Promise<Name[]> {
  const plain = (symbol: string): Name => ({ symbol, block: 'none', multiplier: 1, fx: 1 });
  const numbered = Array.from({ length: matrix.rows }, (_, i) => String(i + 1));
  if (blocks === undefined) return (names ?? numbered).map(plain);
  const universe = await readUniverse(await engine(), blocks);
  if (!names) {
    if (universe.length === matrix.rows) return universe;
    throw dataError(
      `${path} has ${matrix.rows} rows without names, ${blocks} lists ${universe.length} names`,
      'name the rows, or list exactly the names of the matrix, in its order',
    );
  }
  const bySymbol = new Map(universe.map((name) => [name.symbol, name]));
  const unknown = names.filter((symbol) => !bySymbol.has(symbol));
  if (unknown.length > 0)
    throw dataError(
      `${blocks} does not list ${unknown
        .slice(0, 5)
        .map((name) => `"${name}"`)
        .join(', ')}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''} of ${path}`,
      'add a row symbol, block for every name of the matrix',
    );
  return names.map((symbol) => bySymbol.get(symbol)!);
}

/** @throws data error for a self impact that is not positive where no floor raises it. */
function checkedFloors(K: DenseMatrix, names: readonly Name[], share: number, path: string): Float64Array {
  const floors = selfImpactFloors(K, names, share);
  const diagonal = diagonalOf(K);
  const at = diagonal.findIndex((k, i) => !(k > 0) && !(floors[i] > 0));
  if (at < 0) return floors;
  throw dataError(
    `${path}: row ${at + 1} (${names[at].symbol}): self impact is ${diagonal[at]}, which is not positive`,
    share > 0
      ? 'no self impact is positive: there is nothing to take a floor from; check the sign and the units of the matrix'
      : 'correct the entry, or pass --floor 0.1 to raise it to a tenth of the median of its block',
  );
}

/** @throws data error when a link is zero one way only. */
function zeroPattern({ rows: n, data }: DenseMatrix, names: readonly Name[], path: string): Uint8Array {
  const isZero = Uint8Array.from(data, (value, k) => (value === 0 && k % (n + 1) !== 0 ? 1 : 0));
  const at = isZero.findIndex((zero, k) => zero === 1 && isZero[(k % n) * n + Math.floor(k / n)] === 0);
  if (at < 0) return isZero;
  const [i, j] = [Math.floor(at / n), at % n];
  throw dataError(
    `${path}: row ${i + 1} (${names[i].symbol}), column ${j + 1} (${names[j].symbol}) is zero, but the other way it is ${data[j * n + i]}: the zero pattern is not symmetric`,
    'make both zero, or drop --keep-zeros',
  );
}

/** Seconds over which a matrix without data is taken to decay, in equal shares, unless the configuration says. */
const ASSUMED_TAU_SECONDS = [1, 5, 30, 300, Number.POSITIVE_INFINITY];

const assumedBasis = (config: Config): KernelBasis => ({
  bucketMs: durationNs(config.align.bucket) / 1e6,
  tauSeconds: configuredTaus(config.fit.kernel) ?? ASSUMED_TAU_SECONDS,
});

function notesOf(
  { floored }: ConstrainedModel,
  names: readonly Name[],
  { blocks }: MatrixRequest,
  read: NamedMatrix,
): string[] {
  return [
    'the matrix came without data: nothing is said of fit, flow or errors',
    'decay is assumed: equal weights on the configured time constants (fit.kernel.tau)',
    ...(blocks === undefined ? ['no blocks were given: the block-diagonal fallback is the whole matrix'] : []),
    ...(read.names || blocks !== undefined ? [] : ['the matrix has no names: they are numbered']),
    ...(floored.length > 0
      ? [`self impact raised to its floor: ${floored.map((i) => names[i].symbol).join(', ')}`]
      : []),
  ];
}

interface MatrixPublication {
  readonly config: Config;
  readonly asof: string;
  readonly names: readonly Name[];
  readonly K: DenseMatrix;
  readonly constrained: ConstrainedModel;
  readonly floors: Float64Array;
  readonly kernel: {
    readonly bucketMs: number;
    readonly tauSeconds: readonly number[];
    readonly weights: Float64Array;
  };
  readonly inputs: readonly ManifestInput[];
  readonly notes: readonly string[];
  readonly producer: Manifest['producer'];
}

const WITHOUT_DATA: Unscored = { verdict: 'not applicable', reason: 'the matrix came without data' };

/** Writes objects and manifest; the same matrix and limits give the same version. */
async function publishMatrix(publication: MatrixPublication): Promise<StoredVersion> {
  const { config, asof, names, K, constrained, floors, kernel, inputs, notes, producer } = publication;
  const guardrails = guardrailValues(constrained.full.K);
  const evidence = { certificate: constrained.full.certificate, outOfSample: WITHOUT_DATA, guardrails, diagnoses: [] };
  const gates = judge(evidence, gateRules(config));
  const symbols = names.map((name) => name.symbol);
  const source: ConstrainedMatrix = {
    symbols,
    metric: config.constrain.metric,
    rawK: K,
    shrunkK: K,
    constrained,
    guardrails,
  };
  const report: MatrixReportData = {
    model: config.model,
    asof,
    gates,
    names: names.map(({ symbol, block }) => ({ symbol, block })),
    ...constraintReport(source),
    notes,
    inputs,
    producer,
    config: methodConfig(config),
  };
  const objects: ManifestObject[] = [];
  const put = (name: string, content: Uint8Array | string) =>
    objects.push(
      writeObject(config.store, name, typeof content === 'string' ? new TextEncoder().encode(content) : content),
    );
  const canary = new Set(config.guardrails.canary);
  const table = {
    symbols,
    blocks: names.map((name) => name.block),
    K: constrained.full.K,
    rawK: K,
    shrunkK: K,
    blockK: constrained.blockDiagonal.K,
    diagonalK: diagonalOf(constrained.diagonal.K),
    loadings: zeros(names.length, 0),
    floors,
    adv: Float64Array.from(names, (name) => name.adv ?? Number.NaN),
    canary: symbols.map((symbol) => canary.has(symbol)),
  };
  put('impact.arrow', writeImpactArrow(table, { schemaVersion: SCHEMA_VERSION, asof, units: UNITS.K }));
  put('report.json', `${JSON.stringify(report)}\n`);
  put('report.md', renderMatrixMarkdown(report));
  put('report.html', renderMatrixHtml(report));
  const limits = { ...limitsOf(config), floors };
  const { constraints, certificate, fallbacks, projection } = constraintManifest(source, limits);
  return writeVersion(config.store, {
    schemaVersion: SCHEMA_VERSION,
    model: config.model,
    asof,
    window: { dates: [], folds: 0, buckets: 0 },
    universe: { names: symbols, blocks: table.blocks },
    units: UNITS,
    kernel: {
      form: 'scalar',
      bucketMs: kernel.bucketMs,
      tauSeconds: kernel.tauSeconds.map((tau) => (Number.isFinite(tau) ? tau : 'permanent')),
      weights: [...kernel.weights],
      concavity: 1,
      flowScale: names.map(() => 1),
    },
    regimes: { edges: {}, multipliers: [{ cell: 'all', multiplier: 1 }] },
    guardrails: { ...config.guardrails, measured: report.guardrails },
    constraints,
    certificate,
    fallbacks,
    metrics: { outOfSample: null, projection },
    gates,
    verdict: verdictOf(gates, { outOfSample: WITHOUT_DATA }, gateRules(config)),
    notes,
    config: methodConfig(config),
    inputs,
    producer,
    objects,
  });
}

import type { Config } from '../config/schema.js';
import type { Engine } from '../io/duckdb.js';
import { digestOfFile } from '../io/fileDigest.js';
import { durationNs } from '../model/duration.js';
import { configError } from '../model/failure.js';
import { decays } from '../model/kernel.js';
import type { ManifestInput } from '../model/manifest.js';
import { type ConstrainedModel, constrain } from '../stages/constrain/constrain.js';
import type { StoredVersion } from '../store/store.js';
import type { Effects } from './effects.js';
import { type GivenMatrix, type MatrixRequest, readGivenMatrix } from './matrix/givenMatrix.js';
import { type MatrixOutcome, matrixArtifact } from './matrix/matrixArtifact.js';
import { worthHelping } from './pipeline.js';
import { writeArtifact } from './publication/artifact.js';
import { limitsOf } from './window/limits.js';
import { refuseUnknownCanaries } from './window/linkRestrictions.js';
import { configuredTaus } from './window/windowShape.js';

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
  refusePredictionMetric(config);
  const given = await readGivenMatrix(config, request, engine);
  refuseUnknownCanaries(config.guardrails.canary, given.names);
  const kernel = assumedKernel(config);
  const size = given.names.length;
  if (worthHelping(config, size)) effects.startBlasHelper();
  effects.stage(`constrain ${size} names`);
  const constrained = constrainGiven(config, given, kernel);
  effects.stage('publish');
  const inputs = await inputsOf(request, size);
  return writeArtifact(matrixArtifact({ config, request, given, constrained, kernel, inputs, packageVersion }));
}

function refusePredictionMetric({ constrain: { metric } }: Config): void {
  if (metric === 'prediction')
    throw configError(
      'constrain.metric: prediction needs flow, and a matrix comes without',
      'use constrain.metric: frobenius with --matrix',
    );
}

/** Seconds over which a matrix without data is taken to decay, in equal shares, unless the configuration says. */
const ASSUMED_TAU_SECONDS = [1, 5, 30, 300, Number.POSITIVE_INFINITY];

function assumedKernel({ fit, align }: Config): MatrixOutcome['kernel'] {
  const tauSeconds = configuredTaus(fit.kernel) ?? ASSUMED_TAU_SECONDS;
  const weights = new Float64Array(tauSeconds.length).fill(1 / tauSeconds.length);
  return { bucketMs: durationNs(align.bucket) / 1e6, tauSeconds, weights };
}

function constrainGiven(
  config: Config,
  { K, names, floors, isZero }: GivenMatrix,
  kernel: MatrixOutcome['kernel'],
): ConstrainedModel {
  const blocks = names.map((name) => name.block);
  const model = { K, isZero, floors, decay: decays(kernel), weights: kernel.weights, concavity: 1 };
  return constrain(model, { ...limitsOf(config), blocks });
}

async function inputsOf({ path, blocks }: MatrixRequest, rows: number): Promise<ManifestInput[]> {
  const input = async (dataset: string, file: string) => ({ dataset, sha256: (await digestOfFile(file)).sha256, rows });
  const matrix = await input('matrix', path);
  return blocks === undefined ? [matrix] : [matrix, await input('universe', blocks)];
}

import { methodConfig } from '../../config/methodConfig.js';
import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import type { Gate } from '../../model/gate.js';
import type { BasketCap } from '../../model/guardrails.js';
import type { KernelBasis } from '../../model/kernel.js';
import { type ManifestInput, METHOD_VERSION } from '../../model/manifest.js';
import { zeros } from '../../numerics/dense.js';
import { renderMatrixHtml, renderMatrixMarkdown } from '../../report/renderMatrix.js';
import type { MatrixReportData } from '../../report/reportData.js';
import type { ConstrainedModel } from '../../stages/constrain/constrain.js';
import { basketCap } from '../../stages/guardrails/basketCap.js';
import { guardrailValues } from '../../stages/guardrails/guardrailValues.js';
import { judge, type Unscored } from '../../stages/validate/gates.js';
import { verdictOf } from '../../stages/validate/verdict.js';
import { gateRules } from '../calibration/gateRules.js';
import type { Artifact } from '../publication/artifact.js';
import { type ConstrainedMatrix, constraintReport } from '../publication/constraintReport.js';
import type { GivenMatrix, MatrixRequest } from './givenMatrix.js';

/** What was made of a matrix that came without data. */
export interface MatrixOutcome {
  readonly config: Config;
  readonly request: MatrixRequest;
  readonly given: GivenMatrix;
  readonly constrained: ConstrainedModel;
  /** Assumed: equal weights on the configured time constants, or a usual few where they are auto. */
  readonly kernel: KernelBasis & { readonly weights: Float64Array };
  readonly inputs: readonly ManifestInput[];
  readonly packageVersion: string;
}

/** The version that is written of it: everything that only data can tell is absent. */
export function matrixArtifact(outcome: MatrixOutcome): Artifact {
  const { config, given } = outcome;
  const matrix = constrainedMatrix(outcome);
  const data = matrixReport(outcome, matrix);
  return {
    config,
    names: given.names,
    matrix,
    floors: given.floors,
    estimate: { loadings: zeros(given.names.length, 0) },
    diagnostics: [],
    report: { data, markdown: renderMatrixMarkdown(data), html: renderMatrixHtml(data) },
    facts: facts(outcome, data.gates),
  };
}

const constrainedMatrix = ({ config, given: { K, names }, constrained }: MatrixOutcome): ConstrainedMatrix => ({
  symbols: names.map((name) => name.symbol),
  metric: config.constrain.metric,
  rawK: K,
  shrunkK: K,
  constrained,
  guardrails: guardrailValues(constrained.full.K),
  basketCap: basketOf(constrained, names).numericCap,
});

const basketOf = ({ full }: ConstrainedModel, names: readonly Name[]): BasketCap =>
  basketCap({ K: full.K, groups: names.map((name) => name.block) });

const NO_DATA = 'the matrix came without data';
const UNSCORED: Unscored = { verdict: 'not applicable', reason: NO_DATA };

/** The order is that of `report.json`. */
function matrixReport(outcome: MatrixOutcome, matrix: ConstrainedMatrix): MatrixReportData {
  const { config, request, given, inputs, packageVersion } = outcome;
  const evidence = {
    certificate: matrix.constrained.full.certificate,
    outOfSample: UNSCORED,
    guardrails: matrix.guardrails,
    diagnoses: [],
  };
  return {
    model: config.model,
    asof: request.date ?? 'undated',
    gates: judge(evidence, gateRules(config, basketOf(matrix.constrained, given.names))),
    names: given.names.map(({ symbol, block }) => ({ symbol, block })),
    ...constraintReport(matrix),
    notes: notesOf(outcome),
    inputs,
    producer: { name: 'xim', packageVersion, methodVersion: METHOD_VERSION },
    config: methodConfig(config),
  };
}

function notesOf({ constrained, given, request, kernel }: MatrixOutcome): string[] {
  const taus = kernel.tauSeconds.map((tau) => (Number.isFinite(tau) ? `${tau} s` : 'permanent'));
  const floored = constrained.floored.map((i) => given.names[i].symbol);
  return [
    `${NO_DATA}: nothing is said of fit, flow or errors`,
    `decay is assumed: equal weights on ${taus.join(', ')} (a list in fit.kernel.tau sets others)`,
    ...(request.blocks === undefined ? [NO_BLOCKS] : []),
    ...(given.numbered ? ['the matrix has no names: they are numbered'] : []),
    ...(floored.length > 0 ? [`self impact raised to its floor: ${floored.join(', ')}`] : []),
  ];
}

const NO_BLOCKS = 'no blocks were given: the block-diagonal fallback is the whole matrix';

function facts({ config, given: { names }, kernel }: MatrixOutcome, gates: readonly Gate[]): Artifact['facts'] {
  return {
    window: { dates: [], folds: 0, buckets: 0 },
    kernel: {
      form: 'scalar',
      bucketMs: kernel.bucketMs,
      tauSeconds: kernel.tauSeconds.map((tau) => (Number.isFinite(tau) ? tau : 'permanent')),
      weights: [...kernel.weights],
      concavity: 1,
      flowScale: names.map(() => 1),
    },
    regimes: { edges: {}, multipliers: [{ cell: 'all', multiplier: 1 }] },
    metrics: { outOfSample: null },
    verdict: verdictOf(gates, { outOfSample: UNSCORED }, config.validate.gates),
  };
}

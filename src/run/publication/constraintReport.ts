import type { GuardrailValues } from '../../model/guardrails.js';
import { storedCertificate } from '../../model/manifest.js';
import { toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, diagonalOf, mapEntries, symmetricPart } from '../../numerics/dense.js';
import { symmetricEigen } from '../../numerics/symmetricEigen.js';
import type { ConstraintReport } from '../../report/reportData.js';
import type { ConstrainedModel } from '../../stages/constrain/constrain.js';

/** What became of a matrix, wherever it came from. N×N, bps per million. */
export interface ConstrainedMatrix {
  readonly symbols: readonly string[];
  readonly metric: string;
  /** To show beside what is published. */
  readonly rawK: DenseMatrix;
  /** What was projected. */
  readonly shrunkK: DenseMatrix;
  readonly constrained: ConstrainedModel;
  readonly guardrails: GuardrailValues;
  readonly basketCap: number;
  /** Of the promoted version, where it is an input; NaN for pairs that it does not know. */
  readonly championK?: DenseMatrix;
}

/** The part of a report that speaks of constraints. */
export function constraintReport(source: ConstrainedMatrix): ConstraintReport {
  const { symbols, rawK, shrunkK, constrained, guardrails } = source;
  const D = diagonalOf(constrained.full.K);
  return {
    normalised: {
      raw: roundedRows(rawK, D),
      shrunk: roundedRows(shrunkK, D),
      final: roundedRows(constrained.full.K, D),
      change: source.championK ? roundedRows(changeFrom(source.championK, constrained.full.K), D) : null,
    },
    spectrum: {
      before: [...symmetricEigen(symmetricPart(toNormalised(shrunkK, D))).values],
      after: guardrails.spectrum,
    },
    projection: { ...projectionFacts(source), floored: constrained.floored.map((i) => symbols[i]) },
    certificate: storedCertificate(constrained.full.certificate, symbols),
    certificateBefore: storedCertificate(constrained.before, symbols),
    guardrails: {
      conditionNumber: guardrails.conditionNumber ?? null,
      crossShare: guardrails.crossShare ?? null,
      basketNorm: guardrails.basketNorm,
      basketCap: source.basketCap,
    },
  };
}

/** A pair that the champion does not know has not changed. */
const changeFrom = (champion: DenseMatrix, K: DenseMatrix): DenseMatrix =>
  mapEntries(K, (value, i, j) => {
    const before = champion.data[i * K.cols + j];
    return Number.isNaN(before) ? 0 : value - before;
  });

function roundedRows(matrix: DenseMatrix, D: Float64Array): number[][] {
  const { data } = toNormalised(matrix, D);
  return Array.from({ length: matrix.rows }, (_, i) =>
    Array.from(data.subarray(i * matrix.cols, (i + 1) * matrix.cols), (v) => Number(v.toPrecision(6))),
  );
}

function projectionFacts({ metric, constrained }: ConstrainedMatrix) {
  const { status, distance, dualityGap, iterations } = constrained.projection;
  return { metric, status, distance, dualityGap, iterations };
}

/** The fields of the manifest that the same constraints fill. */
export function constraintManifest(
  source: ConstrainedMatrix,
  limits: { readonly rho: number; readonly floors: Float64Array; readonly conditionCap?: number },
) {
  const { symbols, constrained } = source;
  const { smallestEigenvalueBefore, smallestEigenvalueAfter } = constrained.projection;
  const stored = (which: 'full' | 'blockDiagonal' | 'diagonal') =>
    storedCertificate(constrained[which].certificate, symbols);
  return {
    constraints: { rho: limits.rho, floors: [...limits.floors], conditionCap: limits.conditionCap ?? null },
    certificate: { ...stored('full'), before: storedCertificate(constrained.before, symbols) },
    fallbacks: { blockDiagonal: stored('blockDiagonal'), diagonal: stored('diagonal') },
    projection: {
      ...projectionFacts(source),
      minEigenvalue: { before: smallestEigenvalueBefore, after: smallestEigenvalueAfter },
    },
  };
}

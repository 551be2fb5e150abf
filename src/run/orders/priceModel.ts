import type { Name } from '../../model/buckets.js';
import { termsByNames } from '../../model/concave.js';
import { decays } from '../../model/kernel.js';
import { type DenseMatrix, mapEntries, submatrix, zeros } from '../../numerics/dense.js';
import { stacked } from '../../numerics/psdLeastSquares.js';
import { structuralLoadings } from '../../stages/defactor/controls.js';
import type { Calibration } from '../../stages/fit/calibration.js';
import type { ArrivalState } from '../../stages/scorecard/dayOrders.js';
import type { PriceModel } from '../../stages/scorecard/impactLevels.js';
import { aliasedVersion, resolveReference, type StoredVersion } from '../../store/store.js';
import type { Outcome } from '../calibration/calibrateWindow.js';
import { storedConcave } from '../versions/storedConcave.js';
import { storedFlow } from '../versions/storedFlow.js';
import { storedReport } from '../versions/storedReport.js';
import { storedImpact } from '../versions/verifyVersion.js';
import type { CalibrationWindow } from '../window/calibrationWindow.js';

/** The version that costs are judged by: the one that is named, else the champion, else the candidate. */
export function judgingVersion(store: string, reference: string | undefined): StoredVersion | undefined {
  if (reference !== undefined) return resolveReference(store, reference);
  return aliasedVersion(store, 'champion') ?? aliasedVersion(store, 'candidate');
}

/** The stored model by the names of today, with what it does not know of them. */
export interface StoredPriceModel {
  readonly model: PriceModel;
  /** Bucket width that its decay counts in. */
  readonly bucketMs: number;
  readonly unknown: readonly string[];
  readonly regimeEdges?: ArrivalState;
}

/** Kernel, matrices and loadings of a version, digests checked. @throws XimError `corrupt`. */
export function storedPriceModel(store: string, version: StoredVersion, names: readonly Name[]): StoredPriceModel {
  const { kernel, regimes } = version.manifest;
  const impact = storedImpact(store, version);
  const { symbols, matrices } = impact;
  const { depthMedian, ...transform } = storedFlow(version.manifest, impact);
  const place = new Map(symbols.map((symbol, i) => [symbol, i]));
  const at = names.map(({ symbol }) => place.get(symbol) ?? -1);
  const tauSeconds = kernel.tauSeconds.map((tau) => (tau === 'permanent' ? Number.POSITIVE_INFINITY : tau));
  const unit = (p: number) => Float64Array.from(tauSeconds, (_, q) => (q === p ? 1 : 0));
  const beta = matrices.get('beta');
  const factors = beta && givenFactors(store, version);
  const concave = storedConcave(version.manifest, impact);
  return {
    model: {
      terms:
        kernel.form === 'scalar'
          ? [{ matrix: byNames(concave?.linear ?? matrices.get('K')!, at), weights: Float64Array.from(kernel.weights) }]
          : tauSeconds.map((_, p) => ({ matrix: byNames(matrices.get(`K_${p + 1}`)!, at), weights: unit(p) })),
      decay: decays({ bucketMs: kernel.bucketMs, tauSeconds }),
      ...(concave ? { concave: termsByNames(concave.terms, at) } : {}),
      transform: { ...transform, ...(depthMedian ? { depthMedian: depthsByNames(depthMedian, at) } : {}) },
      flowScale: Float64Array.from(at, (i) => (i < 0 ? 0 : kernel.flowScale[i])),
      ...(beta && factors?.length === beta.cols
        ? { factors: { names: factors, loadings: rowsByNames(beta, at) } }
        : {}),
    },
    bucketMs: kernel.bucketMs,
    unknown: names.filter((_, i) => at[i] < 0).map(({ symbol }) => symbol),
    ...edgesOf(regimes.edges),
  };
}

const depthsByNames = (depths: Float64Array, at: readonly number[]): Float64Array =>
  Float64Array.from(at, (i) => (i < 0 ? Number.NaN : depths[i]));

const byNames = (matrix: DenseMatrix, at: readonly number[]): DenseMatrix =>
  mapEntries(zeros(at.length), (_, i, j) => (at[i] < 0 || at[j] < 0 ? 0 : matrix.data[at[i] * matrix.cols + at[j]]));

const rowsByNames = (matrix: DenseMatrix, at: readonly number[]): DenseMatrix =>
  mapEntries(zeros(at.length, matrix.cols), (_, i, f) => (at[i] < 0 ? 0 : matrix.data[at[i] * matrix.cols + f]));

/** Names of the columns of `beta`, which only the report has. */
const givenFactors = (store: string, version: StoredVersion): readonly string[] | undefined =>
  storedReport(store, version)?.factors?.names;

function edgesOf(edges: Readonly<Record<string, readonly number[]>>): { regimeEdges?: ArrivalState } {
  const { spread, volatility, crowding } = edges;
  if (!spread || !volatility || !crowding) return {};
  return { regimeEdges: { spread: spread[0], volatility: volatility[0], crowding: crowding[0] } };
}

/** The model of a run that is not stored yet. */
export function outcomePriceModel(
  outcome: Outcome,
  { basis, transform, reports }: CalibrationWindow,
): StoredPriceModel {
  const { calibration, constrained, decay, names, regimes } = outcome;
  const { parts, K, linear = K, concave } = constrained.full;
  const unit = (p: number) => Float64Array.from(decay, (_, q) => (q === p ? 1 : 0));
  const loadings = publishedLoadings(calibration, constrained.full);
  const factors = reports[reports.length - 1].factors;
  return {
    model: {
      terms: parts
        ? parts.map((matrix, p) => ({ matrix, weights: unit(p) }))
        : [{ matrix: linear, weights: calibration.estimate.kernel.weights }],
      decay,
      ...(concave ? { concave } : {}),
      transform,
      flowScale:
        transform.concavity === 1
          ? new Float64Array(names.length).fill(1)
          : calibration.estimate.factorModel.controls.flowScale,
      ...(factors.length > 0 && factors.length === loadings.cols ? { factors: { names: factors, loadings } } : {}),
    },
    bucketMs: basis.bucketMs,
    unknown: [],
    ...(regimes ? { regimeEdges: regimes.edges } : {}),
  };
}

/** N×F of the whole model, bps per bps of factor move. */
export function publishedLoadings(
  calibration: Calibration,
  full: { readonly K: DenseMatrix; readonly parts?: readonly DenseMatrix[] | undefined },
): DenseMatrix {
  const coefficients =
    full.parts && calibration.parts
      ? structuralLoadings(calibration.parts.factorModel.controls, stacked(full.parts))
      : structuralLoadings(calibration.estimate.factorModel.controls, full.K);
  const withoutIntercept = Array.from({ length: coefficients.cols - 1 }, (_, f) => 1 + f);
  return submatrix(coefficients, [...Array(coefficients.rows).keys()], withoutIntercept);
}

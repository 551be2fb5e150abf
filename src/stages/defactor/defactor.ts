import type { FoldMoments } from '../../model/moments.js';
import { diagonalOf, submatrix } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { gramInverse } from '../../numerics/leastSquares.js';
import {
  applyControls,
  type ControlCoefficients,
  type ControlParams,
  controlCoefficients,
  type ImpactMoments,
} from './controls.js';
import { applyDerived, type DerivedCoefficients, derivedCoefficients } from './leaveOneOut.js';

export interface DefactorParams extends ControlParams {
  readonly derived: boolean;
  /** Whether derived factors are means of moves in units of their volatility, as moves in price points ask for. */
  readonly standardised?: boolean;
  /** Block of every name, for derived factors. */
  readonly blocks: readonly string[];
}

/** Everything the first stage learnt, applicable to folds it has not seen. */
export interface FactorModel {
  readonly controls: ControlCoefficients;
  readonly derived?: DerivedCoefficients;
}

/** First stage of MODEL §4 on the sum of the folds. */
export function fitFactors(moments: FoldMoments, params: DefactorParams): FactorModel {
  const controls = controlCoefficients(moments, params);
  if (!params.derived || moments.names < 2) return { controls };
  const centred = applyControls(moments, controls);
  return {
    controls,
    derived: derivedCoefficients(centred, params.blocks, params.residualize === 'both', params.standardised),
  };
}

export function removeFactors(moments: FoldMoments, { controls, derived }: FactorModel): ImpactMoments {
  const impact = applyControls(moments, controls);
  return derived ? applyDerived(impact, derived) : impact;
}

export interface FactorDiagnostics {
  readonly names: readonly NameFactors[];
  /** Largest correlation left between any residual move and any factor; near zero when the first stage did its work. */
  readonly largestResidualCorrelation: number;
  /** Directions of [1, factors] that the data determine, of how many. */
  readonly rank: number;
  readonly controls: number;
}

export interface NameFactors {
  readonly loadings: readonly number[];
  /** Jackknife over folds. */
  readonly loadingErrors: readonly number[];
  /** Share of the variance of the move that the factors explain. */
  readonly r2: number;
  /** Share of the variance of the filtered flow that the factors explain. */
  readonly flowR2: number;
}

/** For the sum of folds whose bases are merged. */
export function factorDiagnostics(
  total: FoldMoments,
  model: FactorModel,
  errors: readonly Float64Array[],
): FactorDiagnostics {
  const { names, factors } = total;
  const controls = 1 + factors;
  const impact = removeFactors(total, model);
  const perName = Array.from({ length: names }, (_, i) => ({
    loadings: Array.from({ length: factors }, (_, f) => model.controls.moves.data[i * controls + 1 + f]),
    loadingErrors: Array.from({ length: factors }, (_, f) => errors[i]?.[1 + f] ?? 0),
    r2: share(impact.rawMoveSquare[i] - impact.moveSquare[i], impact.rawMoveSquare[i]),
    flowR2: flowR2(total, i, controls),
  }));
  return {
    names: perName,
    largestResidualCorrelation: residualCorrelation(total, model),
    rank: model.controls.rank,
    controls,
  };
}

const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

function flowR2({ zz }: FoldMoments, flowColumn: number, controls: number): number {
  const column = controls + flowColumn;
  const total = zz.data[column * zz.cols + column];
  const indices = Array.from({ length: controls }, (_, a) => a);
  const { inverse } = gramInverse(submatrix(zz, indices));
  const xv = indices.map((a) => zz.data[a * zz.cols + column]);
  let explained = 0;
  for (const a of indices) for (const b of indices) explained += xv[a] * inverse.data[a * controls + b] * xv[b];
  const centred = total - squared(xv[0]) / Math.max(zz.data[0], 1);
  return share(explained - squared(xv[0]) / Math.max(zz.data[0], 1), centred);
}

function residualCorrelation(total: FoldMoments, { controls }: FactorModel): number {
  const { names, factors, zz, zr, observed, buckets } = total;
  const width = 1 + factors;
  const squares = diagonalOf(applyControls(total, controls).moveProducts);
  let largest = 0;
  for (let i = 0; i < names; i++) {
    for (let f = 1; f < width; f++) {
      let left = observed[i] > 0 ? (zr.data[f * names + i] * buckets) / observed[i] : 0;
      for (let a = 0; a < width; a++) left -= controls.moves.data[i * width + a] * zz.data[a * zz.cols + f];
      const scale = Math.sqrt(zz.data[f * zz.cols + f] * squares[i]);
      if (scale > 0) largest = Math.max(largest, Math.abs(left) / scale);
    }
  }
  return largest;
}

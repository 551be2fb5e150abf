import {
  combine,
  type DenseMatrix,
  diagonalOf,
  minusProduct,
  multiply,
  scaleBoth,
  submatrix,
  transpose,
  zeros,
} from '../../numerics/dense.js';
import { scaledFlowCoefficients } from '../defactor/controls.js';
import { secantPart } from '../fit/concave/concaveFit.js';
import type { TrainedModel } from '../validate/trainedModels.js';

/** Buckets that are predicted together, in a few products. */
export const TILE = 256;

export interface Tile {
  readonly buckets: number[];
  /** TILE × (1+F). */
  readonly controls: DenseMatrix;
  /** TILE × N: filtered flow, its bases merged by the kernel, scaled. */
  readonly merged: DenseMatrix;
  /** The same of each basis, not scaled; none where one matrix serves all of them. */
  readonly flow: readonly DenseMatrix[];
  /** TILE × N: what concave terms do, altogether and by own flow alone; zero where there are none. */
  readonly concave: { readonly all: DenseMatrix; readonly own: DenseMatrix };
}

export const emptyTile = ({ K: { rows: names }, parts }: TrainedModel, controls: number): Tile => ({
  buckets: [],
  controls: zeros(TILE, controls),
  merged: zeros(TILE, names),
  flow: parts ? parts.matrices.map(() => zeros(TILE, names)) : [],
  concave: { all: zeros(TILE, names), own: zeros(TILE, names) },
});

/** What flow of a tile (TILE × N) does to every name, and what each name's own flow does to it: TILE × N. */
export type Respond = (flow: DenseMatrix, tile: Tile) => { readonly all: DenseMatrix; readonly own: DenseMatrix };

/** One matrix on the merged flow, or one per basis on the flow of each. */
export function response({ K, parts, factorModel }: TrainedModel): Respond {
  if (!parts) return impactOf(K);
  const n = K.rows;
  const flowLoadings = transpose(scaledFlowCoefficients(parts.factorModel.controls));
  const { flowScale } = factorModel.controls;
  const ofParts = parts.matrices.map((matrix, p) => ({
    impact: impactOf(matrix),
    loadings: submatrix(flowLoadings, range(flowLoadings.rows), range(n, p * n)),
  }));
  return (_flow, tile) =>
    ofParts
      .map(({ impact, loadings }, p) =>
        impact(minusProduct(scaleBoth(tile.flow[p], ones(TILE), flowScale), tile.controls, loadings)),
      )
      .reduce((sum, next) => ({ all: combine(sum.all, 1, next.all, 1), own: combine(sum.own, 1, next.own, 1) }));
}

/** `Σ g w − S v̄` of a tile: what concave terms do beyond their secants, on flow as it is, and what own flow has of it. */
export function remainderOf({ concave }: TrainedModel): ((tile: Tile) => ReturnType<Respond>) | undefined {
  if (!concave) return undefined;
  const secant = impactOf(secantPart(concave));
  return (tile) => {
    const { all, own } = secant(tile.merged);
    return { all: combine(tile.concave.all, 1, all, -1), own: combine(tile.concave.own, 1, own, -1) };
  };
}

const range = (length: number, from = 0): number[] => Array.from({ length }, (_, k) => from + k);
const ones = (length: number): Float64Array => new Float64Array(length).fill(1);

function impactOf(K: DenseMatrix): (flow: DenseMatrix) => ReturnType<Respond> {
  const [turned, self] = [transpose(K), diagonalOf(K)];
  return (flow) => ({ all: multiply(flow, turned), own: scaleBoth(flow, ones(flow.rows), self) });
}

/** `v̄ = Σ_p a_p v^p` of one bucket, scaled: N, into `merged`. */
export function mergeBucket(
  bases: readonly Float64Array[],
  { weights, factorModel }: TrainedModel,
  merged: Float64Array,
): void {
  merged.fill(0);
  for (let p = 0; p < bases.length; p++) addScaled(merged, bases[p], weights[p]);
  scale(merged, factorModel.controls.flowScale);
}

function addScaled(to: Float64Array, values: Float64Array, by: number): void {
  for (let i = 0; i < to.length; i++) to[i] += by * values[i];
}

function scale(values: Float64Array, by: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i] *= by[i];
}

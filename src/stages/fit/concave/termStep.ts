import { coordinateNnls } from '../../../numerics/coordinateNnls.js';
import { type DenseMatrix, zeros } from '../../../numerics/dense.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import { nonNegativeLeastSquares } from '../../../numerics/nonNegativeLeastSquares.js';
import type { TermProblems } from './termProblems.js';

/** Weights of terms that are not negative. */
export interface TermWeights {
  /** Q×N, bps per million. */
  readonly own: DenseMatrix;
  /** N: what stays linear of self impact, bps per million; zero where nothing does. */
  readonly linear: Float64Array;
  /** MQ, in the unit of the modes' directions. */
  readonly modes: Float64Array;
}

export interface TermPrior {
  /** N: self impact that the cross-section expects, bps per million: own terms are shares of it. */
  readonly sizes: Float64Array;
  /** Whether names have linear own flow beside concave terms. */
  readonly hasLinear: boolean;
}

/**
 * How far a name's mix of own terms is thought to differ from that of all names, in shares of its self impact, and how far
 * modes from none: names that trade much say their own, others follow.
 */
const MIX_SPREAD = 0.3;
const PRECISION = 1 / squared(MIX_SPREAD);

/** Non-negative weights, each name's mix drawn to the pooled one as its data allow (least squares with a normal prior). */
export function termWeights(problems: TermProblems, prior: TermPrior): TermWeights {
  const scaled = inShares(problems, prior);
  const shares = scaled.modeCross.length > 0 ? jointShares(scaled) : ownShares(scaled);
  const names = prior.sizes.length;
  const skipped = prior.hasLinear ? 1 : 0;
  const terms = problems.cross[0].length - 1;
  const own = zeros(terms, names);
  for (let q = 0; q < terms; q++)
    for (let i = 0; i < names; i++) own.data[q * names + i] = shares.own[i][skipped + q] * prior.sizes[i];
  const linear = prior.sizes.map((size, i) => (prior.hasLinear ? shares.own[i][0] * size : 0));
  return { own, linear, modes: shares.modes };
}

/** Own columns in shares of a name's size; without the linear one where there is none. */
function inShares(
  { gram, cross, withModes, modeGram, modeCross }: TermProblems,
  { sizes, hasLinear }: TermPrior,
): TermProblems {
  const from = hasLinear ? 0 : 1;
  const width = cross[0].length - from;
  return {
    gram: gram.map((H, i) => part(H, from, width, squared(sizes[i]))),
    cross: cross.map((c, i) => c.subarray(from).map((value) => value * sizes[i])),
    withModes: withModes.map((M, i) => ({
      rows: width,
      cols: M.cols,
      data: M.data.subarray(from * M.cols).map((value) => value * sizes[i]),
    })),
    modeGram,
    modeCross,
  };
}

function part({ cols, data }: DenseMatrix, from: number, width: number, scale: number): DenseMatrix {
  const out = zeros(width);
  for (let a = 0; a < width; a++)
    for (let b = 0; b < width; b++) out.data[a * width + b] = scale * data[(from + a) * cols + from + b];
  return out;
}

interface Shares {
  readonly own: readonly Float64Array[];
  readonly modes: Float64Array;
}

/** Names one by one: without modes nothing joins them but the pooled mix. */
function ownShares({ gram, cross }: TermProblems): Shares {
  const pooled = nonNegativeLeastSquares(sumOf(gram), sumOfSides(cross)).x;
  const own = gram.map((H, i) => nonNegativeLeastSquares(withPrior(H), towards(cross[i], pooled)).x);
  return { own, modes: new Float64Array(0) };
}

/** All at once: first without a pooled mix, whose mean is then what names are drawn to. */
function jointShares(problems: TermProblems): Shares {
  const width = problems.cross[0].length;
  const first = joint(problems, new Float64Array(width), 0);
  const weight = (k: number, i: number) => problems.gram[i].data[k * (width + 1)];
  const pooled = Float64Array.from({ length: width }, (_, k) => {
    const total = first.own.reduce((sum, _own, i) => sum + weight(k, i), 0);
    return total > 0 ? first.own.reduce((sum, own, i) => sum + weight(k, i) * own[k], 0) / total : 0;
  });
  return joint(problems, pooled, PRECISION);
}

function joint(
  { gram, cross, withModes, modeGram, modeCross }: TermProblems,
  pooled: Float64Array,
  precision: number,
): Shares {
  const width = pooled.length;
  const names = gram.length;
  const modes = modeCross.length;
  const size = names * width + modes;
  const H = zeros(size);
  const g = new Float64Array(size);
  gram.forEach((own, i) => {
    const at = i * width;
    for (let a = 0; a < width; a++) {
      g[at + a] = cross[i][a] + precision * pooled[a];
      for (let b = 0; b < width; b++) H.data[(at + a) * size + at + b] = own.data[a * width + b];
      H.data[(at + a) * (size + 1)] += precision;
      for (let k = 0; k < modes; k++) {
        const value = withModes[i].data[a * modes + k];
        H.data[(at + a) * size + names * width + k] = value;
        H.data[(names * width + k) * size + at + a] = value;
      }
    }
  });
  for (let k = 0; k < modes; k++) {
    g[names * width + k] = modeCross[k];
    for (let s = 0; s < modes; s++)
      H.data[(names * width + k) * size + names * width + s] = modeGram.data[k * modes + s];
    H.data[(names * width + k) * (size + 1)] += PRECISION;
  }
  const x = coordinateNnls(H, g);
  return { own: gram.map((_, i) => x.slice(i * width, (i + 1) * width)), modes: x.slice(names * width) };
}

function withPrior(H: DenseMatrix): DenseMatrix {
  const data = H.data.slice();
  for (let k = 0; k < H.rows; k++) data[k * (H.rows + 1)] += PRECISION;
  return { ...H, data };
}

const towards = (cross: Float64Array, pooled: Float64Array): Float64Array =>
  cross.map((value, k) => value + PRECISION * pooled[k]);

function sumOf(matrices: readonly DenseMatrix[]): DenseMatrix {
  const out = zeros(matrices[0].rows, matrices[0].cols);
  for (const { data } of matrices) for (let k = 0; k < data.length; k++) out.data[k] += data[k];
  return out;
}

function sumOfSides(sides: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(sides[0].length);
  for (const side of sides) for (let k = 0; k < side.length; k++) out[k] += side[k];
  return out;
}

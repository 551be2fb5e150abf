import { type DenseMatrix, multiply, transpose, zeros } from '../../numerics/dense.js';
import { gramInverse } from '../../numerics/leastSquares.js';
import type { ImpactMoments, RowFactors } from './controls.js';

/**
 * Factors derived from the names themselves: for each row the mean move of all other names, and of the other names of its
 * block. The row's own move never enters, which would make the factor a bad control (MODEL §4). Moves in price points are taken in
 * units of their volatility: their mean would be the move of the name with the largest points.
 */
export interface DerivedCoefficients {
  /** Per row: N-vectors of the weights that make its factors, k of them. */
  readonly weights: readonly DenseMatrix[];
  /** Per row: k loadings of the move. */
  readonly moves: readonly Float64Array[];
  /** Per row: k×NP coefficients of the flow. */
  readonly flow: readonly DenseMatrix[];
}

export function derivedCoefficients(
  moments: ImpactMoments,
  blocks: readonly string[],
  partialFlow: boolean,
  standardised = false,
): DerivedCoefficients {
  const scale = standardised ? inverseVolatility(moments) : new Float64Array(blocks.length).fill(1);
  const weights = blocks.map((_, i) => leaveOneOutWeights(blocks, i, scale));
  const moves: Float64Array[] = [];
  const flow: DenseMatrix[] = [];
  weights.forEach((w, i) => {
    const own = rowMoments(moments, w, i);
    const { inverse } = gramInverse(own.square);
    moves.push(multiply(inverse, own.withMove).data);
    flow.push(partialFlow ? multiply(inverse, own.withFlow) : zeros(w.rows, moments.cross.cols));
  });
  return { weights, moves, flow };
}

/** Takes each row's own factors out of its move, and hands on what is needed to take them out of its flow. */
export function applyDerived(moments: ImpactMoments, { weights, moves, flow }: DerivedCoefficients): ImpactMoments {
  const { names } = moments;
  const cross = zeros(names, moments.cross.cols);
  const moveSquare = new Float64Array(names);
  const rowFactors: RowFactors[] = [];
  for (let i = 0; i < names; i++) {
    const { withFlow, withMove, square } = rowMoments(moments, weights[i], i);
    const b = { rows: 1, cols: square.rows, data: moves[i] };
    const g = flow[i];
    const bSquare = multiply(b, square);
    const explained = multiply(b, withFlow);
    const viaFlow = multiply(transpose(withMove), g);
    const both = multiply(bSquare, g);
    for (let j = 0; j < cross.cols; j++) {
      cross.data[i * cross.cols + j] =
        moments.cross.data[i * cross.cols + j] - explained.data[j] - viaFlow.data[j] + both.data[j];
    }
    const quadratic = multiply(bSquare, transpose(b)).data[0] - 2 * multiply(b, withMove).data[0];
    moveSquare[i] = Math.max(0, moments.moveSquare[i] + quadratic);
    rowFactors.push({ withFlow, square, flowCoefficients: g });
  }
  const partialled = flow.some((g) => g.data.some((value) => value !== 0));
  return { ...moments, cross, moveSquare, rowFactors: partialled ? rowFactors : undefined };
}

function rowMoments({ cross, moveProducts }: ImpactMoments, weights: DenseMatrix, i: number) {
  const products = multiply(weights, moveProducts);
  const withMove = zeros(weights.rows, 1);
  for (let a = 0; a < weights.rows; a++) withMove.data[a] = products.data[a * products.cols + i];
  return { withFlow: multiply(weights, cross), withMove, square: multiply(products, transpose(weights)) };
}

/** N: one over the size of each name's moves; 0 for a name that does not move. */
const inverseVolatility = ({ rawMoveSquare, observed }: ImpactMoments): Float64Array =>
  rawMoveSquare.map((square, i) => (square > 0 ? Math.sqrt(observed[i] / square) : 0));

/**
 * One row for the market, one for the block where that is a part of the market with two other names or more.
 * @param scale by name, what its move is multiplied by
 */
function leaveOneOutWeights(blocks: readonly string[], i: number, scale: Float64Array): DenseMatrix {
  const others = blocks.map((_, j) => j !== i);
  const peers = blocks.map((block, j) => j !== i && block === blocks[i]);
  const peerCount = peers.filter(Boolean).length;
  const groups = peerCount >= 2 && peerCount < blocks.length - 1 ? [others, peers] : [others];
  const out = zeros(groups.length, blocks.length);
  groups.forEach((group, a) => {
    const size = group.filter(Boolean).length;
    group.forEach((member, j) => {
      if (member) out.data[a * blocks.length + j] = scale[j] / size;
    });
  });
  return out;
}

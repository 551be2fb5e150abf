import { type DayFlow, type DayMoves, type EachMoves, FLAG } from '../../../model/buckets.js';
import type { FlowTransform } from '../../../model/flowTransform.js';
import type { DenseMatrix } from '../../../numerics/dense.js';
import { leftOutBuckets, withoutMissing } from '../bucketUse.js';
import { modeShapes } from '../modeShapes.js';
import { netFlow } from '../netFlow.js';

/** A basket of names as if it were one name. */
export interface Portfolio {
  readonly label: string;
  /** N: w_i / √K_ii, w of unit norm and alike for its names but for the sign. Its move is this times the moves of the names. */
  readonly holding: Float64Array;
  /** N: K times the holding. Its flow is this times the flow of the names: the move that K says they make at once. */
  readonly response: Float64Array;
}

/**
 * The market and the blocks, which modes would give a decay of their own, and a hedged basket, to which they leave that of
 * the links: where the scalar kernel decays as the market does, it is the other that shows it. What moves one is all flow that K links to it, not the flow of
 * its own names alone: that of the others is correlated with it, more so when it is slow, and would look like a slow decay. With
 * `flow = hᵀKu` a scalar kernel gives every portfolio its own decay exactly, whatever the flows are like.
 */
export function portfoliosOf(K: DenseMatrix, blocks: readonly string[]): Portfolio[] {
  const [market, ...ofBlocks] = modeShapes(K, new Float64Array(K.rows).fill(1), blocks);
  const sign = sides(blocks);
  const hedged = { label: HEDGED, vector: market.vector.map((root, i) => sign[i] * root) };
  return [market, ...ofBlocks, hedged].flatMap(({ label, vector }) => {
    const members = vector.reduce((count, root) => (root === 0 ? count : count + 1), 0);
    if (members < 2) return [];
    const holding = vector.map((root) => (root === 0 ? 0 : 1 / (root * Math.sqrt(members))));
    return [{ label, holding, response: product(K, holding) }];
  });
}

export const HEDGED = 'hedged basket';

/** +1 and −1 in turn, block by block: as much is bought as sold, in every block but for a name. */
function sides(blocks: readonly string[]): Float64Array {
  const order = [...blocks.keys()].sort((a, b) => (blocks[a] < blocks[b] ? -1 : blocks[a] > blocks[b] ? 1 : a - b));
  const sign = new Float64Array(blocks.length);
  order.forEach((i, k) => {
    sign[i] = k % 2 === 0 ? 1 : -1;
  });
  return sign;
}

function product({ rows, cols, data }: DenseMatrix, x: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < cols; j++) sum += data[i * cols + j] * x[j];
    return sum;
  });
}

/** The portfolio for flow in another unit, which K takes times `factor` (N). */
export const forFlowTimes = (portfolio: Portfolio, factor: Float64Array): Portfolio => ({
  ...portfolio,
  response: portfolio.response.map((value, i) => value * factor[i]),
});

/** Share of a portfolio, by the squares of its holding, that has to be there for it to have a move, or halted to be so. */
const HALF = 0.5;

/**
 * A day on which the portfolios are the names: a name without a move adds none, and one that is halted keeps what its flow did.
 * @param transform of the flow of the names; that of the portfolios is taken as it is
 */
export function dayOfPortfolios(
  day: DayFlow,
  eachMoves: EachMoves,
  portfolios: readonly Portfolio[],
  transform: FlowTransform,
): DayMoves {
  const { buckets } = day.grid;
  const observed = new Int32Array(buckets).fill(day.symbols.length);
  const sums = portfolios.map(() => ({
    move: new Float64Array(buckets),
    missing: new Float64Array(buckets),
    halted: new Float64Array(buckets),
  }));
  eachMoves((i, moves) => {
    const lacks = withoutMissing(observed, moves);
    const isHalted = haltsOf(day, i);
    portfolios.forEach(({ holding }, k) => {
      const h = holding[i];
      if (h === 0) return;
      if (lacks) addKnown(sums[k], h, moves);
      else addTimes(sums[k].move, h, moves);
      if (isHalted) addWhere(sums[k].halted, h * h, isHalted);
    });
  });
  const leftOut = leftOutBuckets(day, observed);
  const moveBps = new Float64Array(portfolios.length * buckets);
  const flags = new Uint8Array(portfolios.length * buckets);
  portfolios.forEach(({ holding }, k) => {
    const { move, missing, halted } = sums[k];
    const least = HALF * holding.reduce((sum, h) => sum + h * h, 0);
    for (let t = 0; t < buckets; t++) {
      moveBps[k * buckets + t] = leftOut[t] || missing[t] > least ? Number.NaN : move[t];
      if (halted[t] > least) flags[k * buckets + t] = FLAG.halted;
    }
  });
  return {
    grid: day.grid,
    symbols: portfolios.map(({ label }) => label),
    venues: [''],
    market: { moveBps, flags },
    flow: flowOf(day, portfolios, transform),
    factors: day.factors,
  };
}

/** `to + h moves`, none of which is missing. */
function addTimes(to: Float64Array, h: number, moves: Float64Array): void {
  for (let t = 0; t < moves.length; t++) to[t] += h * moves[t];
}

/** The moves that are there; of the others the squares of what is held. */
function addKnown(to: { readonly move: Float64Array; readonly missing: Float64Array }, h: number, moves: Float64Array) {
  for (let t = 0; t < moves.length; t++)
    if (Number.isNaN(moves[t])) to.missing[t] += h * h;
    else to.move[t] += h * moves[t];
}

function addWhere(to: Float64Array, value: number, is: Uint8Array): void {
  for (let t = 0; t < is.length; t++) if (is[t]) to[t] += value;
}

/** By bucket, not zero where a name is halted; `undefined` where it never is. */
function haltsOf({ market, grid: { buckets } }: DayFlow, name: number): Uint8Array | undefined {
  const flags = market.flags.subarray(name * buckets, (name + 1) * buckets);
  let all = 0;
  for (let t = 0; t < buckets; t++) all |= flags[t];
  return all & FLAG.halted ? flags.map((bits) => bits & FLAG.halted) : undefined;
}

/** An entry for every portfolio in each bucket in which a name trades. */
function flowOf(day: DayFlow, portfolios: readonly Portfolio[], transform: FlowTransform): DayMoves['flow'] {
  const { bucketStart, name, value } = netFlow(day, transform);
  const count = portfolios.length;
  const traded = Array.from({ length: day.grid.buckets }, (_, t) => t).filter(
    (t) => bucketStart[t + 1] > bucketStart[t],
  );
  const entries = traded.length * count;
  const signed = new Float64Array(entries);
  traded.forEach((t, row) => {
    for (let e = bucketStart[t]; e < bucketStart[t + 1]; e++)
      for (let k = 0; k < count; k++) signed[row * count + k] += portfolios[k].response[name[e]] * value[e];
  });
  return {
    bucket: Int32Array.from({ length: entries }, (_, e) => traded[Math.floor(e / count)]),
    name: Int32Array.from({ length: entries }, (_, e) => e % count),
    venue: new Int32Array(entries),
    signedQty: signed,
    signedNotional: signed,
    count: new Int32Array(entries).fill(1),
  };
}

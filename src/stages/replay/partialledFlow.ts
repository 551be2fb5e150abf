import type { DayMoves } from '../../model/buckets.js';
import { zeros } from '../../numerics/dense.js';
import { gramInverse, solveGram } from '../../numerics/leastSquares.js';
import { flowColumn, type OwnFlow, ownFlow } from './ownFlow.js';

/** Flow of a name in every bucket of a day, millions; written to the array that is given, if there is one. */
export type FlowOf = (name: number, into?: Float64Array) => Float64Array;

/** Flow less what follows the controls of the day. */
export function partialledFlow(day: DayMoves): FlowOf {
  const flow = ownFlow(day);
  const { factors, grid } = day;
  const width = factors.names.length;
  if (width === 0) return (name, into) => flowColumn(flow, name, 1, into);
  const isKnown = Uint8Array.from({ length: grid.buckets }, (_, t) =>
    factors.moveBps.subarray(t * width, (t + 1) * width).some(Number.isNaN) ? 0 : 1,
  );
  const { xx, xu } = flowOnFactors(day, flow, isKnown);
  const loadings = solveGram(xx, xu, gramInverse(xx).inverse);
  return (name, into) => {
    const column = flowColumn(flow, name, 1, into);
    for (let a = 0; a < width; a++) {
      const loading = loadings.data[a * loadings.cols + name];
      for (let t = 0; t < column.length; t++)
        if (isKnown[t] === 1) column[t] -= factors.moveBps[t * width + a] * loading;
    }
    return column;
  };
}

/** Products of factors with each other, and with flow, over the buckets in which they are known. */
function flowOnFactors({ factors, symbols }: DayMoves, { start, bucket, value }: OwnFlow, isKnown: Uint8Array) {
  const width = factors.names.length;
  const x = factors.moveBps;
  const xx = zeros(width);
  const xu = zeros(width, symbols.length);
  for (let t = 0; t < isKnown.length; t++) {
    if (isKnown[t] === 0) continue;
    for (let a = 0; a < width; a++)
      for (let b = 0; b < width; b++) xx.data[a * width + b] += x[t * width + a] * x[t * width + b];
  }
  for (let i = 0; i < xu.cols; i++) {
    for (let e = start[i]; e < start[i + 1]; e++) {
      if (isKnown[bucket[e]] === 0) continue;
      for (let a = 0; a < width; a++) xu.data[a * xu.cols + i] += x[bucket[e] * width + a] * value[e];
    }
  }
  return { xx, xu };
}

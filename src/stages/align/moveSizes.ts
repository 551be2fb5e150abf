/** What the levels of a day are taken from; loops, as a day of many names has ten million moves. */

/**
 * Magnitudes of the moves that are neither missing nor zero, in their order.
 * @param sizes where they come to lie; as long as the moves
 */
export function moveSizes(moves: Float64Array, sizes: Float64Array = new Float64Array(moves.length)): Float64Array {
  let count = 0;
  for (let k = 0; k < moves.length; k++) {
    const size = Math.abs(moves[k]);
    if (size > 0) sizes[count++] = size;
  }
  return sizes.subarray(0, count);
}

/** Sum of the squares of the moves that are not missing. */
export function squareSum(moves: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < moves.length; k++) if (!Number.isNaN(moves[k])) sum += moves[k] * moves[k];
  return sum;
}

/** How many values are missing. */
export function missingCount(values: Float64Array): number {
  let count = 0;
  for (let k = 0; k < values.length; k++) if (Number.isNaN(values[k])) count++;
  return count;
}

/** Sum of all values, first to last. */
export function total(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k];
  return sum;
}

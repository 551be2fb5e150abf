/** What the levels of a day are taken from; loops, as a day of many names has ten million moves. */

/** Magnitudes of the moves that are neither missing nor zero, in a list of their own. */
export function moveSizes(moves: Float64Array): Float64Array {
  const sizes = new Float64Array(moves.length);
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

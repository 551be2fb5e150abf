/**
 * Entry k (from 0) of the list if it were sorted, by Hoare's selection (1961), in place: what is not larger comes to lie before it, the rest
 * behind.
 */
export function kthSmallest(list: Float64Array, k: number): number {
  let [from, to] = [0, list.length - 1];
  while (from < to) {
    const pivot = medianOfThree(list[from], list[(from + to) >> 1], list[to]);
    let [i, j] = [from, to];
    while (i <= j) {
      while (list[i] < pivot) i++;
      while (list[j] > pivot) j--;
      if (i <= j) {
        const value = list[i];
        list[i++] = list[j];
        list[j--] = value;
      }
    }
    if (k <= j) to = j;
    else if (k >= i) from = i;
    else break;
  }
  return list[k];
}

/** Quantile by linear interpolation of order statistics (Hyndman and Fan's type 7), which reorders the list; 0 for no values. */
export function quantileInPlace(list: Float64Array, probability: number): number {
  if (list.length === 0) return 0;
  const position = probability * (list.length - 1);
  const below = Math.floor(position);
  const low = kthSmallest(list, below);
  if (position === below) return low;
  // Selection leaves everything larger behind it.
  let high = Number.POSITIVE_INFINITY;
  for (let k = below + 1; k < list.length; k++) if (list[k] < high) high = list[k];
  return low + (position - below) * (high - low);
}

export const medianInPlace = (list: Float64Array): number => quantileInPlace(list, 0.5);

const medianOfThree = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

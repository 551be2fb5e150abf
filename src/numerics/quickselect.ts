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

const medianOfThree = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

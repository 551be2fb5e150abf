/** Entry k of the list if it were sorted, by quickselect (Hoare 1961); reorders the list. */
export function kthSmallest(list: Float64Array, k: number): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const pivot = list[(low + high) >> 1];
    let [i, j] = [low, high];
    while (i <= j) {
      while (list[i] < pivot) i++;
      while (list[j] > pivot) j--;
      if (i > j) break;
      [list[i], list[j]] = [list[j], list[i]];
      i++;
      j--;
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else break;
  }
  return list[k];
}

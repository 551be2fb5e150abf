/** Small sample statistics. Every function takes finite numbers and returns one. */

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return values.length > 0 ? sum / values.length : 0;
}

/** Quantile by linear interpolation of order statistics (Hyndman and Fan's type 7); 0 for no values. */
export function quantile(values: ArrayLike<number>, probability: number): number {
  if (values.length === 0) return 0;
  const list = Float64Array.from(values);
  const position = probability * (list.length - 1);
  const below = Math.floor(position);
  const low = select(list, below);
  if (position === below) return low;
  // Selection leaves everything larger behind it.
  let high = Number.POSITIVE_INFINITY;
  for (let k = below + 1; k < list.length; k++) if (list[k] < high) high = list[k];
  return low + (position - below) * (high - low);
}

/**
 * Order statistic `k` (from 0) by Hoare's selection, in place: what is not larger comes to lie before it, the rest
 * behind.
 */
function select(list: Float64Array, k: number): number {
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

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/**
 * Delete-a-group jackknife standard error from leave-one-group-out replicates. Groups of unequal weight need `ratios`,
 * total weight over the group's own (Busing, Meijer and van der Leeden 1999); without them it is that of Efron and
 * Stein (1981).
 */
export function jackknifeStandardError(
  replicates: ArrayLike<number>,
  estimate?: number,
  ratios?: ArrayLike<number>,
): number {
  const n = replicates.length;
  if (n < 2) return 0;
  const centre = estimate ?? mean(replicates);
  const ratio = (k: number) => ratios?.[k] ?? n;
  let bias = 0;
  for (let k = 0; k < n; k++) bias += (1 - 1 / ratio(k)) * (centre - replicates[k]);
  const combined = centre + bias;
  let sum = 0;
  for (let k = 0; k < n; k++) {
    const pseudo = ratio(k) * centre - (ratio(k) - 1) * replicates[k];
    sum += (pseudo - combined) ** 2 / (ratio(k) - 1);
  }
  return Math.sqrt(sum / n);
}

/** Standard normal quantiles at (1 + coverage)/2. */
const NORMAL = { 0.9: 1.6448536269514722, 0.95: 1.959963984540054 } as const;
export type Coverage = keyof typeof NORMAL;

/**
 * Half width, in standard errors, of a two-sided interval by Student's t: exact for one and two degrees of freedom,
 * beyond them by the expansion of Cornish and Fisher (within 0.4 %).
 */
export function studentReach(coverage: Coverage, degrees: number): number {
  if (degrees <= 1) return Math.tan((Math.PI * coverage) / 2);
  if (degrees <= 2) return coverage * Math.sqrt(2 / (1 - coverage ** 2));
  const z = NORMAL[coverage];
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + g1 / degrees + g2 / degrees ** 2 + g3 / degrees ** 3 + g4 / degrees ** 4;
}

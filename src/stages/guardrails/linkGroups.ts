import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';

/** Off-diagonals of a symmetric N×N matrix apart; both have a zero diagonal. */
export interface GroupedLinks {
  /** Every link at the mean of its pair of groups. */
  readonly means: DenseMatrix;
  /** Every link less the mean of the other links of its pair of groups; one alone, of all others. */
  readonly beyond: DenseMatrix;
}

interface Tally {
  sum: number;
  count: number;
}

/** Links against those of their pair of groups. A link is not compared with itself, or a group of one would explain it. */
export function linkGroups(C: DenseMatrix, groups: readonly string[]): GroupedLinks {
  const n = C.rows;
  const index = new Map([...new Set(groups)].map((group, g) => [group, g]));
  const code = groups.map((group) => index.get(group)!);
  const tallies = Array.from({ length: squared(index.size) }, (): Tally => ({ sum: 0, count: 0 }));
  const all: Tally = { sum: 0, count: 0 };
  const pairOf = (i: number, j: number) =>
    tallies[Math.min(code[i], code[j]) * index.size + Math.max(code[i], code[j])];
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      for (const tally of [pairOf(i, j), all]) {
        tally.sum += C.data[i * n + j];
        tally.count++;
      }
    }
  }
  const off = (of: (value: number, pair: Tally) => number) =>
    mapEntries(C, (value, i, j) => (i === j ? 0 : of(i < j ? value : C.data[j * n + i], pairOf(i, j))));
  return {
    means: off((_, { sum, count }) => sum / count),
    beyond: off((value, pair) => value - meanOfOthers(value, pair.count > 1 ? pair : all)),
  };
}

const meanOfOthers = (value: number, { sum, count }: Tally): number => (count > 1 ? (sum - value) / (count - 1) : 0);

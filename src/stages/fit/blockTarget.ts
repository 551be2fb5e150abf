import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { jackknifeStandardError, median } from '../../numerics/statistics.js';

export interface BlockTarget {
  /** N×N: the normalised off-diagonals expected from the blocks alone, diagonal 1. */
  readonly target: DenseMatrix;
  /** Mean normalised off-diagonal over all pairs, as used (0 when it is not told apart from zero). */
  readonly marketMean: number;
  readonly marketT: number;
  /** Spread of the block means around the market mean, beyond their sampling error. */
  readonly betweenBlocks: number;
  readonly pairs: readonly BlockPair[];
}

export interface BlockPair {
  readonly blocks: readonly [string, string];
  readonly count: number;
  /** Mean of the pair's off-diagonals, its standard error, and the value after shrinking it to the market mean. */
  readonly mean: number;
  readonly standardError: number;
  readonly shrunk: number;
}

/**
 * Target of block shrinkage (MODEL §4): means of the normalised off-diagonals by pair of blocks, weighted by precision,
 * themselves shrunk to the market mean by the method of moments (DerSimonian and Laird 1986), so that a block pair with
 * few links borrows from the rest. `replicates` are leave-one-fold-out estimates of C; their spread gives the errors, which
 * every C that is asked about shares.
 */
export function blockTargets(
  replicates: readonly DenseMatrix[],
  variance: DenseMatrix,
  blocks: readonly string[],
  tMin: number,
): (C: DenseMatrix) => BlockTarget {
  const weight = precisionWeights(variance);
  const groups = pairGroups(blocks);
  const everything = groups.flatMap((group) => group.cells);
  const meanOver = (matrix: DenseMatrix, cells: readonly number[]) => weightedMean(matrix, weight, cells);
  const errorOver = (cells: readonly number[]) =>
    jackknifeStandardError(replicates.map((replicate) => meanOver(replicate, cells)));
  const marketError = errorOver(everything);
  const errors = groups.map((group) => errorOver(group.cells));
  return (C) => {
    const rawMarket = meanOver(C, everything);
    const marketT = marketError > 0 ? rawMarket / marketError : 0;
    const marketMean = Math.abs(marketT) >= tMin ? rawMarket : 0;
    const stats = groups.map((group, g) => ({
      ...group,
      mean: meanOver(C, group.cells),
      standardError: errors[g],
    }));
    return { ...towardsMarket(stats, blocks.length, marketMean), marketMean, marketT };
  };
}

interface BlockMean extends PairGroup {
  readonly mean: number;
  readonly standardError: number;
}

/** Block means shrunk to the market mean by how much they differ beyond their errors. */
function towardsMarket(
  stats: readonly BlockMean[],
  n: number,
  marketMean: number,
): Pick<BlockTarget, 'target' | 'betweenBlocks' | 'pairs'> {
  const between = betweenVariance(
    stats.map((s) => s.mean),
    stats.map((s) => squared(s.standardError)),
    marketMean,
  );
  const target = mapEntries(zeros(n), (_, i, j) => (i === j ? 1 : 0));
  const pairs = stats.map(({ blocks: pair, cells, mean: blockMean, standardError }) => {
    const keep = between > 0 ? between / (between + squared(standardError)) : 0;
    const shrunk = marketMean + keep * (blockMean - marketMean);
    for (const cell of cells) {
      target.data[cell] = shrunk;
      target.data[(cell % n) * n + Math.floor(cell / n)] = shrunk;
    }
    return { blocks: pair, count: cells.length, mean: blockMean, standardError, shrunk };
  });
  return { target, betweenBlocks: Math.sqrt(between), pairs };
}

interface PairGroup {
  readonly blocks: readonly [string, string];
  /** Row-major indices of the upper triangle. */
  readonly cells: readonly number[];
}

function pairGroups(blocks: readonly string[]): PairGroup[] {
  const n = blocks.length;
  const groups = new Map<string, { blocks: [string, string]; cells: number[] }>();
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const pair: [string, string] = blocks[i] <= blocks[j] ? [blocks[i], blocks[j]] : [blocks[j], blocks[i]];
      const key = JSON.stringify(pair);
      const group = groups.get(key) ?? { blocks: pair, cells: [] };
      group.cells.push(i * n + j);
      groups.set(key, group);
    }
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/**
 * 1/(variance + its median): a link that hardly any flow informs does not speak for its block, and one without any error
 * has not been measured. All alike when there are no errors to go by.
 */
function precisionWeights(variance: DenseMatrix): DenseMatrix {
  const n = variance.rows;
  const off = [...variance.data].filter((v, k) => k % (n + 1) !== 0 && v > 0);
  const typical = median(off);
  return mapEntries(variance, (v) => (typical === 0 ? 1 : v > 0 ? 1 / (v + typical) : 0));
}

function weightedMean(matrix: DenseMatrix, weight: DenseMatrix, cells: readonly number[]): number {
  let sum = 0;
  let total = 0;
  for (const cell of cells) {
    sum += weight.data[cell] * matrix.data[cell];
    total += weight.data[cell];
  }
  return total > 0 ? sum / total : 0;
}

/**
 * Variance between block means beyond their errors (DerSimonian and Laird 1986), about the market mean, or about zero
 * when that is what the market mean is taken to be.
 */
function betweenVariance(means: readonly number[], variances: readonly number[], centre: number): number {
  const known = means.map((m, k) => ({ m, w: variances[k] > 0 ? 1 / variances[k] : 0 })).filter(({ w }) => w > 0);
  if (known.length < 2) return 0;
  const total = known.reduce((sum, { w }) => sum + w, 0);
  const squares = known.reduce((sum, { w }) => sum + w * w, 0);
  const weighted = known.reduce((sum, { m, w }) => sum + w * m, 0) / total;
  const middle = centre === 0 ? 0 : weighted;
  const q = known.reduce((sum, { m, w }) => sum + w * squared(m - middle), 0);
  return centre === 0
    ? Math.max(0, (q - known.length) / total)
    : Math.max(0, (q - (known.length - 1)) / (total - squares / total));
}

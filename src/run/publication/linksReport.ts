import { type DenseMatrix, diagonalOf } from '../../numerics/dense.js';
import type { ReportChange, ReportData, ReportLink } from '../../report/reportData.js';
import { intervalReach } from '../../stages/fit/jackknife.js';
import { championMatrix } from '../window/champion.js';
import type { Publication } from './publication.js';

/** Links that a reader takes in. */
const STRONGEST = 12;
const MOST_MOVED = 5;

/** A pair of names: row, column, and by what it is ranked. */
interface Ranked {
  readonly i: number;
  readonly j: number;
  readonly size: number;
}

/** The strongest published links, and those that moved most since the champion. */
export function linksReport({ moments, outcome }: Publication): Pick<ReportData, 'links' | 'sinceChampion'> {
  const { names, calibration, constrained } = outcome;
  const { K } = constrained.full;
  const symbols = names.map(({ symbol }) => symbol);
  const { linkErrors, estimate } = calibration;
  const reach = linkErrors ? intervalReach(estimate.rawK) : 0;
  const strongest = largest(K.rows, STRONGEST, (i, j) => Math.abs(K.data[i * K.cols + j]));
  const { champion } = moments;
  return {
    links: strongest.map(({ i, j }) => linkOf(symbols, K, i, j, linkErrors && { errors: linkErrors, reach })),
    sinceChampion: champion ? changeOf(symbols, champion.id, championMatrix(champion, names), K) : null,
  };
}

function linkOf(
  symbols: readonly string[],
  { data, cols }: DenseMatrix,
  i: number,
  j: number,
  known: { readonly errors: DenseMatrix; readonly reach: number } | undefined,
): ReportLink {
  const value = data[i * cols + j];
  const half = known ? known.reach * known.errors.data[i * cols + j] : 0;
  const bounds = half > 0 ? { low: value - half, high: value + half } : {};
  return { row: symbols[i], column: symbols[j], value, ...bounds };
}

function changeOf(symbols: readonly string[], id: string, before: DenseMatrix, K: DenseMatrix): ReportChange {
  const self = diagonalOf(K);
  const at = (i: number, j: number) => i * K.cols + j;
  const moved = largest(K.rows, MOST_MOVED, (i, j) => {
    const change = Math.abs(K.data[at(i, j)] - before.data[at(i, j)]);
    return Number.isNaN(change) ? 0 : change / Math.sqrt(self[i] * self[j]);
  });
  return {
    champion: id,
    compared: pairsKnown(before),
    links: moved.map(({ i, j }) => ({
      ...{ row: symbols[i], column: symbols[j] },
      ...{ from: before.data[at(i, j)], to: K.data[at(i, j)] },
    })),
  };
}

/** Pairs of different names that the champion knows as well. */
function pairsKnown({ rows, data }: DenseMatrix): number {
  let count = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < i; j++) if (!Number.isNaN(data[i * rows + j])) count++;
  return count;
}

/** The pairs i < j that are largest and not zero, largest first, by names where they are as large. */
function largest(names: number, count: number, sizeOf: (i: number, j: number) => number): Ranked[] {
  const found: Ranked[] = [];
  for (let i = 0; i < names; i++)
    for (let j = i + 1; j < names; j++) {
      const size = sizeOf(i, j);
      if (!(size > 0) || (found.length === count && size <= found[count - 1].size)) continue;
      const place = found.findIndex((other) => other.size < size);
      found.splice(place < 0 ? found.length : place, 0, { i, j, size });
      found.length = Math.min(found.length, count);
    }
  return found;
}

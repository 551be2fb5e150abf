import { moveUnitOf } from '../../model/units.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { StoredVersion } from '../../store/store.js';
import { refuseOtherUnits } from './sameUnits.js';
import { storedImpact } from './verifyVersion.js';

export interface VersionDiff {
  readonly from: string;
  readonly to: string;
  /** Names that only one of the two has. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Largest |ΔK_ij| / √(K_ii K_jj) of the first, over the names that both have. */
  readonly maxRelative: number;
  readonly largest: readonly {
    readonly row: string;
    readonly column: string;
    readonly from: number;
    readonly to: number;
    readonly relative: number;
  }[];
  readonly kernelWeights: { readonly from: readonly number[]; readonly to: readonly number[] };
  readonly configChanged: boolean;
  readonly inputsChanged: boolean;
}

const SHOWN = 10;

/** How two versions differ, in units in which a link of 1 is as strong as self impact. @throws data error for two units. */
export function diffVersions(store: string, from: StoredVersion, to: StoredVersion): VersionDiff {
  refuseOtherUnits(to, moveUnitOf(from.manifest.config), `beside ${from.folder}`);
  const [a, b] = [storedImpact(store, from), storedImpact(store, to)];
  const indexB = new Map(b.symbols.map((symbol, k) => [symbol, k]));
  const common = a.symbols.flatMap((symbol, i) => (indexB.has(symbol) ? [{ symbol, i, j: indexB.get(symbol)! }] : []));
  const [KA, KB] = [a.matrices.get('K')!, b.matrices.get('K')!];
  const at = (K: DenseMatrix, i: number, j: number) => K.data[i * K.cols + j];
  const entries = common.flatMap((row) =>
    common.map((column) => {
      const [before, after] = [at(KA, row.i, column.i), at(KB, row.j, column.j)];
      const relative = Math.abs(after - before) / Math.sqrt(at(KA, row.i, row.i) * at(KA, column.i, column.i));
      return { row: row.symbol, column: column.symbol, from: before, to: after, relative };
    }),
  );
  entries.sort((x, y) => y.relative - x.relative || (x.row < y.row ? -1 : 1));
  return {
    from: from.folder,
    to: to.folder,
    added: b.symbols.filter((symbol) => !a.symbols.includes(symbol)),
    removed: a.symbols.filter((symbol) => !indexB.has(symbol)),
    maxRelative: entries[0]?.relative ?? 0,
    largest: entries.filter((entry) => entry.relative > 0).slice(0, SHOWN),
    kernelWeights: { from: from.manifest.kernel.weights, to: to.manifest.kernel.weights },
    configChanged: JSON.stringify(from.manifest.config) !== JSON.stringify(to.manifest.config),
    inputsChanged: JSON.stringify(from.manifest.inputs) !== JSON.stringify(to.manifest.inputs),
  };
}

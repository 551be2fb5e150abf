import type { StoredImpact } from '../../io/impactArrow.js';
import type { StoredConcave } from '../../model/manifest.js';
import { moveUnitOf } from '../../model/units.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { median } from '../../numerics/statistics.js';
import type { StoredVersion } from '../../store/store.js';
import { refuseOtherUnits } from './sameUnits.js';
import { type ConcaveModel, storedConcave } from './storedConcave.js';
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
  /** Where one of the two has concave terms. */
  readonly concave?: ConcaveDiff;
  readonly kernelWeights: { readonly from: readonly number[]; readonly to: readonly number[] };
  readonly configChanged: boolean;
  readonly inputsChanged: boolean;
}

/** How concave terms differ; `null` and no time constants stand for a version of linear impact. */
export interface ConcaveDiff {
  readonly power: { readonly from: number | null; readonly to: number | null };
  readonly tauSeconds: { readonly from: readonly number[]; readonly to: readonly number[] };
  readonly modes: { readonly from: number; readonly to: number };
  /**
   * Median over the names that both have of `Σ_τ |g' − g| / Σ_τ g`, a time constant that only one has counting as zero in the
   * other; `null` where none of them has own terms in the first.
   */
  readonly medianChange: number | null;
}

const SHOWN = 10;

/** How two versions differ, in units in which a link of 1 is as strong as self impact. @throws data error for two units. */
export function diffVersions(store: string, from: StoredVersion, to: StoredVersion): VersionDiff {
  refuseOtherUnits(to, moveUnitOf(from.manifest.config), `beside ${from.folder}`);
  const [a, b] = [storedImpact(store, from), storedImpact(store, to)];
  const common = namesInCommon(a, b);
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
    removed: a.symbols.filter((symbol) => !b.symbols.includes(symbol)),
    maxRelative: entries[0]?.relative ?? 0,
    largest: entries.filter((entry) => entry.relative > 0).slice(0, SHOWN),
    ...concaveDiff(
      [from.manifest.kernel.concave, to.manifest.kernel.concave],
      [storedConcave(from.manifest, a), storedConcave(to.manifest, b)],
      common,
    ),
    kernelWeights: { from: from.manifest.kernel.weights, to: to.manifest.kernel.weights },
    configChanged: JSON.stringify(from.manifest.config) !== JSON.stringify(to.manifest.config),
    inputsChanged: JSON.stringify(from.manifest.inputs) !== JSON.stringify(to.manifest.inputs),
  };
}

/** A name that two versions have, with its place in each. */
export interface NameInCommon {
  readonly symbol: string;
  readonly i: number;
  readonly j: number;
}

/** In the order of the first. */
export function namesInCommon(a: Pick<StoredImpact, 'symbols'>, b: Pick<StoredImpact, 'symbols'>): NameInCommon[] {
  const indexB = new Map(b.symbols.map((symbol, k) => [symbol, k]));
  return a.symbols.flatMap((symbol, i) => (indexB.has(symbol) ? [{ symbol, i, j: indexB.get(symbol)! }] : []));
}

type Pair<T> = readonly [from: T | undefined, to: T | undefined];

function concaveDiff(
  [from, to]: Pair<StoredConcave>,
  [before, after]: Pair<ConcaveModel>,
  common: readonly { readonly i: number; readonly j: number }[],
): Pick<VersionDiff, 'concave'> {
  if (!from && !to) return {};
  const [times, others] = [from?.tauSeconds ?? [], to?.tauSeconds ?? []];
  const all = [...new Set([...times, ...others])];
  const weight = (model: ConcaveModel | undefined, q: number, i: number) =>
    model && q >= 0 ? model.terms.own.data[q * model.terms.own.cols + i] : 0;
  const changes = common.flatMap(({ i, j }) => {
    const pairs = all.map((tau) => [weight(before, times.indexOf(tau), i), weight(after, others.indexOf(tau), j)]);
    const size = pairs.reduce((sum, [g]) => sum + g, 0);
    return size > 0 ? [pairs.reduce((sum, [g, next]) => sum + Math.abs(next - g), 0) / size] : [];
  });
  return {
    concave: {
      power: { from: from?.power ?? null, to: to?.power ?? null },
      tauSeconds: { from: times, to: others },
      modes: { from: from?.modes.length ?? 0, to: to?.modes.length ?? 0 },
      medianChange: changes.length > 0 ? median(changes) : null,
    },
  };
}

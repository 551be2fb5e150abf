import type { Name } from '../../model/buckets.js';
import type { MoveUnit } from '../../model/units.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { aliasedVersion } from '../../store/store.js';
import { refuseOtherUnits } from '../versions/sameUnits.js';
import { storedImpact } from '../versions/verifyVersion.js';

/** The links of the promoted artifact, as the turnover penalty wants them. */
export interface Champion {
  readonly id: string;
  readonly symbols: readonly string[];
  /** N×N of its own names, bps per million. */
  readonly K: DenseMatrix;
}

/** The champion of a store, digests checked; `undefined` when none is promoted. @throws data error for one in another unit. */
export function readChampion(store: string, units: MoveUnit): Champion | undefined {
  const version = aliasedVersion(store, 'champion');
  if (version === undefined) return undefined;
  refuseOtherUnits(version, units, 'to draw the links to (fit.turnover) of a window');
  const impact = storedImpact(store, version);
  return { id: version.id, symbols: impact.symbols, K: impact.matrices.get('K')! };
}

/** Its links for the names of today; NaN where it does not know a pair. */
export function championMatrix({ symbols, K }: Champion, names: readonly Name[]): DenseMatrix {
  const at = names.map((name) => symbols.indexOf(name.symbol));
  return mapEntries(zeros(names.length), (_, i, j) =>
    at[i] < 0 || at[j] < 0 ? Number.NaN : K.data[at[i] * K.cols + at[j]],
  );
}

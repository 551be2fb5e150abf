import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import { moveUnitOf } from '../../model/units.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { aliasedVersion, readHistory, readVersion, type StoredVersion } from '../../store/store.js';
import { refuseOtherUnits } from '../versions/sameUnits.js';
import { storedImpact } from '../versions/verifyVersion.js';

/** The links of the promoted artifact: what the turnover penalty draws to, and what a report is compared with. */
export interface Champion {
  readonly id: string;
  readonly symbols: readonly string[];
  /** N×N of its own names, bps per million. */
  readonly K: DenseMatrix;
}

/** The champion of a store, digests checked; `undefined` when none is promoted. @throws data error for one in another unit. */
export function readChampion({ store, align }: Config): Champion | undefined {
  const version = aliasedVersion(store, 'champion');
  if (version === undefined) return undefined;
  refuseOtherUnits(version, align.units, 'to draw the links to (fit.turnover) of a window');
  return championFrom(store, version);
}

/**
 * The champion of the evening before: of this model's versions of earlier dates, the one that was promoted last. It stays the
 * same when what a run has made is promoted, so that the run repeated finds its result; `undefined` where there is none.
 */
export function readEarlierChampion({ model, store, align }: Config, date: string): Champion | undefined {
  const earlier = readHistory(store).filter(({ alias, to }) => alias === 'champion' && asofOf(to) < date);
  for (const { to } of earlier.reverse()) {
    const version = readVersion(store, to);
    // Two desks may share a store; moves in another unit are no change.
    const { manifest } = version;
    if (manifest.model === model && moveUnitOf(manifest.config) === align.units) return championFrom(store, version);
  }
  return undefined;
}

/** Folders of versions begin with their date. */
const asofOf = (folder: string): string => folder.slice(0, 'YYYY-MM-DD'.length);

function championFrom(store: string, version: StoredVersion): Champion {
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

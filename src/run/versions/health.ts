import { XimError } from '../../model/failure.js';
import { isFailing } from '../../model/gate.js';
import { toNormalised } from '../../model/normalise.js';
import { combine, diagonalOf, frobeniusNorm, submatrix } from '../../numerics/dense.js';
import type { HealthPoint } from '../../report/healthPage.js';
import { readHistory, readVersion, requireStore, type StoredVersion, versionNames } from '../../store/store.js';
import { storedReport } from './storedReport.js';
import { storedImpact } from './verifyVersion.js';

export interface HealthRange {
  readonly model: string;
  /** Inclusive; open where absent. */
  readonly from?: string;
  readonly to?: string;
}

/**
 * How the calibration fared day by day, from the artifacts alone: of every date the version that last became candidate.
 * @throws XimError `notFound` when no version of the model falls into the range.
 */
export function healthSeries(store: string, range: HealthRange): HealthPoint[] {
  requireStore(store);
  const versions = versionsByDate(store, range);
  if (versions.length === 0)
    throw new XimError(
      'notFound',
      `no version of model ${range.model} between ${range.from ?? 'the first'} and ${range.to ?? 'the last'} in ${store}`,
      'list them: xim list',
    );
  return versions.map((version, k) => point(store, version, versions[k - 1]));
}

function versionsByDate(store: string, { model, from = '', to = '9999' }: HealthRange): StoredVersion[] {
  const rank = new Map(readHistory(store).map((entry, k) => [entry.to, k]));
  const newest = new Map<string, StoredVersion>();
  for (const version of versionNames(store).map((name) => readVersion(store, name))) {
    const { asof } = version.manifest;
    if (version.manifest.model !== model || !/^\d{4}-/.test(asof) || asof < from || asof > to) continue;
    const known = newest.get(asof);
    if (!known || (rank.get(version.folder) ?? -1) > (rank.get(known.folder) ?? -1)) newest.set(asof, version);
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, version]) => version);
}

function point(store: string, version: StoredVersion, before: StoredVersion | undefined): HealthPoint {
  const { manifest } = version;
  const report = storedReport(store, version);
  const missing = report?.names.map((name) => name.missingShare ?? 0) ?? [];
  const failed = manifest.gates.filter(isFailing);
  const { measured } = manifest.guardrails;
  return {
    date: manifest.asof,
    version: version.folder,
    names: manifest.universe.names.length,
    certificate: manifest.certificate.status,
    gatesFailed: failed.map(({ name }) => name),
    conditionNumber: measured?.conditionNumber ?? null,
    crossShare: measured?.crossShare ?? null,
    basketNorm: measured?.basketNorm ?? null,
    coverage: missing.length > 0 ? 1 - missing.reduce((sum, share) => sum + share, 0) / missing.length : null,
    outOfSampleR2: report?.scores?.pooled.fitted ?? null,
    crossGain: report?.scores?.crossGain.value ?? null,
    realisedOnPredicted: report?.horizons?.[0]?.calibrationSlope ?? null,
    turnover: before ? turnover(store, before, version) : null,
  };
}

/** ‖ΔC‖ / ‖C‖ of the links, both in units of the earlier self impacts, over the names that both versions have. */
function turnover(store: string, from: StoredVersion, to: StoredVersion): number | null {
  const [a, b] = [storedImpact(store, from), storedImpact(store, to)];
  const place = new Map(b.symbols.map((symbol, k) => [symbol, k]));
  const common = a.symbols.flatMap((symbol, i) => (place.has(symbol) ? [[i, place.get(symbol)!]] : []));
  if (common.length < 2) return null;
  const before = submatrix(
    a.matrices.get('K')!,
    common.map(([i]) => i),
  );
  const after = submatrix(
    b.matrices.get('K')!,
    common.map(([, j]) => j),
  );
  const D = diagonalOf(before);
  const [C, next] = [before, after].map((K) => toNormalised(K, D));
  const length = frobeniusNorm(C);
  return length > 0 ? frobeniusNorm(combine(next, 1, C, -1)) / length : null;
}

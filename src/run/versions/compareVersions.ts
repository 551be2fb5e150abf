import type { Interval } from '../../model/interval.js';
import type { Manifest, ReferenceOrder } from '../../model/manifest.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { hypot } from '../../numerics/elementary/elementary.js';
import { studentReach } from '../../numerics/statistics.js';
import type { ComparedSide, VersionComparison } from '../../report/comparison.js';
import type { StoredVersion } from '../../store/store.js';
import { diffVersions, namesInCommon } from './diffVersions.js';
import { storedImpact } from './verifyVersion.js';

/** Links that a reader takes in. */
const SHOWN_LINKS = 12;
/** Two-sided share of the normal distribution within which a link has not moved. */
const COVERAGE = 0.95;
/** Errors of a link come from tens of folds: the normal quantile serves. */
const MANY = 1e6;

/**
 * Two versions of one unit side by side: what the reference baskets cost, links that moved beyond the errors of both, verdicts of
 * gates, and what differs of settings and inputs. Errors are those of the estimates before shrinkage, taken as independent:
 * windows that share days move less than that.
 * @throws data error for two units.
 */
export function compareVersions(store: string, from: StoredVersion, to: StoredVersion): VersionComparison {
  const { added, removed, maxRelative } = diffVersions(store, from, to);
  return {
    from: sideOf(from),
    to: sideOf(to),
    ...{ added, removed, maxRelative },
    baskets: basketsOf(from.manifest, to.manifest),
    links: linksOf(store, from, to),
    gates: gatesOf(from.manifest, to.manifest),
    settings: settingsOf(from.manifest, to.manifest),
    inputs: inputsOf(from.manifest, to.manifest),
  };
}

const sideOf = ({ id, folder, manifest }: StoredVersion): ComparedSide => ({
  id,
  version: folder,
  asof: manifest.asof,
  days: manifest.window.dates.length,
  names: manifest.universe.names.length,
  certificate: manifest.certificate.status,
  headline: manifest.verdict.headline,
  sentence: manifest.verdict.sentence,
});

function basketsOf(from: Manifest, to: Manifest): VersionComparison['baskets'] {
  const keyOf = ({ order, seconds }: ReferenceOrder) => `${order}/${seconds}`;
  const before = new Map((from.metrics.referenceOrders ?? []).map((order) => [keyOf(order), order]));
  return (to.metrics.referenceOrders ?? [])
    .filter(({ kind }) => kind === 'basket')
    .flatMap((order) => {
      const earlier = before.get(keyOf(order));
      if (!earlier) return [];
      const { seconds } = order;
      return [{ basket: order.order, seconds, from: intervalOf(earlier), to: intervalOf(order) }];
    });
}

const intervalOf = ({ value, low, high }: Interval): Interval => ({
  value,
  ...(low === undefined || high === undefined ? {} : { low, high }),
});

function linksOf(store: string, from: StoredVersion, to: StoredVersion): VersionComparison['links'] {
  const [a, b] = [storedImpact(store, from), storedImpact(store, to)];
  const [KA, KB, errorsA, errorsB] = [...both(a.matrices, b.matrices, 'K'), ...both(a.matrices, b.matrices, 'K_se')];
  const common = namesInCommon(a, b);
  const reach = studentReach(COVERAGE, MANY);
  const pairs = common.flatMap((row, k) =>
    common.slice(k).map((column) => {
      const [value, next] = [at(KA!, row.i, column.i), at(KB!, row.j, column.j)];
      const error = hypot(at(errorsA, row.i, column.i), at(errorsB, row.j, column.j));
      return { row: row.symbol, column: column.symbol, from: value, to: next, error };
    }),
  );
  const known = pairs.filter(({ error }) => error > 0);
  const moved = known
    .filter((pair) => Math.abs(pair.to - pair.from) > reach * pair.error)
    .sort((x, y) => Math.abs(y.to - y.from) / y.error - Math.abs(x.to - x.from) / x.error || (x.row < y.row ? -1 : 1));
  return { compared: known.length, moved: moved.length, largest: moved.slice(0, SHOWN_LINKS) };
}

const both = <T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>, name: string) =>
  [a.get(name), b.get(name)] as const;

/** NaN, which no comparison lets through, where there is no such matrix. */
const at = (matrix: DenseMatrix | undefined, i: number, j: number): number =>
  matrix ? matrix.data[i * matrix.cols + j] : Number.NaN;

function gatesOf(from: Manifest, to: Manifest): VersionComparison['gates'] {
  const before = new Map(from.gates.map((gate) => [gate.name, gate]));
  return to.gates.flatMap((gate) => {
    const earlier = before.get(gate.name);
    if (earlier && earlier.verdict === gate.verdict) return [];
    const verdict = { from: earlier?.verdict ?? null, to: gate.verdict };
    return [{ gate: gate.name, verdict, value: { from: earlier?.value ?? null, to: gate.value ?? null } }];
  });
}

/** Settings that differ, by their path; what only one has is null in the other. */
function settingsOf(from: Manifest, to: Manifest): VersionComparison['settings'] {
  const [before, after] = [flattened(from.config), flattened(to.config)];
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys
    .map((key) => ({ setting: key, from: before.get(key) ?? null, to: after.get(key) ?? null }))
    .filter((setting) => setting.from !== setting.to);
}

/** Values as JSON by dotted path; lists are values. */
function flattened(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...flattened(inner, path === '' ? key : `${path}.${key}`)]),
  );
}

/** By dataset, the days that only one has and those whose bytes differ. */
function inputsOf(from: Manifest, to: Manifest): VersionComparison['inputs'] {
  const filesOf = ({ inputs }: Manifest) => {
    const files = new Map<string, Map<string, string>>();
    for (const { dataset, date, sha256 } of inputs) {
      const days = files.get(dataset) ?? new Map<string, string>();
      const key = date ?? '';
      days.set(key, `${days.get(key) ?? ''}${sha256}`);
      files.set(dataset, days);
    }
    return files;
  };
  const [before, after] = [filesOf(from), filesOf(to)];
  const datasets = [...new Set([...before.keys(), ...after.keys()])].sort();
  return datasets.flatMap((dataset) => {
    const [a, b] = [before.get(dataset) ?? new Map(), after.get(dataset) ?? new Map()];
    const removed = [...a.keys()].filter((day) => !b.has(day)).sort();
    const added = [...b.keys()].filter((day) => !a.has(day)).sort();
    const changed = [...b.keys()].filter((day) => a.has(day) && a.get(day) !== b.get(day)).sort();
    return removed.length + added.length + changed.length > 0 ? [{ dataset, removed, added, changed }] : [];
  });
}

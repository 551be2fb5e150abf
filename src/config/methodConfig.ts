import type { Config } from './schema.js';

/** What may change a result: the configuration without folders and resources. It goes into the manifest. */
export type MethodConfig = Omit<Config, 'store' | 'engine' | 'data'> & { readonly data: Omit<Config['data'], 'root'> };

export function methodConfig({
  store: _store,
  engine: _engine,
  data: { root: _root, ...data },
  ...rest
}: Config): MethodConfig {
  return omitUnset({ ...rest, data });
}

/**
 * Settings that the first published versions did not have, by dotted path, with their defaults. A manifest says them only
 * where they are set, so that a run which does not use them has the version id that it always had.
 */
const ADDED: Readonly<Record<string, unknown>> = {
  'align.max_spread': 1,
  'align.units': 'bps',
  'calendar.overrides': {},
  'fit.kernel.concave': 'auto',
  'data.columns': {},
  'data.headers': {},
  'data.rows': {},
  'data.sides': {},
  'flow.liquidity': 'auto',
};

/** The settings without those of {@link ADDED} that hold their default. */
export function omitUnset<T extends object>(config: T): T {
  return without(config, '') as T;
}

function without(node: object, prefix: string): object {
  const kept = Object.entries(node).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    if (Object.hasOwn(ADDED, path) && JSON.stringify(value) === JSON.stringify(ADDED[path])) return [];
    return [[key, isSection(value) ? without(value, `${path}.`) : value]];
  });
  return Object.fromEntries(kept);
}

const isSection = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

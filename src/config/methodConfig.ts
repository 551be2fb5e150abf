import type { Config } from './schema.js';

/** What may change a result: the configuration without folders and resources. It goes into the manifest. */
export type MethodConfig = Omit<Config, 'store' | 'engine' | 'data'> & {
  data: Pick<Config['data'], 'source'> & Partial<Omit<Config['data'], 'root' | 'source'>>;
};

export function methodConfig({
  store: _store,
  engine: _engine,
  data: { root: _root, ...data },
  ...rest
}: Config): MethodConfig {
  return omitUnset({ ...rest, data });
}

/**
 * Settings that came after the first stored versions are left out where they say nothing, so that an input that was right
 * before keeps its version id.
 */
function omitUnset(config: MethodConfig): MethodConfig {
  const { source, ...mapping } = config.data;
  const said = Object.entries(mapping).filter(([, value]) => value === 'signed' || Object.keys(value).length > 0);
  return { ...config, data: { source, ...Object.fromEntries(said) } };
}

import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { configError } from '../model/failure.js';
import { type ResolvedConfig, resolveConfig, type Setting } from './resolve.js';
import { readYaml } from './yamlFile.js';

export interface LoadOptions {
  /** `--config`, or undefined: then XIM_CONFIG, then ./xim.yaml if it exists. */
  readonly path: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: readonly Setting[];
  readonly cwd: string;
}

/** Reads, merges and checks the configuration. Folders named in the file are relative to the file, others to `cwd`. */
export function loadConfig(options: LoadOptions): ResolvedConfig & { readonly file: string | undefined } {
  const file = configFile(options);
  const content = file === undefined ? undefined : readYaml(file);
  const fileName = file ?? 'the defaults';
  const resolved = resolveConfig({ file: content, fileName, environment: options.environment, flags: options.flags });
  const { config, origins, ignored } = resolved;
  const base = (key: string) => (origins.get(key) === 'file' && file !== undefined ? dirname(file) : options.cwd);
  const absolute = (path: string, key: string) => (isAbsolute(path) ? path : resolve(base(key), path));
  return {
    origins,
    ignored,
    file,
    config: {
      ...config,
      store: absolute(config.store, 'store'),
      data: { ...config.data, root: absolute(config.data.root, 'data.root') },
    },
  };
}

function configFile({ path, environment, cwd }: LoadOptions): string | undefined {
  const named = path ?? environment.XIM_CONFIG;
  if (named !== undefined) {
    const file = resolve(cwd, named);
    if (!existsSync(file))
      throw configError(`the configuration ${file} does not exist`, 'check --config or XIM_CONFIG');
    return file;
  }
  const usual = resolve(cwd, 'xim.yaml');
  return existsSync(usual) ? usual : undefined;
}

import { join } from 'node:path';
import { resolveConfig } from '../../src/config/resolve.js';
import { type Config, configSchema } from '../../src/config/schema.js';
import type { Engine } from '../../src/io/duckdb.js';
import { alignContext } from '../../src/run/pipeline.js';
import { alignDay } from '../../src/run/window/alignDay.js';
import { collectInputs } from '../../src/run/window/inputs.js';

/** The effects of a command that says nothing. */
export const quietEffects = (temporaryFolder: string) => ({
  pid: process.pid,
  host: 'here',
  user: 'somebody',
  now: () => new Date(0),
  isAlive: () => true,
  temporaryFolder,
  stage: () => {},
  warn: () => {},
  startBlasHelper: () => {},
  pauseBlasHelper: () => {},
});

/** A day aligned as the command does it, in this process and with its engine. */
export async function alignHere(engine: Engine, config: Config, date: string, temporaryFolder: string) {
  const inputs = await collectInputs(config, [date]);
  const open = async () => engine;
  return alignDay(await alignContext(config, inputs, open, quietEffects(temporaryFolder)), date);
}

/** A configuration as its file would have it, with data and store in a folder. */
export function configHere(folder: string, settings: Readonly<Record<string, unknown>>): Config {
  const { config } = resolveConfig({ file: settings, fileName: 'xim.yaml', environment: {}, flags: [] });
  return configSchema.parse({
    ...config,
    store: join(folder, 'store'),
    data: { ...config.data, root: join(folder, 'data') },
  });
}

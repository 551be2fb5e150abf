import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import type { Engine } from '../../src/io/duckdb.js';
import { runWindow } from '../../src/run/pipeline.js';
import type { StoredVersion } from '../../src/store/store.js';
import { type TestEffects, testEffects } from '../run/testEffects.js';
import { type OwnBucketFolder, writeOwnBuckets } from './ownBucketDays.js';

export interface OwnRun extends OwnBucketFolder {
  /** Sections of the configuration beside those that the buckets need. */
  readonly settings?: Readonly<Record<string, object>>;
}

/** A run in this process over simulated days as a user's own buckets, up to the last of them. */
export async function runOwnBuckets(
  engine: Engine,
  scratch: string,
  { settings, ...own }: OwnRun,
): Promise<StoredVersion> {
  const path = await writeOwnBuckets(engine, own);
  const written = JSON.parse(readFileSync(path, 'utf8'));
  for (const [section, keys] of Object.entries(settings ?? {})) written[section] = { ...written[section], ...keys };
  writeFileSync(path, JSON.stringify(written));
  return (await runConfigured(path, own.days.at(-1)!.grid.date, scratch)).version;
}

/** The run of a configuration file. */
export async function runConfigured(
  path: string,
  date: string,
  scratch: string,
  effects: TestEffects = testEffects(scratch),
  force = false,
) {
  const { config } = loadConfig({ path, environment: {}, flags: [], cwd: dirname(path) });
  return runWindow({ config, date, packageVersion: '0.0.0', force, lockTimeoutMs: 0 }, effects);
}

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeBuckets } from '../../src/io/bucketFiles.js';
import type { Engine } from '../../src/io/duckdb.js';
import type { DayBuckets } from '../../src/model/buckets.js';

export interface OwnBucketFolder {
  readonly root: string;
  readonly days: readonly DayBuckets[];
  /** Of every name, in the order of the days' symbols; one for all where left out. */
  readonly blocks?: readonly string[];
  /** Columns that the market file does not have. */
  readonly without?: readonly string[];
}

/** Writes simulated days as a user's own buckets with a universe and a configuration; gives the path of the latter. */
export async function writeOwnBuckets(
  engine: Engine,
  { root, days, blocks, without = [] }: OwnBucketFolder,
): Promise<string> {
  rmSync(root, { recursive: true, force: true });
  for (const day of days) {
    const folder = join(root, 'buckets', `date=${day.grid.date}`);
    mkdirSync(folder, { recursive: true });
    await writeBuckets(engine, folder, day);
    // Simulated days have moves and no prices.
    await dropColumns(engine, join(folder, 'market.parquet'), ['mid', ...without]);
  }
  const [{ symbols, grid }] = days;
  const universe = symbols.map((symbol, i) => `${symbol},${blocks?.[i] ?? 'ALL'}`);
  writeFileSync(join(root, 'universe.csv'), `${['symbol,block', ...universe].join('\n')}\n`);
  const clock = (ns: number) => new Date(ns / 1e6).toISOString().slice(11, 19);
  const config = {
    model: 'own',
    store: join(root, 'store'),
    data: { root, source: 'buckets' },
    calendar: {
      timezone: 'UTC',
      sessions: grid.sessions.map(({ startNs, buckets }) => [clock(startNs), clock(startNs + buckets * grid.bucketNs)]),
    },
    fit: { window: `${days.length}d` },
  };
  const path = join(root, 'config.yaml');
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(config));
  return path;
}

async function dropColumns(engine: Engine, path: string, columns: readonly string[]): Promise<void> {
  const whole = path.replace('.parquet', '-whole.parquet');
  await engine.connection.run(`COPY (SELECT * FROM read_parquet('${path}')) TO '${whole}' (FORMAT parquet)`);
  const fewer = `SELECT * EXCLUDE (${columns.join(', ')}) FROM read_parquet('${whole}')`;
  await engine.connection.run(`COPY (${fewer}) TO '${path}' (FORMAT parquet)`);
  rmSync(whole);
}

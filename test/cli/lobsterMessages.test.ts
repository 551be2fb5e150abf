import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Engine } from '../../src/io/duckdb.js';
import { readJson, repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const folder = temporaryFolder();
const DATE = '2012-06-21';
const LOBSTER = 'data/lobster-2012-06-21';

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

/** The trades of a real day as LOBSTER publishes them: a message file without a header for every symbol, other events between. */
async function writeMessages(target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  const source = `read_parquet('${sharedPath(`${LOBSTER}/trades/date=${DATE}/part-0.parquet`)}', hive_partitioning = false, file_row_number = true)`;
  const midnight = `epoch_ns(timezone('America/New_York', TIMESTAMP '${DATE}'))`;
  const rows = `SELECT symbol, file_row_number AS k, epoch_ns(CAST(ts AS TIMESTAMP_NS)) - ${midnight} AS ns, size, CAST(round(price * 10000) AS BIGINT) AS price, side FROM ${source}`;
  for (const symbol of ['AAPL', 'AMZN', 'GOOG']) {
    // A deletion beside every trade, which is none.
    const messages = `SELECT k, 0 AS n, ns, 4 AS type, size, price, -side AS direction FROM (${rows}) WHERE symbol = '${symbol}'
      UNION ALL SELECT k, 1, ns, 3, 100, price + 100, 1 FROM (${rows}) WHERE symbol = '${symbol}'`;
    const line = `SELECT concat(ns // 1000000000, '.', lpad(CAST(ns % 1000000000 AS VARCHAR), 9, '0')) AS time, type, k AS id, CAST(size AS BIGINT) AS size, price, direction FROM (${messages}) ORDER BY k, n`;
    const file = join(target, `${symbol}_${DATE}_34200000_57600000_message_1.csv`);
    await engine.connection.run(`COPY (${line}) TO '${file}' (FORMAT csv, HEADER false)`);
  }
}

/** The mapping of the guide, with the calendar of the shared day. */
function configOf(data: string, store: string): string {
  const guide = readFileSync(join(repository, 'docs/feeds.md'), 'utf8');
  const [, mapping] = /```yaml\n# lobster trades\n([\s\S]*?)```/.exec(guide)!;
  const plain = parse(readFileSync(join(repository, 'configs/lobster.yaml'), 'utf8'));
  const path = join(folder, `${store}.yaml`);
  const section = data === 'messages' ? parse(mapping).data : {};
  writeFileSync(
    path,
    stringify({
      ...plain,
      store: join(folder, store),
      data: { ...section, root: data === 'messages' ? join(folder, data) : data },
    }),
  );
  return path;
}

const impactOf = (config: string, store: string): string => {
  const { document } = ximJson(['run', '--date', DATE, '--config', config]);
  expect(document.error).toBeUndefined();
  const { objects } = readJson(join(folder, store, 'versions', document.version, 'manifest.json'));
  return objects.find(({ name }: { name: string }) => name === 'impact.arrow').sha256;
};

it.skipIf(!hasShared(LOBSTER))(
  'message files of LOBSTER, as they are published, give the matrix of the same day in Parquet',
  async () => {
    for (const name of ['universe.csv', 'quotes'])
      cpSync(sharedPath(`${LOBSTER}/${name}`), join(folder, 'messages', name), { recursive: true });
    await writeMessages(join(folder, 'messages/trades'));
    const expected = impactOf(configOf(sharedPath(LOBSTER), 'plain'), 'plain');
    expect(impactOf(configOf('messages', 'mapped'), 'mapped')).toBe(expected);
  },
);

import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { readJson, repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const DATES = ['2024-03-06', '2024-03-07', '2024-03-08', '2024-03-11', '2024-03-12', '2024-03-13'];
const sample = join(repository, 'sample-data');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

/** The sample, its own fills stamped earlier than they were; the gate that judges how impact fades. */
async function decayFitOf(milliseconds: number) {
  const data = join(folder, `early${milliseconds}`);
  cpSync(sample, data, { recursive: true });
  for (const date of DATES) {
    const name = join('fills', `date=${date}`, 'part-0.parquet');
    const rows = `read_parquet('${join(sample, name)}', hive_partitioning = false)`;
    const select = `SELECT * REPLACE (ts - INTERVAL ${milliseconds} MILLISECOND AS ts) FROM ${rows}`;
    await engine.connection.run(`COPY (${select}) TO '${join(data, name)}' (FORMAT parquet)`);
  }
  const store = join(folder, `store${milliseconds}`);
  const command = ['run', '--date', '2024-03-13', '--config', 'configs/sample.yaml', '--data', data, '--store', store];
  const { code, document } = ximJson(command);
  const { gates } = readJson(join(store, 'versions', document.version, 'manifest.json'));
  return { code, gate: gates.find(({ name }: { name: string }) => name === 'decay_fit') };
}

it.each([500, 1000, 2000])(
  'fills that are stamped %d ms early do not pass for hardly any impact',
  async (milliseconds) => {
    const { code, gate } = await decayFitOf(milliseconds);
    expect(code).toBe(1);
    expect(gate.verdict).toBe('failed');
    expect(gate.reason).toMatch(/prices answer own flow late: [12] s after it .* are stamps of the flow early/);
  },
);

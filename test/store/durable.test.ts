import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { readJson, xim } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { writeOwnBuckets } from '../support/ownBucketDays.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

interface Move {
  readonly to: string;
  readonly files: number;
  /** What a power cut would have left empty. */
  readonly lost: readonly string[];
}

/** The program itself, which tells of every file that it moves into place; see `recordRenames.mjs`. */
describe('what is moved into place in a store', () => {
  const folder = temporaryFolder();
  const recorder = new URL('../support/recordRenames.mjs', import.meta.url).href;
  let engine: Engine;
  let moves: Move[];
  let unnamed: readonly string[];
  beforeAll(async () => {
    engine = await testEngine(folder);
    const days = [simulatedBuckets({ names: 3, seed: 1, factors: 1, noise: 1 })];
    const path = await writeOwnBuckets(engine, { root: join(folder, 'own'), days });
    const settings = { flow: { liquidity: 0 }, fit: { window: '1d', kernel: { tau: ['2s', '20s'], concave: 'none' } } };
    writeFileSync(path, JSON.stringify({ ...readJson(path), ...settings }));
    const log = join(folder, 'renames.jsonl');
    const env = { NODE_OPTIONS: `--import ${recorder}`, RECORDED_RENAMES: log };
    const { code, stderr } = xim(['run', '--date', days[0].grid.date, '--config', path], { env });
    expect(code, stderr).toBeLessThanOrEqual(1);
    const told = readFileSync(log, 'utf8').trim().split('\n');
    const entries = told.map((line) => JSON.parse(line));
    moves = entries.filter(({ to }) => to !== undefined);
    ({ unnamed } = entries.at(-1));
  });
  afterAll(() => engine.close());

  it('are stages, objects, a version, an alias and the record of the run', () => {
    for (const room of ['stages/align', 'stages/moments', 'stages/run', 'objects', 'versions', 'aliases', 'runs'])
      expect(moves.filter(({ to }) => to.includes(`/store/${room}/`)).length, room).toBeGreaterThan(0);
    // Three tables by the engine, three of plain columns, a report, an index, and the folder itself.
    expect(moves.find(({ to }) => to.includes('/stages/align/'))?.files).toBe(9);
  });

  it('is durable before it has its name, whoever wrote it', () => {
    expect(moves.filter(({ lost }) => lost.length > 0)).toEqual([]);
  });

  it('has a durable name before the program ends', () => {
    expect(unnamed).toEqual([]);
  });
});

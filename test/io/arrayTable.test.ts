import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARRAY_TABLE, runOverArrays, type TableColumn } from '../../src/io/arrayTable.js';
import { streamColumns } from '../../src/io/chunkReader.js';
import type { Engine } from '../../src/io/duckdb.js';
import { writeParquet } from '../../src/io/parquetWriter.js';
import { repository } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const ROWS = 10_000;
const doubles = Float64Array.from({ length: ROWS }, (_, k) => (k > 3000 && k < 5000 && k % 3 ? Number.NaN : k / 7));

async function query(sql: string, rows: number, columns: readonly TableColumn[], on = engine) {
  const result = await runOverArrays(on, rows, columns, sql);
  return result.getRowObjectsJson();
}

describe('arrays as a table', () => {
  it('come in order, with nulls in some vectors and not in others, and bytes as integers', async () => {
    const bytes = Uint8Array.from({ length: ROWS }, (_, k) => k % 251);
    const expected = 'CASE WHEN NOT (k > 3000 AND k < 5000 AND k % 3 > 0) THEN k / 7 END';
    const rows = `SELECT *, row_number() OVER () - 1 AS k FROM ${ARRAY_TABLE}`;
    const wrong = `"row" <> k OR c1 <> k % 251 OR c0 IS DISTINCT FROM (${expected})`;
    const sql = `SELECT count(*)::INTEGER AS n FROM (${rows}) WHERE ${wrong}`;
    expect(await query(sql, ROWS, [doubles, bytes])).toEqual([{ n: 0 }]);
  });

  it.each([1, 255, 256, 65_535, 65_536])('hold one of %i texts in each row', async (count) => {
    const entries = Array.from({ length: count }, (_, k) => (k === 0 ? "O'Brien $1 ü" : `text ${k}`));
    const placeOf = (row: number) => (row * 7919) % count;
    const rows = await query(`SELECT CAST(c0 AS VARCHAR) AS text FROM ${ARRAY_TABLE}`, ROWS, [{ entries, placeOf }]);
    expect(rows.map(({ text }) => text)).toEqual(Array.from({ length: ROWS }, (_, k) => entries[placeOf(k)]));
  });

  it('hold stamps to the nanosecond, also before 1970', async () => {
    const entries = BigInt64Array.of(-1n, 0n, 1_710_000_000_123_456_789n);
    const table = [{ entries, placeOf: (row: number) => row % 3 }, doubles];
    const sql = `SELECT CAST(epoch_ns(c0) AS VARCHAR) AS ns FROM ${ARRAY_TABLE}`;
    const rows = await query(sql, ROWS, table);
    expect(rows.map(({ ns }) => ns)).toEqual(Array.from({ length: ROWS }, (_, k) => String(entries[k % 3])));
  });

  it('may be other ones each time, or none at all', async () => {
    const sql = `SELECT count(*)::INTEGER AS n FROM ${ARRAY_TABLE}`;
    expect(await query(sql, ROWS, [doubles])).toEqual([{ n: ROWS }]);
    expect(await query(sql, 5000, [])).toEqual([{ n: 5000 }]);
    expect(await query(sql, 0, [])).toEqual([{ n: 0 }]);
  });

  it('are read by an engine of one thread, which it has afterwards too', async () => {
    const other = await testEngine(folder, 1);
    expect(
      await query(`SELECT count(c0)::INTEGER AS n FROM ${ARRAY_TABLE}`, 3, [Int32Array.of(1, 2, 3)], other),
    ).toEqual([{ n: 3 }]);
    expect(await rowsOf(other, `SELECT current_setting('threads')::INTEGER AS n`)).toEqual([{ n: 1 }]);
    other.close();
  });

  it('leave the engine as it was when the query fails', async () => {
    await expect(query(`SELECT c7 FROM ${ARRAY_TABLE}`, ROWS, [doubles])).rejects.toThrow(/c7/);
    const failing = `SELECT sum(CASE WHEN "row" < 9000 THEN 1 ELSE error('late') END) FROM ${ARRAY_TABLE}`;
    await expect(query(failing, ROWS, [doubles])).rejects.toThrow(/late/);
    const columns = [{ name: 'v', values: doubles }];
    await expect(writeParquet(engine, join(folder, 'no/such/file'), columns)).rejects.toThrow(/no\/such/);
    await writeParquet(engine, join(folder, 'after.parquet'), columns);
    expect(await rowsOf(engine, `SELECT count(*)::INTEGER AS n FROM '${folder}/after.parquet'`)).toEqual([{ n: ROWS }]);
  });

  it('do not keep an interrupted process', () => {
    const script = `
      import { openEngine } from '${repository}dist/io/duckdb.js';
      import { writeParquet } from '${repository}dist/io/parquetWriter.js';
      const engine = await openEngine({ threads: 2, memoryLimit: '500MB', temporaryFolder: '${folder}' });
      const values = Float64Array.from({ length: 4e6 }, () => Math.random());
      setTimeout(() => process.exit(7), 30);
      await writeParquet(engine, '${folder}/interrupted.parquet', [{ name: 'v', values }]);`;
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    expect(status).toBe(7);
  });
});

describe('a stream of columns', () => {
  it('that is left early leaves the engine free', async () => {
    for (let time = 0; time < 20; time++) {
      for await (const { rows } of streamColumns(engine, { k: 'INTEGER' }, { k: 'range' }, 'FROM range(1000000)')) {
        expect(rows).toBeGreaterThan(0);
        break;
      }
      expect(await rowsOf(engine, 'SELECT 1::INTEGER AS one')).toEqual([{ one: 1 }]);
    }
  });

  it('that fails half way says why', async () => {
    const read = async () => {
      const failing = "CASE WHEN range < 700000 THEN range ELSE error('half way') END";
      for await (const _ of streamColumns(engine, { k: 'INTEGER' }, { k: failing }, 'FROM range(1000000)'));
    };
    await expect(read()).rejects.toThrow(/half way/);
  });
});

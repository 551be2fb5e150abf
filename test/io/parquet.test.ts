import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamColumns } from '../../src/io/chunkReader.js';
import { diagnosticParquet } from '../../src/io/diagnosticTables.js';
import { type Engine, textOfCode } from '../../src/io/duckdb.js';
import { openEvents, readQuotes, type ScanContext } from '../../src/io/eventReader.js';
import { readImpactArrow, writeImpactArrow } from '../../src/io/impactArrow.js';
import { encodeMoments, storedMoments } from '../../src/io/momentsFile.js';
import { adjustedNanosecondFlags, copyWithLocalStamps } from '../../src/io/nanosecondStamps.js';
import { writeParquet } from '../../src/io/parquetWriter.js';
import { readUniverse } from '../../src/io/referenceReader.js';
import { checkColumns, columnTypes, tableOf, withFile } from '../../src/io/tableSchema.js';
import { XimError } from '../../src/model/failure.js';
import { fromRows, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { randomMatrix } from '../support/matrices.js';
import { hasShared, sharedPath } from '../support/sharedData.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const file = (name: string) => join(folder, name);
const copyTo = (name: string, select: string) =>
  engine.connection.run(`COPY (${select}) TO '${file(name)}' (FORMAT parquet)`);

describe('writing and reading columns', () => {
  it('gives back every double and marks NaN as NULL', async () => {
    const values = Float64Array.from({ length: 5000 }, (_, k) =>
      k % 7 === 3 ? Number.NaN : Math.sin(k) * 10 ** ((k % 600) - 300),
    );
    await writeParquet(engine, file('values.parquet'), [
      { name: 'v', values },
      { name: 'k', values: Int32Array.from(values.keys()) },
    ]);
    const found: number[] = [];
    for await (const { columns } of streamColumns(
      engine,
      { v: 'DOUBLE' },
      { v: 'v' },
      `FROM ${tableOf(file('values.parquet'))}`,
    ))
      found.push(...columns.v);
    expect(Float64Array.from(found)).toEqual(values);
    const [{ nulls }] = await rowsOf(engine, `SELECT count(*) - count(v) AS nulls FROM '${file('values.parquet')}'`);
    expect(Number(nulls)).toBe(values.filter(Number.isNaN).length);
  });

  it('writes the same bytes with any number of threads', async () => {
    const random = randomStream(1);
    const values = Float64Array.from({ length: 300_000 }, () => random.normal());
    const bytes = [];
    for (const threads of [1, 2, 4]) {
      const other = await testEngine(folder, threads);
      await writeParquet(other, file(`t${threads}.parquet`), [{ name: 'v', values }]);
      other.close();
      bytes.push(readFileSync(file(`t${threads}.parquet`)));
    }
    expect(bytes[1].equals(bytes[0])).toBe(true);
    expect(bytes[2].equals(bytes[0])).toBe(true);
  });
});

/** A feed that is as the contract says. */
const asInContract = { timezone: 'UTC', feed: () => ({ columns: {}, rows: {} }) };
const feedFile = (name: string) => ({ path: file(name), folders: {} });

describe('nanoseconds', () => {
  const scan: ScanContext = {
    symbols: ['A'],
    epochNs: 1_700_000_000_000_000_000n,
    clockOffsetsNs: new Map(),
    ...asInContract,
    temporaryFolder: folder,
    acceptLate: false,
    sessionsNs: [[0, 1e18]],
  };

  it.each(['TIMESTAMP_NS', 'TIMESTAMP', 'TIMESTAMP_MS', 'TIMESTAMPTZ'])(
    '%s stamps are read as exact offsets',
    async (type) => {
      const offsetNs = type === 'TIMESTAMP_MS' ? 12_345_000_000n : 12_345_678_000n;
      const ns = scan.epochNs + offsetNs;
      const name = `${type}.parquet`;
      await copyTo(
        name,
        `SELECT CAST(make_timestamp(${ns / 1000n}) AS ${type}) AS ts, 'A' AS symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size`,
      );
      const source = await openEvents(engine, 'quotes', [feedFile(name)], scan);
      for await (const chunk of readQuotes(engine, source, scan, false)) {
        expect(chunk.timeNs[0]).toBe(Number(offsetNs));
      }
      source.dispose();
    },
  );

  it.skipIf(!hasShared('data/lobster-2012-06-21'))(
    'survive in a file that marks them as adjusted to UTC, which the engine alone would cut',
    async () => {
      const original = sharedPath('data/lobster-2012-06-21/quotes/date=2012-06-21/part-0.parquet');
      const flags = adjustedNanosecondFlags(original);
      expect(flags).toHaveLength(1);
      copyWithLocalStamps(original, file('local.parquet'), flags);
      expect(adjustedNanosecondFlags(file('local.parquet'))).toEqual([]);
      const digits = async (path: string) =>
        Number((await rowsOf(engine, `SELECT count(*) FILTER (epoch_ns(ts) % 1000 <> 0) AS n FROM '${path}'`))[0].n);
      expect(await digits(original)).toBe(0);
      expect(await digits(file('local.parquet'))).toBeGreaterThan(200_000);
      const [{ differ }] = await rowsOf(
        engine,
        `SELECT count(*) AS differ FROM '${original}' a POSITIONAL JOIN '${file('local.parquet')}' b WHERE epoch_us(a.ts) <> epoch_ns(b.ts) // 1000 OR a.bid <> b.bid OR a.symbol <> b.symbol`,
      );
      expect(Number(differ)).toBe(0);
    },
  );
});

describe('several files and unsorted rows', () => {
  const scan: ScanContext = {
    symbols: ['A', 'B'],
    epochNs: 0n,
    clockOffsetsNs: new Map(),
    ...asInContract,
    temporaryFolder: folder,
    acceptLate: false,
    sessionsNs: [[0, 1e18]],
  };
  const quotes = (rows: string) =>
    `SELECT make_timestamp_ns(t) AS ts, symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size FROM (VALUES ${rows}) v(t, symbol)`;

  it('sorts by time, file and row, and marks what goes back within its file and name', async () => {
    await copyTo('p0.parquet', quotes("(10::BIGINT, 'A'), (30, 'A'), (20, 'A'), (5, 'B')"));
    await copyTo('p1.parquet', quotes("(20::BIGINT, 'A'), (25, 'A'), (1, 'ZZ')"));
    const source = await openEvents(engine, 'quotes', [feedFile('p0.parquet'), feedFile('p1.parquet')], scan);
    const rows: unknown[] = [];
    for await (const c of readQuotes(engine, source, scan, true)) {
      for (let k = 0; k < c.rows; k++)
        rows.push([c.timeNs[k], c.name[k], c.file[k], c.row[k], (c as { late?: Int32Array }).late![k]]);
    }
    expect(rows).toEqual([
      [1, -1, 1, 2, 0],
      [5, 1, 0, 3, 0],
      [10, 0, 0, 0, 0],
      [20, 0, 0, 2, 1],
      [20, 0, 1, 0, 0],
      [25, 0, 1, 1, 0],
      [30, 0, 0, 1, 0],
    ]);
  });

  it('takes venue clocks back by their offset', async () => {
    await copyTo(
      'v.parquet',
      "SELECT make_timestamp_ns(t) AS ts, 'A' AS symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size, v AS venue FROM (VALUES (1000::BIGINT, 'X'), (1000, 'Y')) q(t, v)",
    );
    const shifted = { ...scan, clockOffsetsNs: new Map([['Y', 300]]) };
    const source = await openEvents(engine, 'quotes', [feedFile('v.parquet')], shifted);
    expect(source.venues).toEqual(['X', 'Y']);
    for await (const c of readQuotes(engine, source, shifted, true)) expect([...c.timeNs]).toEqual([700, 1000]);
  });
});

describe('stamps that nanoseconds cannot hold', () => {
  it('become missing instead of ending the scan', async () => {
    const scan: ScanContext = {
      symbols: ['A'],
      epochNs: 0n,
      clockOffsetsNs: new Map(),
      ...asInContract,
      temporaryFolder: folder,
      acceptLate: false,
      sessionsNs: [[0, 1e18]],
    };
    await copyTo(
      'far.parquet',
      "SELECT unnest([TIMESTAMP '1970-01-01 00:00:01', TIMESTAMP '9999-12-31', TIMESTAMP 'infinity', NULL]) AS ts, 'A' AS symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size",
    );
    const source = await openEvents(engine, 'quotes', [feedFile('far.parquet')], scan);
    for (const sorted of [false, true]) {
      const times: number[] = [];
      for await (const c of readQuotes(engine, source, scan, sorted)) times.push(...c.timeNs);
      expect(times.sort()).toEqual([1e9, Number.NaN, Number.NaN, Number.NaN]);
    }
  });
});

describe('hostile names', () => {
  it('are written as they are', async () => {
    const names = ['SIM$1', "O'Brien", '$', 'c0'];
    const codes = Int32Array.from(names.keys());
    await writeParquet(engine, file('names.parquet'), [{ name: 'symbol', values: codes, as: textOfCode(names) }]);
    expect(await rowsOf(engine, `SELECT symbol FROM '${file('names.parquet')}'`)).toEqual(
      names.map((symbol) => ({ symbol })),
    );
  });

  it('pass through SQL and back unchanged', async () => {
    const symbols = ["O'Brien", '=cmd()', '<img src=x onerror=alert(1)>', 'a"b', 'ü', "'); DROP TABLE x; --"];
    const rows = symbols.map((s, k) => `(${k + 1}::BIGINT, '${s.replaceAll("'", "''")}')`).join(', ');
    await copyTo(
      'hostile.parquet',
      `SELECT make_timestamp_ns(t) AS ts, s AS symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size FROM (VALUES ${rows}) v(t, s)`,
    );
    const scan: ScanContext = {
      symbols,
      epochNs: 0n,
      clockOffsetsNs: new Map(),
      ...asInContract,
      temporaryFolder: folder,
      acceptLate: false,
      sessionsNs: [[0, 1e18]],
    };
    const source = await openEvents(engine, 'quotes', [feedFile('hostile.parquet')], scan);
    for await (const c of readQuotes(engine, source, scan, false))
      expect([...c.name]).toEqual(symbols.map((_, k) => k));
  });
});

describe('universe', () => {
  it.each([
    ['symbol,block\nA,x\nA,y\n', /lists "A" twice/],
    ['symbol,block\n', /lists no names/],
    ['symbol,sector\nA,x\n', /no column "block"/],
    ['symbol,block,adv\nA,x,-3\n', /adv of "A" is -3/],
    ['symbol,block,fx\nA,x,abc\n', /fx of "A" is abc/],
  ])('refuses %j', async (text, message) => {
    writeFileSync(file('universe.csv'), text);
    await expect(readUniverse(engine, file('universe.csv'))).rejects.toThrow(message);
  });

  it('reads numbers where they are and defaults where they are not', async () => {
    writeFileSync(file('universe.csv'), 'symbol,block,adv,multiplier\n007,x,12.5,\nTRUE,y,,10\n');
    expect(await readUniverse(engine, file('universe.csv'))).toEqual([
      { symbol: '007', block: 'x', adv: 12.5, multiplier: 1, fx: 1 },
      { symbol: 'TRUE', block: 'y', multiplier: 10, fx: 1 },
    ]);
  });
});

describe.skipIf(!hasShared('data/parquet-testing'))('conformance files of other writers', () => {
  const base = sharedPath('data/parquet-testing');
  const names = hasShared('data/parquet-testing')
    ? [...readdirSync(`${base}/data`), ...readdirSync(`${base}/bad_data`).map((n) => `../bad_data/${n}`)].filter((n) =>
        n.includes('.parquet'),
      )
    : [];

  it.each(names)('%s is read or refused with an error that names it', async (name) => {
    const path = join(base, 'data', name);
    const read = async () => {
      expect((await columnTypes(engine, path)).size).toBeGreaterThan(0);
      await withFile(path, () => engine.connection.runAndReadAll(`SELECT count(COLUMNS(*)) FROM ${tableOf(path)}`));
      return 'read';
    };
    const refused = (error: unknown) => {
      expect(error).toBeInstanceOf(XimError);
      expect((error as XimError).message).toContain(path);
      return (error as XimError).kind;
    };
    expect(['read', 'data', 'environment']).toContain(await read().catch(refused));
  });

  it.each(names.filter((n) => n.endsWith('.encrypted')))('%s gives a clean error', async (name) => {
    await expect(checkColumns(engine, join(base, 'data', name), [{ name: 'ts', kind: 'timestamp' }])).rejects.toThrow(
      /encrypted|cannot be read|no column/,
    );
  });

  it('reads decimals as the numbers they are', async () => {
    for (const name of ['int32_decimal', 'int64_decimal', 'fixed_length_decimal', 'byte_array_decimal']) {
      const found: number[] = [];
      for await (const { columns } of streamColumns(
        engine,
        { v: 'DOUBLE' },
        { v: 'value' },
        `FROM ${tableOf(join(base, 'data', `${name}.parquet`))}`,
      ))
        found.push(...columns.v);
      expect(found).toEqual(Array.from({ length: 24 }, (_, k) => k + 1));
    }
  });
});

describe('small tables by parquetjs-lite', () => {
  it('are opened by the engine with every value, text and gap', async () => {
    const rows = [
      { name: 'a|b', value: 1.5 },
      { name: 'ü', value: undefined },
      { name: '', value: -1e-300 },
    ];
    writeFileSync(
      file('small.parquet'),
      await diagnosticParquet({ columns: { name: 'text', value: 'number' }, rows }, folder),
    );
    expect(await rowsOf(engine, `SELECT name, value FROM '${file('small.parquet')}'`)).toEqual([
      { name: 'a|b', value: 1.5 },
      { name: 'ü', value: null },
      { name: '', value: -1e-300 },
    ]);
  });
});

describe('arrow files', () => {
  const table = {
    symbols: ['A', 'B', 'C'],
    blocks: ['x', 'x', 'y'],
    K: randomMatrix(3, 3, 1),
    rawK: randomMatrix(3, 3, 2),
    shrunkK: randomMatrix(3, 3, 6),
    standardErrors: randomMatrix(3, 3, 3),
    blockK: randomMatrix(3, 3, 4),
    diagonalK: Float64Array.of(1, 2, 3),
    loadings: randomMatrix(3, 2, 5),
    residualVolBps: Float64Array.of(1, 1, 1),
    floors: Float64Array.of(0.1, 0.1, 0.1),
    adv: Float64Array.of(5, Number.NaN, 7),
    canary: [true, false, false],
  };
  const metadata = { schemaVersion: '1.0', asof: '2024-01-02', units: 'bps per million' };

  it('an error of nothing that was estimated is null, in whole rows and in single entries', () => {
    const errors = fromRows([
      [0.1, 0.2, 0],
      [0, 0, 0],
      [0.3, 0.4, 0.5],
    ]);
    const bytes = writeImpactArrow({ ...table, standardErrors: errors }, metadata);
    const column = tableFromIPC(bytes).getChild('K_se')!;
    expect(Array.from({ length: 3 }, (_, i) => [...column.get(i)])).toEqual([
      [0.1, 0.2, null],
      [null, null, null],
      [0.3, 0.4, 0.5],
    ]);
    const read = readImpactArrow(bytes).matrices.get('K_se')!;
    expect([...read.data]).toEqual(Array.from(errors.data, (value) => (value > 0 ? value : Number.NaN)));
  });

  it('columns that share their memory come back whole', () => {
    const same = { ...table, shrunkK: table.rawK, blockK: table.K };
    const read = readImpactArrow(writeImpactArrow(same, metadata));
    expect([...read.matrices.get('K_shrunk')!.data]).toEqual([...table.rawK.data]);
    expect([...read.matrices.get('K_raw')!.data]).toEqual([...table.rawK.data]);
    expect([...read.matrices.get('K_block')!.data]).toEqual([...table.K.data]);
  });

  it('impact.arrow comes back bit for bit and is written the same each time', () => {
    const bytes = writeImpactArrow(table, metadata);
    const back = readImpactArrow(bytes);
    expect(back.symbols).toEqual(table.symbols);
    expect([...back.matrices.get('K')!.data]).toEqual([...table.K.data]);
    expect([...back.columns.get('K_diag')!]).toEqual([1, 2, 3]);
    expect(back.columns.get('adv')![1]).toBeNaN();
    expect(Buffer.from(writeImpactArrow(table, metadata)).equals(Buffer.from(bytes))).toBe(true);
  });

  it('refuses to write what is not finite and to read what is cut off', () => {
    expect(() =>
      writeImpactArrow({ ...table, K: { ...zeros(3), data: new Float64Array(9).fill(Number.NaN) } }, metadata),
    ).toThrow(/K is not finite/);
    const bytes = writeImpactArrow(table, metadata);
    for (const length of [0, 5, 100, Math.floor(bytes.length / 2)])
      expect(() => readImpactArrow(bytes.slice(0, length))).toThrow(/impact\.arrow is damaged/);
  });

  it('moments come back bit for bit', () => {
    const folds = accumulateDay(simulatedBuckets({ names: 3, seed: 1, factors: 2, noise: 1 }), {
      decay: Float64Array.of(0.5, 1),
      transform: LINEAR_FLOW,
      foldBuckets: 100,
    });
    for (const { name, bytes } of encodeMoments(folds)) writeFileSync(file(name), bytes);
    const stored = storedMoments(file('.'));
    expect(stored.map(({ label, buckets }) => ({ label, buckets }))).toEqual(
      folds.map(({ label, buckets }) => ({ label, buckets })),
    );
    expect(stored.map((fold) => fold.use((moments) => structuredClone(moments)))).toEqual(folds);
    const [first] = readdirSync(file('.')).filter((name) => name.startsWith('fold-'));
    writeFileSync(file(first), readFileSync(file(first)).subarray(0, 50));
    expect(() => stored[0].use(() => 0)).toThrow(/damaged/);
    rmSync(file('folds.json'));
    expect(() => storedMoments(file('.'))).toThrow(/damaged/);
  });
});

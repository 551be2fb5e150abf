import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, feedTable } from '../../src/config/dataSection.js';
import type { Engine } from '../../src/io/duckdb.js';
import { openEvents, readTrades, type ScanContext } from '../../src/io/eventReader.js';
import { readFactors } from '../../src/io/factorReader.js';
import { utcNanoseconds } from '../../src/model/calendar.js';
import type { FeedFile } from '../../src/model/feed.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** What the folders above a file say of its rows, against what the file says itself. */

const folder = temporaryFolder();
const ZONE = 'America/New_York';
const TEN = "TIMESTAMP '2024-03-08 15:00:00'";

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

function scanOf(mapping: Parameters<typeof data.parse>[0] = {}): ScanContext {
  const section = data.parse(mapping);
  return {
    symbols: ['A', 'B'],
    epochNs: utcNanoseconds(ZONE, '2024-03-08', '00:00'),
    timezone: ZONE,
    clockOffsetsNs: new Map(),
    temporaryFolder: folder,
    acceptLate: false,
    sessionsNs: [[0, 1e18]],
    feed: (dataset) => feedTable(section, dataset),
  };
}

let written = 0;
async function parquet(select: string, folders: FeedFile['folders'] = {}): Promise<FeedFile> {
  const path = join(folder, `${written++}.parquet`);
  await engine.connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  return { path, folders };
}

const FILL = `${TEN} AS ts, 'A' AS symbol, 'X' AS venue, 1 AS side, 100 AS qty, 10.5 AS price`;

async function fills(files: readonly FeedFile[], mapping: Parameters<typeof data.parse>[0] = {}) {
  const scan = scanOf(mapping);
  const source = await openEvents(engine, 'fills', files, scan);
  try {
    const out: { name: number; venue: string; side: number; size: number }[] = [];
    for await (const { rows, name, venue, side, size } of readTrades(engine, source, scan, false))
      for (let k = 0; k < rows; k++)
        out.push({ name: name[k], venue: source.venues[venue[k]], side: side[k], size: size[k] });
    return { rows: out, empty: source.empty };
  } finally {
    source.dispose();
  }
}

describe('a folder against the column of the same name', () => {
  it.each<[string, FeedFile['folders'], RegExp]>([
    ['symbol', { symbol: 'B' }, /lies in symbol=B, but its own column "symbol" has A/],
    ['venue', { venue: 'Y' }, /lies in venue=Y, but its own column "venue" has X/],
    ['side', { side: 'sell' }, /lies in side=sell, but its own column "side" has 1/],
    ['qty', { qty: '50' }, /lies in qty=50, but its own column "qty" has 100/],
  ])('%s: another value is refused', async (_, folders, message) => {
    await expect(fills([await parquet(`SELECT ${FILL}`, folders)])).rejects.toThrow(message);
  });

  it('one row of many is enough', async () => {
    const select = `SELECT ${FILL} FROM range(50) UNION ALL SELECT ${FILL.replace("'A'", "'B'")}`;
    await expect(fills([await parquet(select, { symbol: 'A' })])).rejects.toThrow(/has B/);
  });

  it('the same value, or another key, is no contradiction', async () => {
    const folders = { symbol: 'A', venue: 'X', side: 'buy', qty: '100', hour: '10' };
    const { rows } = await fills([await parquet(`SELECT ${FILL}`, folders)]);
    expect(rows).toEqual([{ name: 0, venue: 'X', side: 1, size: 100 }]);
  });
});

describe('folders of sides', () => {
  const bare = FILL.replace(', 1 AS side', '');

  it.each([
    ['buy', 1],
    ['sell', -1],
    ['1', 1],
    ['-1', -1],
  ])('side=%s is %d', async (side, sign) => {
    expect((await fills([await parquet(`SELECT ${bare}`, { side })])).rows[0].side).toBe(sign);
  });

  it('follow data.sides', async () => {
    const mapping = { sides: { fills: { B: 'buy', S: 'sell' } } } as const;
    expect((await fills([await parquet(`SELECT ${bare}`, { side: 'S' })], mapping)).rows[0].side).toBe(-1);
    await expect(fills([await parquet(`SELECT ${bare}`, { side: 'buy' })], mapping)).rejects.toThrow(/side=buy/);
  });

  it('that mean nothing known are refused by name', async () => {
    const file = await parquet(`SELECT ${bare}`, { side: 'B' });
    await expect(fills([file])).rejects.toMatchObject({
      kind: 'data',
      message: `${file.path}: its folder side=B is no side that is known`,
      hint: expect.stringContaining('data.sides: { fills: { "B": buy'),
    });
  });
});

describe('a file without rows', () => {
  it('is nothing, whatever the types of its columns', async () => {
    const nothing = 'NULL AS ts, NULL AS symbol, NULL AS venue, NULL AS side, NULL AS qty, NULL AS price';
    const empty = await parquet(`SELECT ${nothing} WHERE false`);
    const found = await fills([empty, await parquet(`SELECT ${FILL}`)]);
    expect(found).toEqual({ rows: [{ name: 0, venue: 'X', side: 1, size: 100 }], empty: [empty.path] });
  });
});

describe('factors', () => {
  const factors = async (files: readonly FeedFile[]) => {
    const { names, factor, moveBps } = await readFactors(engine, files, scanOf());
    return { names, rows: [...moveBps].map((bps, k) => [names[factor[k]], bps]) };
  };

  it('may be told apart by folders alone', async () => {
    const files = [
      await parquet(`SELECT ${TEN} AS ts, 1.5 AS ret_bps`, { factor: 'MARKET' }),
      await parquet(`SELECT ${TEN} AS ts, 1.5 AS ret_bps`, { factor: 'ENERGY', hour: '10' }),
    ];
    expect(await factors(files)).toEqual({
      names: ['ENERGY', 'MARKET'],
      rows: [
        ['MARKET', 1.5],
        ['ENERGY', 1.5],
      ],
    });
  });

  it('a folder of factors whose file has no ret_bps is refused', async () => {
    const file = await parquet(`SELECT ${TEN} AS ts, 1.5 AS ret`, { factor: 'MARKET' });
    await expect(factors([file])).rejects.toThrow(/has no column "ret_bps"/);
  });

  it('are not the index that pandas writes', async () => {
    const file = await parquet(`SELECT ${TEN} AS ts, 1.5 AS "MARKET", 7 AS __index_level_0__, 8 AS "Unnamed: 0"`);
    expect(await factors([file])).toEqual({ names: ['MARKET'], rows: [['MARKET', 1.5]] });
  });

  it('of an empty file are none', async () => {
    const empty = await parquet('SELECT NULL AS ts, NULL AS "MARKET" WHERE false');
    expect(await factors([empty, await parquet(`SELECT ${TEN} AS ts, 2.5 AS "ENERGY"`)])).toEqual({
      names: ['ENERGY'],
      rows: [['ENERGY', 2.5]],
    });
  });
});

it('a list of decimals is no number', async () => {
  const select = `SELECT ${FILL.replace('10.5 AS price', '[10.5::DECIMAL(7,4)] AS price')}`;
  await expect(fills([await parquet(select)])).rejects.toThrow(/column "price" is DECIMAL\(7,4\)\[\], not a number/);
});

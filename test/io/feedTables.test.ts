import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, feedTable } from '../../src/config/dataSection.js';
import type { Engine } from '../../src/io/duckdb.js';
import type { EventDataset } from '../../src/io/eventColumns.js';
import { openEvents, readQuotes, readTrades, type ScanContext } from '../../src/io/eventReader.js';
import { readFactors } from '../../src/io/factorReader.js';
import { utcNanoseconds } from '../../src/model/calendar.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
const ZONE = 'America/New_York';
const MIDNIGHT = utcNanoseconds(ZONE, '2024-03-08', '00:00');
/** 09:30 and some nanoseconds at the venue, after its midnight. */
const OPEN_NS = 34_200_123_456_789;

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

type Mapping = Parameters<typeof data.parse>[0];

const scanOf = (mapping: Mapping): ScanContext => {
  const section = data.parse(mapping);
  return {
    symbols: ['A', 'B'],
    epochNs: MIDNIGHT,
    timezone: ZONE,
    clockOffsetsNs: new Map(),
    temporaryFolder: folder,
    acceptLate: false,
    sessionsNs: [[0, 1e18]],
    feed: (dataset) => feedTable(section, dataset),
  };
};

/** Rows of one file as the aligners see them. */
async function rows(dataset: EventDataset, name: string, mapping: Mapping, folders: Record<string, string> = {}) {
  const scan = scanOf(mapping);
  const source = await openEvents(engine, dataset, [{ path: file(name), folders }], scan);
  try {
    const out: Record<string, number>[] = [];
    const read = dataset === 'quotes' ? readQuotes : readTrades;
    for await (const { rows: count, ...columns } of read(engine, source, scan, false) as AsyncGenerator<
      Record<string, Float64Array> & { rows: number }
    >)
      for (let k = 0; k < count; k++)
        out.push(Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, values[k]])));
    return { rows: out, venues: source.venues, deselected: source.deselected };
  } finally {
    source.dispose();
  }
}

const parquet = (name: string, select: string) =>
  engine.connection.run(`COPY (${select}) TO '${file(name)}' (FORMAT parquet)`);

describe('stamps', () => {
  const SYMBOL_AND_BOOK = "'A' AS symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size";
  const quoteTime = async (sql: string, ts: object) => {
    await parquet('stamps.parquet', `SELECT ${sql} AS t, ${SYMBOL_AND_BOOK}`);
    const { rows: found } = await rows('quotes', 'stamps.parquet', {
      columns: { quotes: { ts: { column: 't', ...ts } } },
    });
    return found[0].timeNs;
  };
  const epochNs = MIDNIGHT + BigInt(OPEN_NS);

  it.each([
    ['nanoseconds', `${epochNs}::BIGINT`, { unit: 'ns' }, OPEN_NS],
    ['unsigned nanoseconds', `${epochNs}::UBIGINT`, { unit: 'ns' }, OPEN_NS],
    ['microseconds', `${epochNs / 1000n}::BIGINT`, { unit: 'us' }, OPEN_NS - 789],
    ['milliseconds', `${epochNs / 1000000n}::BIGINT`, { unit: 'ms' }, OPEN_NS - 456_789],
    ['seconds', `${epochNs / 1000000000n}::INTEGER`, { unit: 's' }, OPEN_NS - 123_456_789],
    ['decimal seconds', `${Number(epochNs / 1000000000n)}.123456789::DECIMAL(20,9)`, { unit: 's' }, OPEN_NS],
    ['seconds as text', `'${epochNs / 1000000000n}.123456789'`, { unit: 's' }, OPEN_NS],
    ['nanoseconds as text', `'${epochNs}'`, { unit: 'ns' }, OPEN_NS],
    ['seconds after midnight', `34200.123456789::DECIMAL(14,9)`, { unit: 's', after: 'midnight' }, OPEN_NS],
    ['seconds after midnight as text', `'34200.123456789'`, { unit: 's', after: 'midnight' }, OPEN_NS],
    ['milliseconds after midnight', `34200123::INTEGER`, { unit: 'ms', after: 'midnight' }, OPEN_NS - 456_789],
    ['a stamp of nanoseconds', `make_timestamp_ns(${epochNs})`, {}, OPEN_NS],
    ['the venue’s clock', `TIMESTAMP_NS '2024-03-08 09:30:00.123456789'`, { zone: 'venue' }, OPEN_NS],
    ['the venue’s clock as text', `'2024-03-08 09:30:00.123456789'`, { zone: 'venue' }, OPEN_NS],
    ['UTC as text', `'2024-03-08T14:30:00.123456789Z'`, {}, OPEN_NS],
    ['text with an offset', `'2024-03-08T16:30:00.123456789+02:00'`, {}, OPEN_NS],
  ])('%s', async (_, sql, ts, expected) => {
    expect(await quoteTime(sql, ts)).toBe(expected);
  });

  it('seconds in a double are as exact as the double', async () => {
    // 2^-22 s: what a double of 1.7e9 seconds can hold.
    expect(Math.abs((await quoteTime(`${Number(epochNs) / 1e9}::DOUBLE`, { unit: 's' })) - OPEN_NS)).toBeLessThan(239);
  });

  it.each([
    ['2024-13-40 00:00:00', {}],
    ['soon', {}],
    ['soon', { unit: 's' }],
  ])('%s is no stamp and is not used', async (text, ts) => {
    expect(await quoteTime(`'${text}'`, ts)).toBeNaN();
  });

  it.each([
    ['a number without a unit', '1709908200::BIGINT', {}, /column "t" for "ts" is BIGINT, not a timestamp/],
    ['a date', "DATE '2024-03-08'", {}, /column "t" for "ts" is DATE, not a timestamp/],
    ['a unit of a stamp', "TIMESTAMP '2024-03-08 09:30:00'", { unit: 's' }, /unit says nothing of "t"/],
    ['a zone of a stamp in UTC', "TIMESTAMPTZ '2024-03-08 09:30:00'", { zone: 'venue' }, /"t" is in UTC/],
    ['midnight without a unit', "TIMESTAMP '2024-03-08 09:30:00'", { after: 'midnight' }, /"after" needs a unit/],
    ['a scale of a stamp', '1::BIGINT', { unit: 's', scale: 2 }, /scale says nothing of a timestamp/],
  ])('%s is refused', async (_, sql, ts, message) => {
    await expect(quoteTime(sql, ts)).rejects.toThrow(message);
  });
});

describe('columns', () => {
  it('by their names, scaled once', async () => {
    await parquet(
      'trades.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT + 5n}) AS time, 'B' AS sym, 5853300 AS px, 7 AS qty, -1 AS dir, 'X' AS mic`,
    );
    const { rows: found, venues } = await rows('trades', 'trades.parquet', {
      columns: {
        trades: {
          ts: 'time',
          symbol: 'sym',
          price: { column: 'px', scale: 0.0001 },
          size: 'qty',
          side: 'dir',
          venue: 'mic',
        },
      },
    });
    expect(found).toEqual([
      { file: 0, row: 0, timeNs: 5, name: 1, venue: 0, price: 585.33, size: 7, side: -1, identity: Number.NaN },
    ]);
    expect(venues).toEqual(['X']);
  });

  it('a value for every row, or what the folders say', async () => {
    await parquet(
      'some.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT + 5n}) AS ts, 2.5 AS price, 7 AS size, 1 AS side`,
    );
    const constant = await rows('trades', 'some.parquet', { columns: { trades: { symbol: { value: 'B' } } } });
    const folders = await rows('trades', 'some.parquet', {}, { symbol: 'B', venue: 'X', hour: '09' });
    expect(constant.rows[0]).toMatchObject({ name: 1, price: 2.5 });
    expect(folders.rows[0]).toMatchObject({ name: 1, price: 2.5 });
    expect(folders.venues).toEqual(['X']);
  });

  it('or what the name of the file says', async () => {
    await parquet(
      'B_2024.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT + 5n}) AS ts, 2.5 AS price, 7 AS size, 1 AS side`,
    );
    const mapping = { columns: { trades: { symbol: { file_name: '^([^_]+)_' } } } };
    expect((await rows('trades', 'B_2024.parquet', mapping)).rows[0]).toMatchObject({ name: 1 });
    await expect(rows('trades', 'some.parquet', mapping)).rejects.toThrow(
      /its name does not match data.columns.trades.symbol/,
    );
    expect(data.safeParse({ columns: { trades: { symbol: { file_name: '(' } } } }).success).toBe(false);
    expect(data.safeParse({ columns: { trades: { symbol: { file_name: 'abc' } } } }).success).toBe(false);
  });

  it.each([
    ['a column that the dataset lacks', { bidd: 'b' }, /quotes has no column "bidd"/],
    [
      'a column that the file lacks',
      { bid: 'nothing' },
      /has no column "nothing", which data.columns.quotes.bid names; it has ts/,
    ],
    ['a value that is no number', { bid: { value: 'much' } }, /the value "much" is not a number/],
    ['text for a number of Parquet', { bid: { column: 'flag' } }, /column "flag" for "bid" is BOOLEAN, not a number/],
    ['a number for a text', { symbol: 'bid_size' }, /column "bid_size" for "symbol" is INTEGER, not a text/],
  ])('%s is refused', async (_, quotes, message) => {
    await parquet(
      'book.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT}) AS ts, 'A' AS symbol, 1.0 AS bid, 2.0 AS ask, 1 AS bid_size, 1 AS ask_size, true AS flag`,
    );
    await expect(rows('quotes', 'book.parquet', { columns: { quotes } as never })).rejects.toThrow(message);
  });

  it('two of ours from one of theirs is refused by the configuration', () => {
    const twice = { columns: { quotes: { bid: 'px', ask: { column: 'px' } } } };
    expect(data.safeParse(twice).error?.issues[0]).toMatchObject({
      path: ['columns', 'quotes', 'ask'],
      message: 'is what "bid" is mapped to already',
    });
  });

  it('rows of another kind are left out and counted', async () => {
    await parquet(
      'messages.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT} + k) AS ts, 'A' AS symbol, 1.0 AS price, k AS size, 1 AS side, k % 4 AS type FROM range(1, 11) t(k)`,
    );
    const { rows: found, deselected } = await rows('trades', 'messages.parquet', {
      rows: { trades: { type: [1, '2'] } },
    });
    expect(found.map(({ size }) => size)).toEqual([1, 2, 5, 6, 9, 10]);
    expect(deselected).toBe(4);
  });
});

describe('sides', () => {
  const sides = async (values: string, mapping: Mapping, dataset: 'trades' | 'fills' = 'trades', size = '3') => {
    const columns = dataset === 'fills' ? `'X' AS venue, ${size} AS qty` : `${size} AS size`;
    await parquet(
      'sides.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT}) AS ts, 'A' AS symbol, 1.0 AS price, side, ${columns} FROM (VALUES ${values}) v(side)`,
    );
    const { rows: found } = await rows(dataset, 'sides.parquet', mapping);
    return found.map(({ side }) => side);
  };

  it.each([
    ['letters', "('B'), ('S'), ('N')", { B: 'buy', S: 'sell', N: 'unknown' }, [1, -1, 0]],
    ['words', "('BUY'), ('SELL'), ('')", { BUY: 'buy', SELL: 'sell', '': 'unknown' }, [1, -1, 0]],
    ['numbers', '(1), (2)', { 1: 'buy', 2: 'sell' }, [1, -1]],
    ['doubles', '(1.0::DOUBLE), (2.0)', { 1: 1, 2: -1 }, [1, -1]],
    ['nought and one', '(1), (0)', { 1: 'buy', 0: 'sell' }, [1, -1]],
    ['booleans', '(true), (false)', { true: 'sell', false: 'buy' }, [-1, 1]],
  ])('%s by the codes of the feed', async (_, values, codes, expected) => {
    expect(await sides(values, { sides: codes as never })).toEqual(expected);
    expect(await sides(values, { sides: { trades: codes as never, fills: { x: 'buy' } } })).toEqual(expected);
  });

  it('a code that nobody explained is no side', async () => {
    expect(await sides("('B'), ('X'), (NULL)", { sides: { B: 'buy' } })).toEqual([1, 2, 2]);
    expect(await sides("('1'), ('-1'), ('0'), ('B')", {})).toEqual([1, -1, 0, 2]);
  });

  it('or the sign of the quantity', async () => {
    await parquet(
      'signed.parquet',
      `SELECT make_timestamp_ns(${MIDNIGHT}) AS ts, 'A' AS symbol, 'X' AS venue, 1.0 AS price, q AS qty FROM (VALUES (3), (-2)) v(q)`,
    );
    const { rows: found } = await rows('fills', 'signed.parquet', { sides: { fills: 'signed' } });
    expect(found.map(({ side, size }) => [side, size])).toEqual([
      [1, 3],
      [-1, 2],
    ]);
  });
});

describe('CSV', () => {
  const QUOTES = [
    'ts,symbol,bid,ask,bid_size,ask_size',
    '2024-03-08T05:00:01Z,A,1.5,2,3,4',
    '2024-03-08 05:00:02.5,B,2,3,5,6',
  ];
  const expected = [
    { file: 0, row: 0, timeNs: 1e9, name: 0, venue: 0, bid: 1.5, ask: 2, bidSize: 3, askSize: 4 },
    { file: 0, row: 1, timeNs: 2.5e9, name: 1, venue: 0, bid: 2, ask: 3, bidSize: 5, askSize: 6 },
  ];
  const text = (separator = ',', end = '\n') => QUOTES.map((line) => line.replaceAll(',', separator) + end).join('');

  it.each([
    ['plain', 'q.csv', text()],
    ['with the line ends of Windows', 'crlf.csv', text(',', '\r\n')],
    ['with the mark of UTF-8', 'bom.csv', `\uFEFF${text()}`],
    ['with semicolons', 'semi.csv', text(';')],
    ['with tabulators', 'tabs.tsv', text('\t')],
    ['in quotes', 'quoted.csv', QUOTES.map((line) => `"${line.replaceAll(',', '","')}"\n`).join('')],
    ['without an end of the last line', 'open.csv', text().trimEnd()],
    ['gzipped', 'q.csv.gz', gzipSync(text())],
    ['of a name with patterns', '[q]*?.csv', text()],
  ])('%s', async (_, name, content) => {
    writeFileSync(file(name), content);
    expect((await rows('quotes', name, {})).rows).toEqual(expected);
  });

  it('a value that cannot be read is set aside with its row, not read as another', async () => {
    writeFileSync(file('bad.csv'), `${text()}2024-03-08T05:00:03Z,A,"1,5",2,3,4\n`);
    const { rows: found } = await rows('quotes', 'bad.csv', {});
    expect(found[2]).toMatchObject({ row: 2, bid: Number.NEGATIVE_INFINITY, ask: 2 });
  });

  it('without a header, by the names that the configuration gives', async () => {
    writeFileSync(
      file('messages.csv'),
      '34200.017459617,5,0,1,5853300,1\n34201.000000001,4,17,2,5853400,-1\n34202,1,18,3,5853500,1\n',
    );
    const { rows: found, deselected } = await rows('trades', 'messages.csv', {
      headers: { trades: ['time', 'type', 'id', 'size', 'price', 'direction'] },
      columns: {
        trades: {
          ts: { column: 'time', unit: 's', after: 'midnight' },
          symbol: { value: 'A' },
          price: { column: 'price', scale: 0.0001 },
          side: 'direction',
        },
      },
      sides: { trades: { 1: 'sell', '-1': 'buy' } },
      rows: { trades: { type: [4, 5] } },
    });
    expect(found).toMatchObject([
      { timeNs: 34_200_017_459_617, name: 0, price: 585.33, size: 1, side: -1 },
      { timeNs: 34_201_000_000_001, name: 0, price: 585.34, size: 2, side: 1 },
    ]);
    expect(deselected).toBe(1);
  });

  it.each([
    [
      'a row cut off',
      'cut.csv',
      `${text()}2024-03-08T05:00:03Z,A,1`,
      /cut\.csv, line 4: it has 3 fields, the header 6/,
    ],
    [
      'a row too long',
      'long.csv',
      `${text()}2024-03-08T05:00:03Z,A,1,2,3,4,5\n`,
      /long\.csv, line 4: it has 7 fields, the header 6/,
    ],
    ['UTF-16', 'utf16.csv', Buffer.from(`\uFEFF${text()}`, 'utf16le'), /is UTF-16, not UTF-8/],
    ['UTF-16 without a mark', 'utf16b.csv', Buffer.from(text(), 'utf16le'), /is UTF-16, not UTF-8/],
    [
      'Latin-1',
      'latin.csv',
      Buffer.concat([Buffer.from(text()), Buffer.from([0x32, 0xe9, 0x2c, 10])]),
      /latin\.csv, line 4: bytes that are not UTF-8; it looks like Latin-1/,
    ],
    ['nothing', 'empty.csv', '', /is empty/],
    ['columns of one name', 'twice.csv', 'ts,symbol,bid,BID,bid_size,ask_size\n', /two columns "BID"/],
    ['a column without a name', 'nameless.csv', 'ts,symbol,bid,ask,bid_size,\n', /column 6 has no name/],
    ['a missing column', 'missing.csv', 'ts,symbol,bid\n', /no column "ask"; it has ts, symbol, bid/],
    ['what is not gzip', 'fake.csv.gz', text(), /is not a gzip file/],
  ])('%s is refused by name', async (_, name, content, message) => {
    writeFileSync(file(name), content);
    await expect(rows('quotes', name, {})).rejects.toThrow(message);
  });

  it('headers of another number than the file has columns are refused', async () => {
    writeFileSync(file('short.csv'), '1,2,3\n');
    await expect(rows('quotes', 'short.csv', { headers: { quotes: ['a', 'b'] } })).rejects.toThrow(
      /has 3 columns, and data.headers names 2/,
    );
  });

  it.each([
    ['wide', 'ts,mkt,sector\n2024-03-08T05:00:01Z,1.5,-2\n'],
    ['long', 'ts,factor,ret_bps\n2024-03-08T05:00:01Z,mkt,1.5\n2024-03-08T05:00:01Z,sector,-2\n'],
  ])('factors, %s', async (name, content) => {
    writeFileSync(file(`${name}.csv`), content);
    const found = await readFactors(engine, [{ path: file(`${name}.csv`), folders: {} }], scanOf({}));
    expect(found.names).toEqual(['mkt', 'sector']);
    expect([...found.moveBps]).toEqual([1.5, -2]);
    expect([...found.timeNs]).toEqual([1e9, 1e9]);
  });
});

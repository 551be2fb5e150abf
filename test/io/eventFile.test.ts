import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { readEventRows } from '../../src/io/eventFile.js';
import { parseEventTime, utcText } from '../../src/model/eventTime.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const understood = (text: string) => {
  const time = parseEventTime(text);
  return time && ('date' in time ? time.date : utcText(time.utcNs));
};

describe('a time as people write it', () => {
  it.each([
    ['2024-03-13T14:30:00Z', '2024-03-13T14:30:00Z'],
    ['2024-03-13 14:30:00', '2024-03-13T14:30:00Z'],
    ['2024-03-13t14:30z', '2024-03-13T14:30:00Z'],
    ['2024-03-13 14:30:00 UTC', '2024-03-13T14:30:00Z'],
    ['2024-03-13T10:30:00-04:00', '2024-03-13T14:30:00Z'],
    ['2024-03-13 20:00:00+0530', '2024-03-13T14:30:00Z'],
    ['2024-03-13 01:00+02', '2024-03-12T23:00:00Z'],
    ['2024-03-13T14:30:00.123456789Z', '2024-03-13T14:30:00.123456789Z'],
    ['2024-03-13T14:30:00,5Z', '2024-03-13T14:30:00.5Z'],
    ['2024/03/13 9:30', '2024-03-13T09:30:00Z'],
    ['2024-3-4', '2024-03-04'],
    ['20240313T143000Z', '2024-03-13T14:30:00Z'],
    ['20240313 1430', '2024-03-13T14:30:00Z'],
    ['2024-03-13T24:00:00Z', '2024-03-14T00:00:00Z'],
    ['1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999999Z'],
    ['2024-03-13', '2024-03-13'],
    ['2024/03/13', '2024-03-13'],
    ['20240313', '2024-03-13'],
  ])('%s', (text, expected) => {
    expect(understood(text)).toBe(expected);
  });

  it.each([
    '2024-02-30',
    '2024-13-01',
    '13/03/2024',
    '03/13/2024',
    '2024/03-13',
    '2024-03-13T25:00Z',
    '2024-03-13T14:60Z',
    '2024-03-13T14:30:00.1234567891Z',
    '2024-03-13T14:30 EST',
    '2024-03-13T14:30 America/New_York',
    '2024-03-13Z',
    '1710340200',
    '1710340200000000000',
    '202403131430',
    'NaT',
    'open',
  ])('%s is none', (text) => {
    expect(parseEventTime(text)).toBeUndefined();
  });
});

let files = 0;
function fileOf(content: string | Uint8Array, name = 'events.csv'): string {
  const path = join(folder, String(files++), name);
  mkdirSync(join(path, '..'));
  writeFileSync(path, content);
  return path;
}
const read = (path: string) => readEventRows(engine, path, folder);
const readText = (content: string | Uint8Array) => read(fileOf(content));

describe('events as text', () => {
  it('are read with the lines that an editor counts', async () => {
    const text =
      '\uFEFFlabel;end;start;symbol\r\n"two\r\nlines; ""quoted""";;2024-03-13;\r\n\r\nnews; 2024-03-13T15:00Z ;2024-03-13T14:00Z; AAA\r\n';
    const [first, second] = await readText(text);
    expect(first).toMatchObject({ place: 'line 2', symbol: '', label: 'two lines; "quoted"' });
    expect(first).not.toHaveProperty('end');
    expect(second).toMatchObject({ place: 'line 5', symbol: 'AAA', label: 'news' });
    expect(second.end).toMatchObject({ text: '2024-03-13T15:00Z' });
  });

  it('are the same with other breaks, separators and compression', async () => {
    const text = 'start,end,symbol,label\n2024-03-13,,*,a\n2024-03-14,,*,b';
    const expected = await readText(text);
    expect(expected.map(({ place }) => place)).toEqual(['line 2', 'line 3']);
    for (const other of [text.replaceAll('\n', '\r'), `${text}\n`, text.replaceAll(',', '\t'), gzipSync(text)])
      expect(await readText(other)).toEqual(expected);
  });

  it.each([
    ['a time', '2024-03-13,,*,a\n2024-03-13,soon,*,b', /end of line 3 is "soon", no time that is understood/],
    ['no start', ',2024-03-13,*,a', /line 2 has no start/],
    ['a cell too few', '2024-03-13,,*', /line 2 has 3 fields, the header 4/],
    ['an open quote', '2024-03-13,,*,"a\nb', /line 2: a quote is opened and not closed/],
  ])('are refused with the line: %s', async (_, rows, message) => {
    await expect(readText(`start,end,symbol,label\n${rows}\n`)).rejects.toThrow(message);
  });

  it('are refused without a column, or when they are no text', async () => {
    await expect(readText('start,stop,symbol,label\n')).rejects.toThrow(/no column "end"; it has start, stop/);
    await expect(readText(Buffer.from('start,end,symbol,label\n', 'utf16le'))).rejects.toThrow(
      /is UTF-16 little endian/,
    );
    await expect(readText('')).rejects.toThrow(/is empty/);
    await expect(readText(Uint8Array.of(0x61, 0xff, 0x62))).rejects.toThrow(/line 1: bytes that are not UTF-8/);
  });
});

describe('events as Parquet', () => {
  const write = async (select: string) => {
    const path = fileOf('', 'events.parquet');
    await engine.connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
    return path;
  };
  const texts = async (select: string) =>
    (await read(await write(select))).map(({ start, end }) => [start.text, end?.text]);
  const rest = "'*' AS symbol, 'a' AS label";

  it.each([
    ['TIMESTAMP_NS', '2024-03-13T14:30:00.123456789Z'],
    ['TIMESTAMP', '2024-03-13T14:30:00.123456Z'],
    ['TIMESTAMP_MS', '2024-03-13T14:30:00.123Z'],
    ['TIMESTAMPTZ', '2024-03-13T14:30:00.123456Z'],
    ['DATE', '2024-03-13'],
  ])('of type %s are taken as they are', async (type, expected) => {
    const stamp = `CAST('2024-03-13 14:30:00.123456789' AS ${type})`;
    expect(await texts(`SELECT ${stamp} AS start, ${stamp} AS "end", ${rest}`)).toEqual([[expected, expected]]);
  });

  it('may be texts, and a column without a value has any type', async () => {
    const select = `SELECT '2024-03-13 14:30' AS start, CAST(NULL AS INTEGER) AS "end", CAST(NULL AS INTEGER) AS symbol, 'a' AS label`;
    expect(await texts(select)).toEqual([['2024-03-13 14:30', undefined]]);
  });

  it('may end in a year that nanoseconds do not hold, or never', async () => {
    for (const end of ["TIMESTAMP '9999-12-31'", "TIMESTAMP 'infinity'"])
      expect(await texts(`SELECT TIMESTAMP '2024-03-13' AS start, ${end} AS "end", ${rest}`)).toEqual([
        ['2024-03-13T00:00:00Z', '2250-01-01T00:00:00Z'],
      ]);
  });

  it('are refused with row, column and value', async () => {
    const second = `SELECT DATE '2024-03-13' AS start, NULL::DATE AS "end", ${rest} UNION ALL SELECT NULL, NULL, ${rest}`;
    await expect(texts(second)).rejects.toThrow(/row 1 has no start/);
    await expect(texts(`SELECT 1710340200 AS start, NULL::DATE AS "end", ${rest}`)).rejects.toThrow(
      /column "start" is INTEGER, not a timestamp/,
    );
    await expect(texts(`SELECT 'soon' AS start, NULL::DATE AS "end", ${rest}`)).rejects.toThrow(
      /start of row 0 is "soon"/,
    );
  });
});

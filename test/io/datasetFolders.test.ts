import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { dataFolders } from '../../src/io/datasetFolders.js';
import { temporaryFolder } from '../support/engine.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(temporaryFolder(), 'root-'));
});

function put(path: string, content = 'ts,symbol\n'): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), content);
}

const found = (date: string) =>
  dataFolders(root)
    .files('quotes', date)
    .map(({ path, folders }) => [relative(join(root, 'quotes'), path), folders]);
const unread = (date?: string) =>
  dataFolders(root)
    .unread('quotes', date)
    .map(({ path, why, isData }) => [relative(join(root, 'quotes'), path), why, isData]);

describe('days', () => {
  it.each([
    'date=2024-03-08',
    'date=2024-3-8',
    'date=20240308',
    'Date=2024_03_08',
    'date=2024%2D03%2D08',
    '2024-03-08',
    '20240308',
    'year=2024/month=3/day=8',
    'year=2024/month=03/day=08',
    '2024/03/08',
    '2024/3/8',
    'dt=2024-03-08',
    'day=2024-03-08',
    'trade_date=20240308',
    'trading_date=2024-03-08',
    'asof=2024-03-08',
    'DTE=2024-03-08',
  ])('%s is 2024-03-08', (folder) => {
    put(`quotes/${folder}/part-0.parquet`);
    expect(dataFolders(root).dates('quotes')).toEqual(['2024-03-08']);
    expect(found('2024-03-08')).toEqual([[join(folder, 'part-0.parquet'), {}]]);
    expect(unread()).toEqual([]);
  });

  it('may stand in the names of files', () => {
    put('quotes/AAPL_2012-06-21_34200000_57600000_message_1.csv');
    put('quotes/20120622.parquet');
    expect(dataFolders(root).dates('quotes')).toEqual(['2012-06-21', '2012-06-22']);
  });

  it('two spellings of one day are one day', () => {
    put('quotes/date=2024-03-08/a.parquet');
    put('quotes/date=2024-3-8/b.parquet');
    expect(found('2024-03-08').map(([name]) => name)).toEqual(['date=2024-03-08/a.parquet', 'date=2024-3-8/b.parquet']);
  });

  it.each([
    ['date=2024-02-30', 'its name is no date'],
    ['date=latest', 'its name is no date'],
    ['date=2024-13-01', 'its name is no date'],
    ['date=202438', 'its name is no date'],
    ['backup', 'its name is no date'],
    ['extra.parquet', 'it lies outside the folders of dates'],
    ['2024-03-08_to_2024-03-09.csv', 'it lies outside the folders of dates'],
    ['year=2024/month=2/day=30', 'there is no such date'],
    ['year=2024/q1', 'it is no folder month=…'],
  ])('%s is named: %s', (place, why) => {
    put(/\.\w+$/.test(place) ? `quotes/${place}` : `quotes/${place}/part-0.parquet`);
    expect(dataFolders(root).dates('quotes')).toEqual([]);
    expect(unread()).toEqual([[place, why, true]]);
  });
});

describe('files of a day', () => {
  const day = 'quotes/date=2024-03-08';

  it('lie below folders that say something of their rows', () => {
    put(`${day}/venue=X%2FY/Symbol=A=B/hour=09/part-0.parquet`);
    put(`${day}/part-0.parquet`);
    expect(found('2024-03-08')).toEqual([
      ['date=2024-03-08/part-0.parquet', {}],
      ['date=2024-03-08/venue=X%2FY/Symbol=A=B/hour=09/part-0.parquet', { venue: 'X/Y', symbol: 'A=B', hour: '09' }],
    ]);
  });

  it.each(['a.parquet', 'A.PARQUET', 'a.pq', 'a.parq', 'a.csv', 'a.CSV.gz', 'a.tsv', '[a-z]*?.parquet'])(
    '%s is read',
    (name) => {
      put(`${day}/${name}`);
      expect(found('2024-03-08')).toEqual([[`date=2024-03-08/${name}`, {}]]);
    },
  );

  it('is what its first bytes say, whatever its name', () => {
    put(`${day}/000000_0`, 'PAR1 and so on');
    put(`${day}/000001_0`, 'something else');
    expect(found('2024-03-08')).toEqual([['date=2024-03-08/000000_0', {}]]);
    expect(unread('2024-03-08')).toEqual([
      ['date=2024-03-08/000001_0', 'its ending is of neither Parquet nor CSV', false],
    ]);
  });

  it.each([
    ['a.parquet.tmp', true],
    ['.a.parquet.X7a2', true],
    ['_a.parquet', true],
    ['a.csv.part', true],
    ['a.feather', true],
    ['a.orc', true],
    ['a.json', true],
    ['a.csv.zst', true],
    ['a.parquet.gz', true],
    ['a.xlsx', true],
    ['a.txt', true],
    ['a.parquet.bak', false],
    ['a.parquet~', false],
    ['README.txt', false],
    ['a.sha256', false],
  ])('%s is not read and named; it is data: %s', (name, isData) => {
    put(`${day}/${name}`);
    expect(found('2024-03-08')).toEqual([]);
    expect(unread('2024-03-08')).toEqual([[`date=2024-03-08/${name}`, expect.any(String), isData]]);
  });

  it.each([
    '_SUCCESS',
    '_metadata',
    '_common_metadata',
    '.part-0.parquet.crc',
    '.DS_Store',
    '_committed_123',
    '.gitkeep',
    '._part-0.parquet',
  ])('%s is left behind by writers, and nobody means it', (name) => {
    put(`${day}/${name}`, name.startsWith('._') ? '\0\x05\x16\x07 and so on' : undefined);
    expect(unread('2024-03-08')).toEqual([]);
  });

  it('names folders without a key, dangling links and what is no file', async () => {
    put(`${day}/old/part-0.parquet`);
    symlinkSync('nowhere.parquet', join(root, day, 'gone.parquet'));
    const server = createServer().listen(join(root, day, 'feed.parquet'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(unread('2024-03-08')).toEqual([
      ['date=2024-03-08/feed.parquet', 'it is no file', true],
      ['date=2024-03-08/gone.parquet', 'it is a link to nothing', true],
      ['date=2024-03-08/old', 'it is a folder that is not named key=value', true],
    ]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('follows links, but not in a circle', () => {
    put('elsewhere/part-0.parquet');
    mkdirSync(join(root, 'quotes'));
    symlinkSync(join(root, 'elsewhere'), join(root, day));
    expect(found('2024-03-08')).toEqual([['date=2024-03-08/part-0.parquet', {}]]);
    symlinkSync(join(root, 'elsewhere'), join(root, 'elsewhere/venue=X'));
    expect(() => found('2024-03-08')).toThrow(/is a link to a folder that it lies in/);
  });

  it('a dataset that is a file is refused by name', () => {
    writeFileSync(join(root, 'quotes'), '');
    expect(existsSync(join(root, 'quotes'))).toBe(true);
    expect(() => dataFolders(root).dates('quotes')).toThrow(/quotes is no folder/);
  });
});

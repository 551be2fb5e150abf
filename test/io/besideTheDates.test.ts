import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { dataFolders } from '../../src/io/datasetFolders.js';
import { refuseUnread } from '../../src/run/window/unread.js';
import { temporaryFolder } from '../support/engine.js';

const DATE = '2024-03-12';
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(temporaryFolder(), 'root-'));
});

function put(path: string, content = 'ts,symbol\n'): void {
  mkdirSync(join(root, 'fills', path, '..'), { recursive: true });
  writeFileSync(join(root, 'fills', path), content);
}

describe('folders above the date', () => {
  it('say something of every row below them', () => {
    put(`venue=ARCX/date=${DATE}/part-0.parquet`);
    put(`date=${DATE}/symbol=A/part-0.parquet`);
    put('venue=XNAS/year=2024/month=03/day=12/symbol=B/part-0.parquet');
    put('venue=X%2FY/fills_20240312.parquet');
    const folders = dataFolders(root);
    expect(folders.dates('fills')).toEqual([DATE]);
    expect(
      folders.files('fills', DATE).map(({ path, folders: said }) => [relative(join(root, 'fills'), path), said]),
    ).toEqual([
      [`date=${DATE}/symbol=A/part-0.parquet`, { symbol: 'A' }],
      [`venue=ARCX/date=${DATE}/part-0.parquet`, { venue: 'ARCX' }],
      ['venue=X%2FY/fills_20240312.parquet', { venue: 'X/Y' }],
      ['venue=XNAS/year=2024/month=03/day=12/symbol=B/part-0.parquet', { venue: 'XNAS', symbol: 'B' }],
    ]);
    expect(() => refuseUnread(folders, 'fills', DATE)).not.toThrow();
  });
});

describe('beside the folder of a date', () => {
  const refusal = () => refuseUnread(dataFolders(root), 'fills', DATE);
  beforeEach(() => put(`date=${DATE}/part-0.parquet`));

  it.each([
    'arcx_240312.parquet',
    'arcx-12.03.2024.csv',
    'arcx_031224.parquet',
    'arcx_0312.feather',
    'arcx_12Mar2024.parquet',
    'arcx_Mar-12.parquet',
    'arcx_2024-03.parquet',
    'arcx_2024.parquet',
    '2024-03-11_to_2024-03-15.csv',
    'part-1.parquet',
    '000000_0.parquet',
    'venue=ARCX/part-0.parquet',
    'venue=ARCX/late/part-0.parquet',
    'ARCX/date=2024-03-12/part-0.parquet',
    'date=2024-03-12T00%3A00%3A00/part-0.parquet',
    'date=2024312/part-0.parquet',
    'month=3/day=12/part-0.parquet',
    'year=2024/month=3/part-0.parquet',
    '2024/q1/part-0.parquet',
    '202403/part-0.parquet',
  ])('%s may be of that date, and the day is refused', (path) => {
    put(path);
    expect(refusal).toThrow(/is not read: .*; it may hold fills of 2024-03-12/);
  });

  it.each([
    'date=latest/part-0.parquet',
    'backup/date=2024-03-12/part-0.parquet',
    'date=2024-03-12.bak/part-0.parquet',
    'extra.parquet',
    'arcx_240311.parquet',
    'arcx_12Apr2024.parquet',
    '2024-03-13_to_2024-03-15.csv',
    '2023/q1/part-0.parquet',
    'year=2024/month=4/part-0.parquet',
    'notes_240312.md',
  ])('%s is none of that date: it is named, and the day goes on', (path) => {
    put(path);
    expect(refusal).not.toThrow();
    expect(dataFolders(root).unread('fills')).toHaveLength(1);
  });

  it('folders without data are nothing', () => {
    mkdirSync(join(root, 'fills/arcx_240312/later'), { recursive: true });
    mkdirSync(join(root, `fills/date=${DATE}/tmp`));
    put(`date=${DATE}/spark/_SUCCESS`, '');
    const folders = dataFolders(root);
    expect(refusal).not.toThrow();
    expect([...folders.unread('fills'), ...folders.unread('fills', DATE)]).toEqual([]);
  });

  it('a hidden file that is Parquet is not taken for what a desktop left', () => {
    put(`date=${DATE}/._part-1.parquet`, 'PAR1 and so on');
    expect(refusal).toThrow(/would be incomplete/);
  });
});

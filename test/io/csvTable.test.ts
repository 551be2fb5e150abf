import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasDecimalComma, readCsvRows, readCsvTable } from '../../src/io/csvTable.js';
import type { Engine } from '../../src/io/duckdb.js';
import { readMatrix } from '../../src/io/matrixReader.js';
import { readUniverse } from '../../src/io/referenceReader.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const path = join(folder, 'table.csv');
function write(content: string | Uint8Array): string {
  writeFileSync(path, content);
  return path;
}
const cellsOf = (content: string | Uint8Array) => readCsvRows(write(content)).map(({ cells }) => cells);
const utf16 = (text: string, mark: boolean) => Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');

describe('rows', () => {
  it.each([
    ['commas', 'a,b\n1,2\n'],
    ['no end of the last line', 'a,b\n1,2'],
    ['Windows', 'a,b\r\n1,2\r\n'],
    ['old Macs', 'a,b\r1,2\r'],
    ['semicolons', 'a;b\n1;2\n'],
    ['tabs', 'a\tb\n1\t2\n'],
    ['bars', 'a|b\n1|2\n'],
    ['quotes', '"a","b"\n"1","2"\n'],
    ['a byte order mark', '\ufeffa,b\n1,2\n'],
    ['empty lines', '\na,b\n\n1,2\n\n'],
    ['empty rows of a spreadsheet', 'a,b\n1,2\n,\n,\n , \n'],
  ])('with %s', (_, text) => {
    expect(cellsOf(text)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
  });

  it('are read when gzipped', () => {
    expect(cellsOf(gzipSync('a,b\n1,2\n'))).toHaveLength(2);
    expect(() => cellsOf(gzipSync('a,b\n1,2\n').subarray(0, 15))).toThrow('its gzip stream is damaged or cut off');
  });

  it('keep what stands in quotes', () => {
    expect(cellsOf('a,b\n"x, y","say ""so"""\n"two\nlines",\n')).toEqual([
      ['a', 'b'],
      ['x, y', 'say "so"'],
      ['two\nlines', ''],
    ]);
  });

  it('are split at what the whole file is consistent with', () => {
    expect(cellsOf('A;B\n1,5;2,5\n')).toEqual([
      ['A', 'B'],
      ['1,5', '2,5'],
    ]);
    expect(cellsOf('1,0;0,5\n0,5;1,0\n')[0]).toEqual(['1,0', '0,5']);
    expect(cellsOf('symbol,label\nA,one; two\nB,three\n')[1]).toEqual(['A', 'one; two']);
  });

  it('count lines as an editor does', () => {
    const text = 'symbol,label\r\n"A","one\r\ntwo\nthree"\r\n\r\nB,x\r\n';
    expect(readCsvRows(write(text)).map(({ line }) => line)).toEqual([1, 2, 6]);
  });

  it('give back any cells that were quoted', () => {
    const cell = fc.string({ maxLength: 8, unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r\n', ' ', 'ü') });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 6 }), (rows) => {
        const whole = [['h', 'i'], ...rows, ['z', 'z']];
        const text = whole.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(',')).join('\n');
        expect(cellsOf(text)).toEqual(whole);
      }),
    );
  });
});

describe('what is refused, by its line', () => {
  it.each([
    ['UTF-16', utf16('symbol,block\nA,x\n', true), 'table.csv is UTF-16 little endian, not UTF-8'],
    ['UTF-16 without a mark', utf16('symbol,block\nA,x\n', false), 'is UTF-16 little endian, not UTF-8'],
    ['UTF-16 big endian', utf16('symbol,block\nA,x\n', true).swap16(), 'is UTF-16 big endian, not UTF-8'],
    [
      'Latin-1',
      Buffer.from('symbol,block\nA,x\nMüller,x\n', 'latin1'),
      'line 3: bytes that are not UTF-8; it looks like Latin-1',
    ],
    ['a NUL', 'symbol,block\nA,\0x\n', 'line 2: a NUL byte'],
    ['too few fields', 'symbol,block,adv\nA,x,1\nB,y\n', 'line 3 has 2 fields, the header 3'],
    ['too many fields', 'symbol,block\nA,x\n"B\nC",y,z\nD,v\n', 'line 3 has 3 fields, the header 2'],
    ['a name twice', 'symbol,block,block\nA,x,y\n', 'line 1: "block" is the name of two columns'],
    ['a column without a name', 'symbol,,block\nA,x,y\n', 'line 1: column 2 has no name'],
    ['an open quote', 'symbol,block\n"A,x\nB,y\n', 'line 2: a quote is opened and not closed'],
    ['a quote inside', 'symbol,block\n"A"B,x\n', 'line 2: a quote is closed in the middle of a field'],
    ['nothing', '\n\n', 'table.csv is empty'],
  ])('%s', (_, content, message) => {
    expect(() => readCsvTable(write(content))).toThrow(message);
  });

  it('empty columns on the right are nothing', () => {
    expect(readCsvTable(write('symbol,block,,\nA,x,,\n'))).toEqual({
      header: ['symbol', 'block'],
      rows: [{ line: 2, cells: ['A', 'x'] }],
    });
    expect(() => readCsvTable(write('symbol,block,\nA,x,7\n'))).toThrow('column 3 has no name');
  });

  it('numbers with a comma are told from text', () => {
    for (const text of ['1,5', '-0,25', '1.234,5', '1 234,5', '12345,6', '1,234', '1,5e3'])
      expect(hasDecimalComma(text)).toBe(true);
    for (const text of ['1.5', '1', 'A,B', '', ',', '1,', '1,2,3']) expect(hasDecimalComma(text)).toBe(false);
  });
});

describe('the universe', () => {
  it.each([
    ['symbol;block;adv\nA;x;1,5\n', /line 2: adv is "1,5", a number with a comma/],
    ['symbol,block,adv\nA,x,"1,234"\n', /line 2: adv is "1,234", a number with a comma/],
    [' Symbol,block\nA,x\n', /line 1: the column " Symbol" is not called "symbol"/],
    ['symbol,Block\nA,x\n', /line 1: the column "Block" is not called "block"/],
    ['symbol,block,Tick Size\nA,x,1\n', /line 1: the column "Tick Size" is not called "tick_size"/],
    ['symbol,block,note\nA,x,\n\nB,y,"b\nb"\nA,z,\n', /lists "A" twice, again in line 6/],
    ['symbol,block\nA,x\n"B\nB",y\n', /line 3: symbol is "B\\nB"/],
    ['symbol,block\nA,x\n,y\nB,z\n', /line 3 has no symbol/],
    ['symbol,block,adv\nA,x,1\nB,y,many\n', /line 3: adv of "B" is many, not a positive number/],
    ['symbol,sector\nA,x\n', /no column "block"; it has symbol, sector/],
  ])('refuses %j', async (text, message) => {
    await expect(readUniverse(engine, write(text))).rejects.toThrow(message);
  });

  it('is read with tabs, quotes, a mark and the rows of a spreadsheet', async () => {
    const text = '\ufeff"symbol"\tblock\tadv\tnote\r\n"O\'Brien"\tx\t1.5\t\r\nB\t\t\tsay "so"\r\n\t\t\t\r\n';
    expect(await readUniverse(engine, write(text))).toEqual([
      { symbol: "O'Brien", block: 'x', adv: 1.5, multiplier: 1, fx: 1 },
      { symbol: 'B', block: 'none', multiplier: 1, fx: 1 },
    ]);
  });
});

describe('a matrix', () => {
  const read = (content: string | Uint8Array) => readMatrix(async () => engine, write(content));

  it('is read from a spreadsheet', async () => {
    const { names, matrix } = await read('\ufeff;A;B;\r\nA;1;0.5;\r\nB;0.5;2;\r\n;;;\r\n'.replaceAll(/;(?=\r)/g, ''));
    expect(names).toEqual(['A', 'B']);
    expect([...matrix.data]).toEqual([1, 0.5, 0.5, 2]);
  });

  it.each([
    [
      'A;B\n1,5;0\n0;1\n',
      {
        message: expect.stringMatching(/row 1 \(A\), column 1 \(A\) is "1,5"/),
        hint: expect.stringContaining('decimal point'),
      },
    ],
    ['A,B\nA,1,0\nB,0,1\n', { message: expect.stringMatching(/line 2 has 3 fields, the first row 2/) }],
  ])('refuses %j', async (text, failure) => {
    await expect(read(text)).rejects.toMatchObject(failure);
  });

  it('in UTF-16 is refused by its name', async () => {
    await expect(read(utf16(',A\nA,1\n', true))).rejects.toThrow('UTF-16 little endian');
  });
});

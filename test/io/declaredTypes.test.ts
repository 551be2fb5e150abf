import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamColumns } from '../../src/io/chunkReader.js';
import type { Engine } from '../../src/io/duckdb.js';
import { type ColumnKind, checkColumns, tableOf } from '../../src/io/tableSchema.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { type Field, PHYSICAL, plain, writeParquetBytes } from '../support/parquetBytes.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

let files = 0;
/** A file of one column `v` with two values. */
function write(physical: number, element: readonly Field[], bytes: Buffer): string {
  const path = join(folder, `${files++}.parquet`);
  writeParquetBytes(path, [{ name: 'v', physical, element, rowGroups: [[{ values: 2, bytes }]] }], () => true);
  return path;
}

/** Checked and read as the columns of events are. */
async function readAs(kind: ColumnKind, path: string): Promise<number[]> {
  await checkColumns(engine, path, [{ name: 'v', kind }]);
  const found: number[] = [];
  for await (const { columns } of streamColumns(engine, { v: 'DOUBLE' }, { v: 'v' }, `FROM ${tableOf(path)}`))
    found.push(...columns.v);
  return found;
}

/** The older annotation of a decimal, and the newer. */
const convertedDecimal = (precision: number, scale: number): Field[] => [
  [6, 'i32', 5],
  [7, 'i32', scale],
  [8, 'i32', precision],
];
const logicalDecimal = (precision: number, scale: number): Field => {
  const decimal: Field[] = [
    [1, 'i32', scale],
    [2, 'i32', precision],
  ];
  return [10, 'struct', [[5, 'struct', decimal]]];
};
const logicalInteger = (bits: number, isSigned: boolean): Field => {
  const integer: Field[] = [
    [1, 'byte', bits],
    [2, 'bool', isSigned],
  ];
  return [10, 'struct', [[10, 'struct', integer]]];
};
const bigEndian = (bytes: number, value: number) => {
  const buffer = Buffer.alloc(bytes, value < 0 ? 255 : 0);
  buffer.writeIntBE(value, bytes - 6, 6);
  return buffer;
};
const fixed = (length: number): Field => [2, 'i32', length];

describe('decimals', () => {
  const cents = plain.int64(1234, -50);
  const wide = (bytes: number) => Buffer.concat([bigEndian(bytes, 1234), bigEndian(bytes, -50)]);

  it.each([
    ['64 bits', PHYSICAL.int64, convertedDecimal(18, 2), cents],
    ['64 bits, both annotations', PHYSICAL.int64, [...convertedDecimal(18, 2), logicalDecimal(18, 2)], cents],
    ['32 bits', PHYSICAL.int32, convertedDecimal(9, 2), plain.int32(1234, -50)],
    ['7 bytes', PHYSICAL.fixed, [fixed(7), ...convertedDecimal(15, 2)], wide(7)],
    ['16 bytes', PHYSICAL.fixed, [fixed(16), ...convertedDecimal(38, 2)], wide(16)],
    ['more bytes than digits', PHYSICAL.fixed, [fixed(20), ...convertedDecimal(38, 2)], wide(20)],
    [
      'any number of bytes',
      PHYSICAL.bytes,
      convertedDecimal(30, 2),
      plain.bytes(bigEndian(6, 1234), bigEndian(20, -50)),
    ],
  ] as const)('in %s are read as the numbers they are', async (_, physical, element, bytes) => {
    expect(await readAs('number', write(physical, element, bytes))).toEqual([12.34, -0.5]);
  });

  it.each([
    ['39 digits', 'DECIMAL(39,2)', 'DOUBLE', PHYSICAL.fixed, [fixed(17), ...convertedDecimal(39, 2)], wide(17)],
    ['76 digits', 'DECIMAL(76,38)', 'DOUBLE', PHYSICAL.fixed, [fixed(32), ...convertedDecimal(76, 38)], wide(32)],
    [
      '45 digits in any number of bytes',
      'DECIMAL(45,2)',
      'DOUBLE',
      PHYSICAL.bytes,
      convertedDecimal(45, 2),
      plain.bytes(bigEndian(6, 1234), bigEndian(20, -50)),
    ],
    ['the newer annotation alone', 'DECIMAL(10,2)', 'BIGINT', PHYSICAL.int64, [logicalDecimal(10, 2)], cents],
    [
      'annotations that differ',
      'DECIMAL(10,2)',
      'DECIMAL(10,3)',
      PHYSICAL.int64,
      [...convertedDecimal(10, 3), logicalDecimal(10, 2)],
      cents,
    ],
  ] as const)(
    'of %s are refused as a number and as an identifier',
    async (_, declared, found, physical, element, bytes) => {
      const path = write(physical, element, bytes);
      const message = `${path}: column "v" is declared ${declared}, but would be read as ${found}`;
      await expect(readAs('number', path)).rejects.toThrow(message);
      await expect(readAs('any', path)).rejects.toThrow(message);
      // The engine alone would have said something, and something else.
      const read = await rowsOf(engine, `SELECT v::DOUBLE AS v FROM '${path}'`);
      expect(read.map(({ v }) => v)).not.toEqual([12.34, -0.5]);
    },
  );

  it('are not refused where nobody reads them', async () => {
    const path = join(folder, 'two.parquet');
    const wideColumn = { name: 'w', physical: PHYSICAL.fixed, element: [fixed(17), ...convertedDecimal(39, 2)] };
    const rowGroup = (bytes: Buffer) => ({ rowGroups: [[{ values: 2, bytes }]] });
    writeParquetBytes(
      path,
      [
        { ...wideColumn, ...rowGroup(wide(17)) },
        { name: 'v', physical: PHYSICAL.double, ...rowGroup(plain.double(1, 2)) },
      ],
      () => true,
    );
    expect(await readAs('number', path)).toEqual([1, 2]);
  });
});

describe('integers', () => {
  it.each([
    ['unsigned 64 bits', PHYSICAL.int64, [[6, 'i32', 14]], plain.int64(-1, 5), [2 ** 64, 5]],
    ['unsigned 32 bits', PHYSICAL.int32, [[6, 'i32', 13]], plain.int32(-1, 5), [2 ** 32 - 1, 5]],
    ['unsigned 8 bits', PHYSICAL.int32, [[6, 'i32', 11]], plain.int32(255, 5), [255, 5]],
    ['signed 8 bits', PHYSICAL.int32, [[6, 'i32', 15]], plain.int32(-128, 5), [-128, 5]],
    ['signed, newer annotation alone', PHYSICAL.int32, [logicalInteger(8, true)], plain.int32(-128, 5), [-128, 5]],
  ] as const)('%s', async (_, physical, element, bytes, values) => {
    expect(await readAs('number', write(physical, element as readonly Field[], bytes))).toEqual(values);
  });

  it.each([
    [32, 'INTEGER', PHYSICAL.int32, plain.int32(-1, 5)],
    [64, 'BIGINT', PHYSICAL.int64, plain.int64(-1, 5)],
  ] as const)(
    'unsigned %d bits by the newer annotation alone are refused: %s would be −1',
    async (bits, found, physical, bytes) => {
      await expect(readAs('number', write(physical, [logicalInteger(bits, false)], bytes))).rejects.toThrow(
        `column "v" is declared an unsigned integer, but would be read as ${found}`,
      );
    },
  );
});

describe('texts', () => {
  it.each([
    ['UTF8', [[6, 'i32', 0]]],
    ['ENUM', [[6, 'i32', 4]]],
  ] as const)('%s', async (_, element) => {
    const path = write(PHYSICAL.bytes, element as readonly Field[], plain.bytes('A', 'ü'));
    await checkColumns(engine, path, [{ name: 'v', kind: 'text' }]);
    expect(await rowsOf(engine, `SELECT v FROM '${path}'`)).toEqual([{ v: 'A' }, { v: 'ü' }]);
  });

  it.each([
    ['bytes without a mark', []],
    ['the newer mark alone', [[10, 'struct', [[1, 'struct', []]]]]],
  ] as const)('%s are refused', async (_, element) => {
    const path = write(PHYSICAL.bytes, element as readonly Field[], plain.bytes('A', 'B'));
    await expect(checkColumns(engine, path, [{ name: 'v', kind: 'text' }])).rejects.toMatchObject({
      message: `${path}: column "v" is BLOB, not a text`,
      hint: expect.stringContaining('UTF8'),
    });
  });
});

describe('columns without values, and columns twice', () => {
  const copy = (name: string, select: string) =>
    engine.connection.run(`COPY (${select}) TO '${join(folder, name)}' (FORMAT parquet)`);

  it('an optional one is absent, whatever type its writer gave it', async () => {
    const unknown: Field = [10, 'struct', [[11, 'struct', []]]];
    const declared = write(PHYSICAL.int32, [unknown], plain.int32(0, 0));
    await copy('null.parquet', 'SELECT 1 AS k, NULL AS v');
    for (const path of [declared, join(folder, 'null.parquet')])
      for (const kind of ['text', 'timestamp'] as const)
        expect((await checkColumns(engine, path, [{ name: 'v', kind, optional: true }])).has('v')).toBe(false);
    const found = await checkColumns(engine, declared, [{ name: 'v', kind: 'any', optional: true }]);
    expect(found.has('v')).toBe(false);
  });

  it('one that is needed is missed by name', async () => {
    await copy('needed.parquet', 'SELECT NULL AS v FROM range(3)');
    await expect(checkColumns(engine, join(folder, 'needed.parquet'), [{ name: 'v', kind: 'text' }])).rejects.toThrow(
      'column "v" has no value in any row',
    );
  });

  it('an optional one with a single value of another type is refused', async () => {
    await copy('one.parquet', 'SELECT CASE WHEN range = 7 THEN 1 END AS v FROM range(9)');
    await expect(
      checkColumns(engine, join(folder, 'one.parquet'), [{ name: 'v', kind: 'text', optional: true }]),
    ).rejects.toThrow('column "v" is INTEGER, not a text');
  });

  it('two of one name are refused', async () => {
    const path = join(folder, 'twice.parquet');
    const column = (...values: number[]) => ({
      name: 'v',
      physical: PHYSICAL.double,
      rowGroups: [[{ values: 2, bytes: plain.double(...values) }]],
    });
    writeParquetBytes(path, [column(1, 2), column(3, 4)], () => true);
    await expect(readAs('number', path)).rejects.toThrow('column "v" stands in the file more than once');
  });
});

describe('identifiers', () => {
  it('that floating point has rounded are refused, exact ones are not', async () => {
    expect(await readAs('any', write(PHYSICAL.double, [], plain.double(2 ** 53 - 1, 3)))).toEqual([2 ** 53 - 1, 3]);
    for (const value of [2 ** 53, -(2 ** 60), Number.NaN])
      await expect(readAs('any', write(PHYSICAL.double, [], plain.double(value, 3)))).rejects.toThrow(
        'column "v" is DOUBLE, and 1 of its values are not a number or too large to be exact',
      );
  });

  it('of 64 bits and 38 digits stay apart', async () => {
    const near = [2n ** 64n - 1n, 2n ** 64n - 2n];
    const path = write(PHYSICAL.int64, [[6, 'i32', 14]], plain.int64(...near.map((id) => BigInt.asIntN(64, id))));
    await checkColumns(engine, path, [{ name: 'v', kind: 'any' }]);
    const ids = await rowsOf(engine, `SELECT CAST(v AS VARCHAR) AS id FROM ${tableOf(path)}`);
    expect(ids.map(({ id }) => id)).toEqual(near.map(String));
  });
});

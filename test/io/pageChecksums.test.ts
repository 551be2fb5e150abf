import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crc32, crc32InTable } from '../../src/io/crc32.js';
import type { Engine } from '../../src/io/duckdb.js';
import { verifyPages } from '../../src/io/pageChecksums.js';
import { readFooter } from '../../src/io/parquetFooter.js';
import { XimError } from '../../src/model/failure.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import {
  bitwiseCrc32,
  PHYSICAL,
  type PlacedPage,
  plain,
  type TestColumn,
  writeParquetBytes,
  zlibCrc32,
} from '../support/parquetBytes.js';
import { hasPyarrow, runPython } from '../support/pyarrow.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

describe('CRC-32', () => {
  it('is that of the definition, in one piece or in several', () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, k) => (k * k * 31 + 7) & 255));
    expect(crc32InTable(Buffer.from('123456789'))).toBe(0xcbf43926);
    for (const length of [0, 1, 7, 8, 9, 5000]) {
      const part = bytes.subarray(0, length);
      expect(crc32InTable(part)).toBe(bitwiseCrc32(part));
      expect(crc32(part)).toBe(bitwiseCrc32(part));
      const half = part.subarray(0, length >> 1);
      expect(crc32InTable(part.subarray(length >> 1), crc32InTable(half))).toBe(bitwiseCrc32(part));
      if (zlibCrc32) expect(zlibCrc32(part)).toBe(bitwiseCrc32(part));
    }
  });
});

const levels = (count: number) => Buffer.of(count << 1, 1);
/** Two row groups, a column of version 1 pages, one of version 2 with levels, and one coded by a dictionary. */
const columns: TestColumn[] = [
  {
    name: 'bid',
    physical: PHYSICAL.double,
    rowGroups: [
      [
        { values: 2, bytes: plain.double(1.25, 2.5) },
        { values: 2, bytes: plain.double(3, 4) },
      ],
      [{ values: 1, bytes: plain.double(5) }],
    ],
  },
  {
    name: 'size',
    physical: PHYSICAL.int64,
    isOptional: true,
    rowGroups: [
      [
        { values: 3, bytes: plain.int64(10, 20, 30), levels: levels(3) },
        { values: 1, bytes: plain.int64(40), levels: levels(1) },
      ],
      [{ values: 1, bytes: plain.int64(50), levels: levels(1) }],
    ],
  },
  {
    name: 'symbol',
    physical: PHYSICAL.bytes,
    element: [[6, 'i32', 0]],
    rowGroups: [
      [
        { values: 2, bytes: plain.bytes('A', 'B'), isDictionary: true },
        { values: 4, bytes: Buffer.of(1, 4 << 1, 1), encoding: 8 },
      ],
      [
        { values: 1, bytes: plain.bytes('C'), isDictionary: true },
        { values: 1, bytes: Buffer.of(1, 1 << 1, 0), encoding: 8 },
      ],
    ],
  },
];

const flipped = (original: Buffer, at: number, bit: number) => {
  const bytes = Buffer.from(original);
  bytes[at] ^= 1 << bit;
  return bytes;
};

function complaint(path: string): string {
  try {
    verifyPages(path);
  } catch (error) {
    expect(error).toBeInstanceOf(XimError);
    expect((error as XimError).kind).toBe('data');
    return (error as XimError).message;
  }
  return 'none';
}

describe('pages of a file written byte by byte', () => {
  const path = file('own.parquet');
  let placed: PlacedPage[] = [];
  beforeAll(() => {
    placed = writeParquetBytes(path, columns, () => true);
  });

  it('are read by the engine, so that the file is what it is meant to be', async () => {
    expect(await rowsOf(engine, `SELECT * FROM '${path}'`)).toEqual([
      { bid: 1.25, size: '10', symbol: 'B' },
      { bid: 2.5, size: '20', symbol: 'B' },
      { bid: 3, size: '30', symbol: 'B' },
      { bid: 4, size: '40', symbol: 'B' },
      { bid: 5, size: '50', symbol: 'C' },
    ]);
  });

  it('are all verified where they are whole', () => {
    expect(placed).toHaveLength(10);
    expect(verifyPages(path)).toEqual({ verified: 10, without: 0 });
  });

  it('are found when any byte of them has changed, and named', () => {
    const original = readFileSync(path);
    for (const { column, rowGroup, page, start, length } of placed)
      for (let at = start; at < start + length; at++) {
        writeFileSync(file('flipped.parquet'), flipped(original, at, at % 8));
        const message = complaint(file('flipped.parquet'));
        const place = `flipped.parquet cannot be read: column "${column}", row group ${rowGroup}, page ${page}: its checksum is `;
        expect(message).toContain(place);
      }
  });

  it('are never taken for whole when a byte of a header has changed: refused, or short of a checksum', () => {
    const original = readFileSync(path);
    const start = 4;
    const end = placed.at(-1)!.start;
    const inPage = (at: number) => placed.some((page) => at >= page.start && at < page.start + page.length);
    let refused = 0;
    for (let at = start; at < end; at++) {
      if (inPage(at)) continue;
      writeFileSync(file('header.parquet'), flipped(original, at, 3));
      if (complaint(file('header.parquet')) !== 'none') refused++;
    }
    // What is left are fields that no reader needs for the values: encodings and sizes are the engine's to refuse.
    expect(refused).toBeGreaterThan(80);
  });

  it('without a checksum are counted as such', () => {
    writeParquetBytes(file('none.parquet'), columns, () => false);
    expect(verifyPages(file('none.parquet'))).toEqual({ verified: 0, without: 10 });
    writeParquetBytes(file('some.parquet'), columns, (page) => page.isDictionary !== true);
    expect(verifyPages(file('some.parquet'))).toEqual({ verified: 8, without: 2 });
  });

  it('that hold more values than the footer says are refused', () => {
    const many = [{ ...columns[0], rowGroups: [[{ values: 2, bytes: plain.double(1, 2) }]] }];
    writeParquetBytes(file('more.parquet'), many, () => true);
    const bytes = readFileSync(file('more.parquet'));
    // The count of values in the footer's column metadata, 5: i64 2, follows the codec, 4: i32 0.
    const at = bytes.lastIndexOf(Buffer.of(0x15, 0x00, 0x16, 0x04));
    bytes[at + 3] = 2;
    writeFileSync(file('more.parquet'), bytes);
    expect(complaint(file('more.parquet'))).toContain('row group 1 counts 2 rows, its column "bid" 1 values');
  });

  it('that lie before or after their file are refused', () => {
    writeParquetBytes(
      file('whole.parquet'),
      [{ ...columns[0], rowGroups: [[{ values: 1, bytes: plain.double(1) }]] }],
      () => true,
    );
    const whole = readFileSync(file('whole.parquet'));
    // The offset of the first data page in the footer, 9: i64 4, follows the size of the chunk, 7.
    const at = whole.lastIndexOf(Buffer.of(0x26, 0x08));
    expect(at).toBeGreaterThan(0);
    for (const offset of [0x07, 0x7e]) {
      const bytes = Buffer.from(whole);
      bytes[at + 1] = offset;
      writeFileSync(file('outside.parquet'), bytes);
      expect(complaint(file('outside.parquet'))).toMatch(/page 1: its header is damaged/);
    }
  });

  it('are held against what the footer says of them', () => {
    const one = { ...columns[0], rowGroups: [[{ values: 1, bytes: plain.double(1) }]] };
    writeParquetBytes(file('held.parquet'), [one], () => true);
    const whole = readFileSync(file('held.parquet'));
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      writeFileSync(file('changed.parquet'), bytes);
      return complaint(file('changed.parquet'));
    };
    // The header of the page: 5: struct of 1: i32 values 1, 2: i32 encoding 0.
    const header = whole.indexOf(Buffer.of(0x15, 0x02, 0x15, 0x00));
    expect(changed(header + 3, 0x12)).toMatch(/page 1: its encoding 9 is none of its column's/);
    // The name of the column in the schema, and not in its chunk.
    expect(changed(whole.indexOf(one.name), 'x'.charCodeAt(0))).toMatch(/name different columns: "x/);
  });
});

const PYARROW = `
import pyarrow as pa, pyarrow.parquet as pq
n = 20000
t = pa.table({'ts': pa.array(range(n), pa.int64()).cast(pa.timestamp('ns', 'UTC')),
  'symbol': pa.array(['A%d' % (k % 7) for k in range(n)]), 'bid': pa.array([k * 0.01 for k in range(n)]),
  'size': pa.array([None if k % 5 == 0 else k for k in range(n)])})
for codec in ('none', 'snappy', 'zstd', 'lz4', 'gzip'):
  for version in ('1.0', '2.0'):
    pq.write_table(t, 'arrow-%s-%s.parquet' % (codec, version), compression=codec, data_page_version=version,
      write_page_checksum=True, row_group_size=8000, data_page_size=8192)
`;

describe.skipIf(!hasPyarrow)('pages of pyarrow', () => {
  beforeAll(() => runPython(PYARROW, folder));

  it.each(['none', 'snappy', 'zstd', 'lz4', 'gzip'].flatMap((codec) => [`${codec}-1.0`, `${codec}-2.0`]))(
    '%s: whole pages pass, and damage at the end of any chunk is found',
    (name) => {
      const path = file(`arrow-${name}.parquet`);
      const { verified, without } = verifyPages(path);
      expect(without).toBe(0);
      expect(verified).toBe(30);
      const original = readFileSync(path);
      const end = original.length - 8 - original.readUInt32LE(original.length - 8);
      const starts = readFooter(path).chunks.map(({ start }) => start);
      for (const [k, start] of starts.entries()) {
        const stop = starts[k + 1] ?? end;
        // The last byte of a chunk is one of its last page.
        expect(stop).toBeGreaterThan(start);
        writeFileSync(file('damaged.parquet'), flipped(original, stop - 1, k % 8));
        expect(complaint(file('damaged.parquet'))).toMatch(
          /damaged\.parquet cannot be read: column "\w+", row group \d, page \d+: its/,
        );
      }
    },
  );
});

describe.skipIf(!hasShared('data/parquet-testing'))('files of other writers', () => {
  const data = hasShared('data/parquet-testing') ? sharedPath('data/parquet-testing/data') : '';
  const shared = (name: string) => join(data, `${name}.parquet`);

  it.each([
    ['datapage_v1-uncompressed-checksum', 4, 0],
    ['datapage_v1-snappy-compressed-checksum', 4, 0],
    ['plain-dict-uncompressed-checksum', 4, 0],
    // Its dictionaries carry none.
    ['rle-dict-snappy-checksum', 2, 2],
  ])('%s: %d pages are verified, %d carry no checksum', (name, verified, without) => {
    expect(verifyPages(shared(name))).toEqual({ verified, without });
  });

  it.each(['datapage_v1-corrupt-checksum', 'rle-dict-uncompressed-corrupt-checksum'])('%s is refused', (name) => {
    expect(complaint(shared(name))).toMatch(/column "\w+", row group 1, page \d: its checksum is [0-9a-f]{8}, that of/);
  });

  it('are walked to their end wherever the engine reads them', async () => {
    const refused = [];
    for (const name of readdirSync(data).filter((entry) => entry.endsWith('.parquet'))) {
      const path = join(data, name);
      const readable = await rowsOf(engine, `SELECT count(COLUMNS(*)) FROM '${path}'`).then(
        () => true,
        () => false,
      );
      if (readable && complaint(path) !== 'none') refused.push(complaint(path));
    }
    expect(refused.map((message) => message.replace(data, ''))).toEqual([
      expect.stringContaining('datapage_v1-corrupt-checksum.parquet'),
      // Read as its footer counts, it would be empty.
      expect.stringContaining(
        'repeated_no_annotation.parquet cannot be read: its footer counts 0 rows, its row groups 6',
      ),
      expect.stringContaining('rle-dict-uncompressed-corrupt-checksum.parquet'),
    ]);
  });
});

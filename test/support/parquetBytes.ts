import { writeFileSync } from 'node:fs';
import zlib from 'node:zlib';

/**
 * A Parquet file byte by byte, after the format's specification and apart from the product: for what no writer at hand
 * writes, and to know where every page lies.
 */

/** A field of a Thrift struct: number, type and value. */
export type Field =
  | readonly [number, 'byte' | 'i32' | 'i64', number]
  | readonly [number, 'text', string]
  | readonly [number, 'bool', boolean]
  | readonly [number, 'struct', readonly Field[]]
  | readonly [number, 'integers', readonly number[]]
  | readonly [number, 'texts', readonly string[]]
  | readonly [number, 'structs', readonly (readonly Field[])[]];

export const PHYSICAL = { boolean: 0, int32: 1, int64: 2, int96: 3, float: 4, double: 5, bytes: 6, fixed: 7 } as const;

export interface TestPage {
  readonly values: number;
  readonly bytes: Buffer;
  /** A version 2 page has its definition levels apart. */
  readonly levels?: Buffer;
  readonly isDictionary?: boolean;
  readonly encoding?: number;
}

export interface TestColumn {
  readonly name: string;
  readonly physical: number;
  /** Further fields of the schema's element: 2 length, 6 converted type, 7 scale, 8 precision, 10 logical type. */
  readonly element?: readonly Field[];
  readonly isOptional?: boolean;
  /** Uncompressed, by row group. */
  readonly rowGroups: readonly (readonly TestPage[])[];
}

/** Where a page's bytes stand in the file. */
export interface PlacedPage {
  readonly column: string;
  /** Both from 1. */
  readonly rowGroup: number;
  readonly page: number;
  readonly start: number;
  readonly length: number;
}

/** Writes the file and says where its pages are; `hasChecksum` decides page by page. */
export function writeParquetBytes(
  path: string,
  columns: readonly TestColumn[],
  hasChecksum: (page: TestPage, index: number) => boolean,
): PlacedPage[] {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const placed: PlacedPage[] = [];
  const push = (bytes: Buffer) => {
    parts.push(bytes);
    at += bytes.length;
  };
  const groups = columns[0].rowGroups.map((_, g) => {
    let rows = 0;
    const chunks = columns.map((column) => {
      const start = at;
      const offsets = { data: 0, dictionary: 0 };
      column.rowGroups[g].forEach((page, k) => {
        offsets[page.isDictionary ? 'dictionary' : 'data'] ||= at;
        const body = Buffer.concat([page.levels ?? Buffer.alloc(0), page.bytes]);
        push(encode(headerOf(page, body, hasChecksum(page, placed.length))));
        placed.push({ column: column.name, rowGroup: g + 1, page: k + 1, start: at, length: body.length });
        push(body);
      });
      const values = column.rowGroups[g].reduce((sum, page) => sum + (page.isDictionary ? 0 : page.values), 0);
      rows = values;
      return chunkOf(column, values, at - start, offsets);
    });
    return [
      [1, 'structs', chunks],
      [2, 'i64', at],
      [3, 'i64', rows],
    ] as const;
  });
  const rows = groups.reduce((sum, group) => sum + group[2][2], 0);
  const root: Field[] = [
    [4, 'text', 'schema'],
    [5, 'i32', columns.length],
  ];
  const footer = encode([
    [1, 'i32', 2],
    [2, 'structs', [root, ...columns.map(elementOf)]],
    [3, 'i64', rows],
    [4, 'structs', groups],
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  writeFileSync(path, Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]));
  return placed;
}

function elementOf({ name, physical, element = [], isOptional = false }: TestColumn): Field[] {
  const fields: Field[] = [[1, 'i32', physical], [3, 'i32', isOptional ? 1 : 0], [4, 'text', name], ...element];
  return fields.sort(([a], [b]) => a - b);
}

function chunkOf(
  { name, physical }: TestColumn,
  values: number,
  bytes: number,
  offsets: { data: number; dictionary: number },
): Field[] {
  const metadata: Field[] = [
    [1, 'i32', physical],
    [2, 'integers', [0, 3, 8]],
    [3, 'texts', [name]],
    [4, 'i32', 0],
    [5, 'i64', values],
    [6, 'i64', bytes],
    [7, 'i64', bytes],
    [9, 'i64', offsets.data],
  ];
  if (offsets.dictionary > 0) metadata.push([11, 'i64', offsets.dictionary]);
  return [
    [2, 'i64', offsets.data],
    [3, 'struct', metadata],
  ];
}

function headerOf(page: TestPage, body: Buffer, hasChecksum: boolean): Field[] {
  const encoding = page.encoding ?? 0;
  const kind = page.isDictionary ? 2 : page.levels ? 3 : 0;
  const common: Field[] = [
    [1, 'i32', kind],
    [2, 'i32', body.length],
    [3, 'i32', body.length],
  ];
  // Thrift's i32 has a sign, CRC-32 has none.
  if (hasChecksum) common.push([4, 'i32', bitwiseCrc32(body) | 0]);
  if (kind === 2)
    return [
      ...common,
      [
        7,
        'struct',
        [
          [1, 'i32', page.values],
          [2, 'i32', 0],
        ],
      ],
    ];
  if (kind === 0)
    return [
      ...common,
      [
        5,
        'struct',
        [
          [1, 'i32', page.values],
          [2, 'i32', encoding],
          [3, 'i32', 3],
          [4, 'i32', 3],
        ],
      ],
    ];
  return [
    ...common,
    [
      8,
      'struct',
      [
        [1, 'i32', page.values],
        [2, 'i32', 0],
        [3, 'i32', page.values],
        [4, 'i32', encoding],
        [5, 'i32', page.levels!.length],
        [6, 'i32', 0],
        [7, 'bool', false],
      ],
    ],
  ];
}

/** CRC-32 from its definition, a bit at a time. */
export function bitwiseCrc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return (value ^ 0xffffffff) >>> 0;
}

export const zlibCrc32: ((bytes: Uint8Array, before?: number) => number) | undefined = zlib.crc32;

const TYPE = { byte: 3, i32: 5, i64: 6, text: 8, struct: 12 } as const;
const LIST = 9;

function encode(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = [];
  let before = 0;
  for (const [id, type, value] of fields) {
    const code = type === 'bool' ? (value ? 1 : 2) : type in TYPE ? TYPE[type as keyof typeof TYPE] : LIST;
    parts.push(Buffer.of(((id - before) << 4) | code));
    before = id;
    if (type !== 'bool') parts.push(encodeValue(type, value));
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

function encodeValue(type: Field[1], value: Field[2]): Buffer {
  if (type === 'i32' || type === 'i64') return varint(zigzag(value as number));
  if (type === 'byte') return Buffer.of(value as number);
  if (type === 'text') return text(value as string);
  if (type === 'struct') return encode(value as readonly Field[]);
  if (type === 'integers')
    return list(
      TYPE.i32,
      (value as number[]).map((v) => varint(zigzag(v))),
    );
  if (type === 'texts') return list(TYPE.text, (value as string[]).map(text));
  return list(TYPE.struct, (value as Field[][]).map(encode));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(BigInt(bytes.length)), bytes]);
}

function list(type: number, elements: readonly Buffer[]): Buffer {
  const header = elements.length < 15 ? Buffer.of((elements.length << 4) | type) : Buffer.of(0xf0 | type);
  const count = elements.length < 15 ? Buffer.alloc(0) : varint(BigInt(elements.length));
  return Buffer.concat([header, count, ...elements]);
}

const zigzag = (value: number): bigint => (value >= 0 ? 2n * BigInt(value) : -2n * BigInt(value) - 1n);

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.of(...bytes, Number(rest));
}

/** PLAIN encoding. */
export const plain = {
  int32: (...values: number[]) => Buffer.from(Int32Array.from(values).buffer),
  int64: (...values: (number | bigint)[]) => Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer),
  double: (...values: number[]) => Buffer.from(Float64Array.from(values).buffer),
  bytes: (...values: (string | Buffer)[]) =>
    Buffer.concat(
      values.flatMap((value) => {
        const bytes = Buffer.from(value as string);
        const length = Buffer.alloc(4);
        length.writeUInt32LE(bytes.length);
        return [length, bytes];
      }),
    ),
};

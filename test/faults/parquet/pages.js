// Where the parts of a Parquet file lie, and the same file with a checksum in every page.
import zlib from 'node:zlib';
import { fieldOf, parseStruct, TYPE, writeStruct } from './thrift.js';

const FILE = { schema: 2, rowGroups: 4 };
/** Of an element of the schema. */
const LOGICAL = 10;
const GROUP = { columns: 1, bytes: 2, offset: 5, compressed: 6 };
const CHUNK = { offset: 2, metadata: 3, indexes: [4, 5, 6, 7] };
const META = {
  values: 5,
  uncompressed: 6,
  compressed: 7,
  dataPage: 9,
  indexPage: 10,
  dictionaryPage: 11,
  bloom: [14, 15],
};
const PAGE = { type: 1, uncompressed: 2, compressed: 3, crc: 4, data: 5, dictionary: 7, dataV2: 8 };

const footerOf = (bytes) => {
  const length = bytes.readUInt32LE(bytes.length - 8);
  const start = bytes.length - 8 - length;
  return { start, fields: parseStruct(bytes, start).fields };
};

function pagesOf(bytes, metadata) {
  const [data, dictionary] = [fieldOf(metadata, META.dataPage), fieldOf(metadata, META.dictionaryPage)];
  let at = Number(dictionary > 0n && dictionary < data ? dictionary : data);
  const pages = [];
  for (let values = 0n; values < fieldOf(metadata, META.values); ) {
    const { fields, end } = parseStruct(bytes, at);
    const length = Number(fieldOf(fields, PAGE.compressed));
    const header = fieldOf(fields, PAGE.data) ?? fieldOf(fields, PAGE.dataV2);
    pages.push({ headerAt: at, bodyAt: end, end: end + length, fields, isDictionary: header === undefined });
    if (header) values += fieldOf(header, 1);
    at = end + length;
  }
  return pages;
}

/** Parts of the file by kind: `{ kind, start, end }`, end exclusive. */
export function partsOf(bytes) {
  const { start, fields } = footerOf(bytes);
  const parts = [
    { kind: 'footer', start, end: bytes.length - 8 },
    { kind: 'trailer', start: bytes.length - 8, end: bytes.length },
  ];
  for (const group of fieldOf(fields, FILE.rowGroups).items)
    for (const chunk of fieldOf(group, GROUP.columns).items)
      for (const page of pagesOf(bytes, fieldOf(chunk, CHUNK.metadata))) {
        parts.push({ kind: 'header', start: page.headerAt, end: page.bodyAt });
        if (page.end === page.bodyAt) continue;
        if (page.isDictionary) parts.push({ kind: 'dictionary', start: page.bodyAt, end: page.end });
        else {
          // The first bytes of a data page are its levels, or their length.
          const levels = Math.min(page.end, page.bodyAt + 8);
          parts.push({ kind: 'levels', start: page.bodyAt, end: levels });
          if (levels < page.end) parts.push({ kind: 'data', start: levels, end: page.end });
        }
      }
  return parts;
}

const set = (fields, id, value) => {
  const field = fields.find((one) => one.id === id);
  if (field) field.value = value;
};
const drop = (fields, ids) => {
  for (const id of ids) {
    const at = fields.findIndex((field) => field.id === id);
    if (at >= 0) fields.splice(at, 1);
  }
};

/** The newer annotation of a type, which those who write checksums give beside the older one. */
function logicalType(element) {
  const [converted, scale, precision] = [6, 7, 8].map((id) => fieldOf(element, id));
  const member = (id, value = []) => [{ id, type: TYPE.STRUCT, value }];
  const number = (id, value) => ({ id, type: TYPE.I32, value });
  if (converted === 0n) return member(1);
  if (converted === 5n) return member(5, [number(1, scale ?? 0n), number(2, precision)]);
  if (converted === 9n || converted === 10n) {
    const unit = { id: 2, type: TYPE.STRUCT, value: member(converted === 9n ? 1 : 2) };
    return member(8, [{ id: 1, type: TYPE.TRUE, value: true }, unit]);
  }
  if (converted < 11n || converted > 18n || converted === undefined) return undefined;
  const bits = { id: 1, type: TYPE.BYTE, value: 8 << Number((converted - 11n) % 4n) };
  return member(10, [bits, { id: 2, type: TYPE.TRUE, value: converted > 14n }]);
}

function annotate(element) {
  const logical = fieldOf(element, LOGICAL) ? undefined : logicalType(element);
  if (logical) element.push({ id: LOGICAL, type: TYPE.STRUCT, value: logical });
  element.sort((a, b) => a.id - b.id);
}

/** The file anew, every page with its CRC-32 and every type said twice, without what indexes its pages. */
export function withChecksums(bytes) {
  const { fields } = footerOf(bytes);
  fieldOf(fields, FILE.schema).items.forEach(annotate);
  const parts = [bytes.subarray(0, 4)];
  let at = 4;
  for (const group of fieldOf(fields, FILE.rowGroups).items) {
    const groupAt = at;
    let groupUncompressed = 0n;
    for (const chunk of fieldOf(group, GROUP.columns).items) {
      const metadata = fieldOf(chunk, CHUNK.metadata);
      const chunkAt = at;
      let uncompressed = 0n;
      let dataAt;
      for (const page of pagesOf(bytes, metadata)) {
        const body = bytes.subarray(page.bodyAt, page.end);
        const crc = { id: PAGE.crc, type: TYPE.I32, value: BigInt(zlib.crc32 ? zlib.crc32(body) : crcOf(body)) };
        crc.value = BigInt.asIntN(32, crc.value);
        const header = writeStruct([...page.fields, crc].sort((a, b) => a.id - b.id));
        if (!page.isDictionary) dataAt ??= at;
        parts.push(header, body);
        at += header.length + body.length;
        uncompressed += BigInt(header.length) + fieldOf(page.fields, PAGE.uncompressed);
      }
      if (dataAt > chunkAt) set(metadata, META.dictionaryPage, BigInt(chunkAt));
      else drop(metadata, [META.dictionaryPage]);
      set(metadata, META.dataPage, BigInt(dataAt));
      set(metadata, META.compressed, BigInt(at - chunkAt));
      set(metadata, META.uncompressed, uncompressed);
      drop(metadata, [META.indexPage, ...META.bloom]);
      drop(chunk, CHUNK.indexes);
      set(chunk, CHUNK.offset, 0n);
      groupUncompressed += uncompressed;
    }
    set(group, GROUP.bytes, groupUncompressed);
    set(group, GROUP.offset, BigInt(groupAt));
    set(group, GROUP.compressed, BigInt(at - groupAt));
  }
  const footer = writeStruct(fields);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}

/** For a Node whose zlib has none. */
function crcOf(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

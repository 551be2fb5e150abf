import zlib from 'node:zlib';

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as gzip takes it, of bytes that follow others whose CRC-32 is `before`. */
export function crc32InTable(bytes: Uint8Array, before = 0): number {
  let value = ~before;
  for (let k = 0; k < bytes.length; k++) value = TABLE[(value ^ bytes[k]) & 0xff] ^ (value >>> 8);
  return ~value >>> 0;
}

/** The same by Node where it has one (20.15 and 22.2 on), several times as fast. */
export const crc32: (bytes: Uint8Array, before?: number) => number =
  typeof zlib.crc32 === 'function' ? zlib.crc32 : crc32InTable;

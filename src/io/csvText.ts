import { gunzipSync } from 'node:zlib';
import { dataError, type XimError } from '../model/failure.js';
import { LARGEST_TABLE, MEGABYTE, wholeFile } from './wholeFile.js';

const AS_UTF8 = 'save it as UTF-8';

/**
 * The text of a file in UTF-8, plain or gzipped, without a byte order mark.
 * @param most bytes that it may have, unpacked
 * @throws data error naming another encoding, or the limit
 */
export function readText(path: string, most = LARGEST_TABLE): string {
  const bytes = unpacked(path, most);
  const encoding = otherEncoding(bytes);
  if (encoding !== undefined) throw dataError(`${path} is ${encoding}, not UTF-8`, AS_UTF8);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notUtf8(path, bytes);
  }
  const at = text.indexOf('\0');
  if (at >= 0) throw dataError(`${path}, line ${linesBefore(text, at) + 1}: a NUL byte, which no text has`, AS_UTF8);
  return text;
}

function unpacked(path: string, most: number): Uint8Array {
  const bytes = wholeFile(path, most);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw dataError(
        `${path} has more than ${most / MEGABYTE} MB when it is unpacked, which is the limit`,
        'check that it is the file that is meant',
      );
    throw dataError(
      `${path} cannot be unpacked: its gzip stream is damaged or cut off`,
      'copy or write the file again',
    );
  }
}

/** By the byte order mark, or by the zeros that every other byte of Latin text then is. */
function otherEncoding(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'UTF-16 little endian';
  if (first === 0xfe && second === 0xff) return 'UTF-16 big endian';
  if (bytes.length < 4) return undefined;
  if (first !== 0 && second === 0 && bytes[3] === 0) return 'UTF-16 little endian';
  if (first === 0 && second !== 0 && bytes[2] === 0) return 'UTF-16 big endian';
  return undefined;
}

/** The line of the first byte that is none of UTF-8: what stands before it decodes, and one byte more does not. */
function notUtf8(path: string, bytes: Uint8Array): XimError {
  let line = 1;
  let start = 0;
  for (let end = 0; end <= bytes.length; end++) {
    if (end < bytes.length && bytes[end] !== 0x0a) continue;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
    line++;
  }
  return dataError(`${path}, line ${line}: bytes that are not UTF-8; it looks like Latin-1 or Windows-1252`, AS_UTF8);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const linesBefore = (text: string, at: number): number => text.slice(0, at).split(/\r\n|\r|\n/).length - 1;

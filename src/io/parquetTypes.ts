import { COMPACT, type Cursor, readInteger, readStruct } from './thriftCompact.js';

/**
 * What a column’s physical values stand for. Parquet has an older annotation, a number, and a newer one, a struct; writers give
 * both where both can say it.
 */
export interface LogicalType {
  readonly decimal?: { readonly precision: number; readonly scale: number };
  readonly isUnsigned?: boolean;
  readonly isNull?: boolean;
  /** All of it in words, to compare; absent where there is none, or one that the older annotation has no number for. */
  readonly words?: string;
}

/** Numbers of the older annotation; integers are four in a row, the unsigned ones first. */
export const CONVERTED = { decimal: 5, uint8: 11, uint64: 14 } as const;
const CONVERTED_WORDS: Readonly<Record<number, string>> = {
  0: 'text',
  4: 'enum',
  6: 'date',
  7: 'time ms',
  8: 'time us',
  9: 'timestamp ms',
  10: 'timestamp us',
  ...Object.fromEntries([0, 1, 2, 3].map((k) => [CONVERTED.uint8 + k, `unsigned integer of ${8 << k} bits`])),
  ...Object.fromEntries([0, 1, 2, 3].map((k) => [CONVERTED.uint64 + 1 + k, `integer of ${8 << k} bits`])),
  19: 'json',
  20: 'bson',
};

/** Members of the newer one. */
const LOGICAL = { decimal: 5, time: 7, timestamp: 8, integer: 10, unknown: 11 } as const;
const PLAIN_WORDS: Readonly<Record<number, string>> = { 1: 'text', 4: 'enum', 6: 'date', 12: 'json', 13: 'bson' };
const DECIMAL = { scale: 1, precision: 2 } as const;
const TIME = { unit: 2 } as const;
const UNITS: Readonly<Record<number, string>> = { 1: 'ms', 2: 'us' };
const INTEGER = { bits: 1, isSigned: 2 } as const;

export function readLogicalType(bytes: Buffer, cursor: Cursor): LogicalType {
  let found: LogicalType = {};
  readStruct(bytes, cursor, (member, type) => {
    if (type !== COMPACT.struct) return false;
    if (member === LOGICAL.decimal) {
      const decimal = readDecimal(bytes, cursor);
      found = { decimal, words: decimalWords(decimal) };
    } else if (member === LOGICAL.integer) found = readIntegerType(bytes, cursor);
    else if (member === LOGICAL.time || member === LOGICAL.timestamp) {
      const unit = readUnit(bytes, cursor);
      const kind = member === LOGICAL.time ? 'time' : 'timestamp';
      found = unit === undefined ? {} : { words: `${kind} ${unit}` };
    } else {
      const words = PLAIN_WORDS[member];
      found = { ...(member === LOGICAL.unknown ? { isNull: true } : {}), ...(words ? { words } : {}) };
      return false;
    }
    return true;
  });
  return found;
}

const decimalWords = ({ precision, scale }: { readonly precision: number; readonly scale: number }): string =>
  `decimal(${precision},${scale})`;

function readDecimal(bytes: Buffer, cursor: Cursor) {
  const decimal = { precision: 0, scale: 0 };
  readStruct(bytes, cursor, (field) => {
    if (field === DECIMAL.scale) decimal.scale = readInteger(bytes, cursor);
    else if (field === DECIMAL.precision) decimal.precision = readInteger(bytes, cursor);
    else return false;
    return true;
  });
  return decimal;
}

function readIntegerType(bytes: Buffer, cursor: Cursor): LogicalType {
  let isUnsigned = false;
  let bits = 0;
  readStruct(bytes, cursor, (field, type) => {
    if (field === INTEGER.isSigned) isUnsigned = type === COMPACT.false;
    if (field !== INTEGER.bits || type !== COMPACT.byte) return false;
    bits = bytes.readUInt8(cursor.at++);
    return true;
  });
  return { isUnsigned, words: `${isUnsigned ? 'unsigned ' : ''}integer of ${bits} bits` };
}

/** `undefined` for nanoseconds, which the older annotation does not know. */
function readUnit(bytes: Buffer, cursor: Cursor): string | undefined {
  let unit: string | undefined;
  readStruct(bytes, cursor, (field, type) => {
    if (field !== TIME.unit || type !== COMPACT.struct) return false;
    readStruct(bytes, cursor, (member) => {
      unit = UNITS[member];
      return false;
    });
    return true;
  });
  return unit;
}

/** The older annotation of a schema element, −1 where it has none. */
interface Annotation {
  readonly convertedType: number;
  readonly precision: number;
  readonly scale: number;
}

/** How the annotations of a column contradict each other, or digits that no annotation asks for; `undefined` where they agree. */
export function annotationFault(older: Annotation, newer: LogicalType): string | undefined {
  const isDecimal = older.convertedType === CONVERTED.decimal;
  if (older.precision > 0 && !isDecimal && !newer.decimal) return 'has digits, and is no decimal';
  const words = isDecimal ? decimalWords(older) : CONVERTED_WORDS[older.convertedType];
  if (words === undefined || newer.words === undefined || words === newer.words) return undefined;
  return `is declared ${words} and ${newer.words}`;
}

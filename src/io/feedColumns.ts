import { configError, dataError } from '../model/failure.js';
import type { ColumnSource, SideCodes } from '../model/feed.js';
import { escapedIdentifier, escapedString } from './sql.js';
import { type ColumnKind, type ExpectedColumn, isOfKind } from './tableSchema.js';

/** SQL of the contract's columns, each from a column of the feed. */

/** A column of ours and the column of theirs, or the value, that it is made from. */
export interface MappedColumn {
  readonly ours: ExpectedColumn;
  readonly source: ColumnSource;
  /** Of the column of theirs, as the engine names it; `undefined` for a value. */
  readonly type: string | undefined;
}

export interface FeedPlace {
  /** As messages name the table: its file. */
  readonly path: string;
  /** As messages name the mapping: `data.columns.quotes`. */
  readonly key: string;
  readonly timezone: string;
  /** UTC nanoseconds of midnight at the venue. */
  readonly epochNs: bigint;
}

/** @throws config or data error for a source that cannot give such a column. */
export function columnExpression(column: MappedColumn, place: FeedPlace): string {
  const { ours, source } = column;
  refuseIdle(ours, source, place);
  if (source.value !== undefined) return constant(ours, source.value, place);
  if (ours.kind === 'timestamp') return stamp(column, place);
  if (ours.kind === 'number') return number(column, place);
  return text(column, place);
}

/** A setting that this kind of column has no use for was meant for another. */
function refuseIdle({ name, kind }: ExpectedColumn, source: ColumnSource, { key }: FeedPlace): void {
  const ofStamps = kind === 'timestamp' ? [] : (['unit', 'after', 'zone'] as const);
  const ofNumbers = kind === 'number' ? [] : (['scale'] as const);
  const given = [...ofStamps, ...ofNumbers].find((setting) => source[setting] !== undefined);
  if (given) throw configError(`${key}.${name}: ${given} says nothing of a ${kind}`, `remove ${given}`);
}

function constant({ name, kind }: ExpectedColumn, value: string | number, { key }: FeedPlace): string {
  if (kind === 'text' || kind === 'any') return escapedString(String(value));
  const amount = Number(value);
  if (kind === 'number' && Number.isFinite(amount) && value !== '') return `CAST(${amount} AS DOUBLE)`;
  throw configError(`${key}.${name}: the value ${JSON.stringify(value)} is not a ${kind}`, 'name a column instead');
}

const columnOf = ({ source }: MappedColumn): string => escapedIdentifier(source.column!);

function refuseType({ ours, source, type }: MappedColumn, { path }: FeedPlace, kind: ColumnKind): never {
  const mapped = ours.name === source.column ? '' : ` for "${ours.name}"`;
  throw dataError(`${path}: column "${source.column}"${mapped} is ${type}, not a ${kind}`, 'map another column to it');
}

function text(column: MappedColumn, place: FeedPlace): string {
  if (!isOfKind(column.ours.kind, column.type!)) refuseType(column, place, column.ours.kind);
  return `CAST(${columnOf(column)} AS VARCHAR)`;
}

/**
 * Empty text is no value. Text that is no number is not the same: it becomes −∞, which no reader takes for a value or for a
 * missing one.
 */
const numberOfText = (name: string): string =>
  `CASE WHEN trim(${name}) = '' THEN NULL ELSE coalesce(TRY_CAST(${name} AS DOUBLE), CASE WHEN ${name} IS NOT NULL THEN '-Infinity'::DOUBLE END) END`;

function number(column: MappedColumn, place: FeedPlace): string {
  const { source, type } = column;
  const name = columnOf(column);
  if (type !== 'VARCHAR' && !isOfKind('number', type!)) refuseType(column, place, 'number');
  const plain = type === 'VARCHAR' ? numberOfText(name) : name;
  if (source.scale === undefined) return plain;
  // A scale of 1/10000 is rounded itself; to divide by 10000 rounds once.
  const inverse = Math.round(1 / source.scale);
  const isInverse = inverse > 1 && Math.abs(1 / source.scale - inverse) < 1e-9 * inverse;
  return `(CAST(${plain} AS DOUBLE) ${isInverse ? `/ ${inverse}` : `* ${source.scale}`})`;
}

const UNIT_NS = { s: 1_000_000_000, ms: 1_000_000, us: 1_000, ns: 1 } as const;

/** A stamp of nanoseconds, NULL for what is none. */
function stamp(column: MappedColumn, place: FeedPlace): string {
  const { source, type, ours } = column;
  const name = columnOf(column);
  const isNumber = isOfKind('number', type!);
  if (source.unit !== undefined) {
    if (!isNumber && type !== 'VARCHAR')
      throw configError(
        `${place.key}.${ours.name}: unit says nothing of "${source.column}", which is ${type} in ${place.path}`,
        'remove unit',
      );
    const start = source.after === 'midnight' ? place.epochNs : 0n;
    return fromNanoseconds(`${counted(name, type!, UNIT_NS[source.unit])} + ${start}`);
  }
  if (source.after !== undefined)
    throw configError(`${place.key}.${ours.name}: "after" needs a unit`, 'add unit: s, ms, us or ns');
  if (!/^(TIMESTAMP|VARCHAR$)/.test(type!)) refuseType(column, place, 'timestamp');
  const instant = type === 'VARCHAR' ? `TRY_CAST(${name} AS TIMESTAMP_NS)` : name;
  if (source.zone !== 'venue') return instant;
  if (type === 'TIMESTAMP WITH TIME ZONE')
    throw configError(
      `${place.key}.${ours.name}: "${source.column}" is in UTC in ${place.path}`,
      'remove zone: the file says which clock its stamps show',
    );
  // The engine knows zones to the second; what is finer is carried past it.
  const second = `CAST(date_trunc('second', ${instant}) AS TIMESTAMP)`;
  const utc = `epoch_us(timezone(${escapedString(place.timezone)}, ${second}))`;
  return fromNanoseconds(`CAST(${utc} AS HUGEINT) * 1000 + (epoch_ns(${instant}) - epoch_us(${second}) * 1000)`);
}

/** Whole nanoseconds of a count. A double of seconds since 1970 is split, so that the product stays exact. */
function counted(name: string, type: string, unitNs: number): string {
  if (type === 'VARCHAR' || type.startsWith('DECIMAL'))
    return `CAST(TRY_CAST(${name} AS DECIMAL(38, 9)) * ${unitNs} AS HUGEINT)`;
  if (!/^(FLOAT|DOUBLE)$/.test(type)) return `CAST(${name} AS HUGEINT) * ${unitNs}`;
  const finite = `CASE WHEN isfinite(${name}) AND abs(${name}) < 1e19 THEN CAST(${name} AS DOUBLE) END`;
  return `(CAST(floor(${finite}) AS HUGEINT) * ${unitNs} + CAST(round((${finite} - floor(${finite})) * ${unitNs}) AS HUGEINT))`;
}

const LAST_NS = '9000000000000000000';
const fromNanoseconds = (ns: string): string =>
  `CASE WHEN (${ns}) BETWEEN 0 AND ${LAST_NS} THEN make_timestamp_ns(CAST(${ns} AS BIGINT)) END`;

/** What no side is called. */
const NO_SIDE = 2;
const SIGN = { buy: 1, sell: -1, unknown: 0 } as const;

/** A code as text: whole numbers without a point, whatever type holds them. */
export const codeText = (column: string, type: string): string =>
  /^(FLOAT|DOUBLE|DECIMAL)/.test(type)
    ? `CASE WHEN ${column} = floor(${column}) THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ELSE CAST(${column} AS VARCHAR) END`
    : `CAST(${column} AS VARCHAR)`;

/** +1, −1 or 0 by the codes of the feed; a code that has none is no side at all. */
export function sideExpression(column: string, type: string, codes: Exclude<SideCodes, 'signed'>): string {
  const cases = Object.entries(codes).map(([code, side]) => `WHEN ${escapedString(code)} THEN ${SIGN[side]}`);
  return `(CASE coalesce(${codeText(column, type)}, '') ${cases.join(' ')} ELSE ${NO_SIDE} END)`;
}

/** The contract's own sides as text, in any way to write such a number: `1`, `+1`, `1.0`, ` 1`. */
export const signOfText = (column: string): string =>
  `(CASE WHEN TRY_CAST(trim(${column}) AS DOUBLE) IN (1, -1, 0) THEN CAST(TRY_CAST(trim(${column}) AS DOUBLE) AS INTEGER) ELSE ${NO_SIDE} END)`;

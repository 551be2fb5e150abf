import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { streamColumns } from '../../src/io/chunkReader.js';
import type { Engine } from '../../src/io/duckdb.js';
import { nanosecondsAfter, openEvents, readTrades } from '../../src/io/eventReader.js';
import { checkColumns, columnTypes, tableOf } from '../../src/io/tableSchema.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { hasPyarrow, runPython } from '../support/pyarrow.js';

/** Every type that pyarrow writes and the product takes, each with what Python says its values are. */
const SCRIPT = `
import json, decimal, numpy as np, pyarrow as pa, pyarrow.parquet as pq
from decimal import Decimal as D
decimal.getcontext().prec = 100
truth = {'number': {}, 'text': {}, 'timestamp': {}}
def write(role, name, array, values, **options):
  pq.write_table(pa.table({'v': array}), name + '.parquet', **options)
  truth[role][name] = values
plain = dict(use_dictionary=False)
def encoded(encoding): return dict(use_dictionary=False, column_encoding={'v': encoding})
for bits in (8, 16, 32, 64):
  low, high = -2**(bits - 1), 2**(bits - 1) - 1
  for kind, values in (('int', [low, high, None, 7]), ('uint', [0, 2**bits - 1, None, 7])):
    array = pa.array(values, getattr(pa, kind + str(bits))())
    floats = [None if v is None else float(v) for v in values]
    write('number', kind + str(bits), array, floats)
    write('number', kind + str(bits) + '-delta', array, floats, **encoded('DELTA_BINARY_PACKED'))
halves = np.array([1.5, -0.25, 65504, 6e-8, 2**-14], dtype=np.float16)
write('number', 'half', pa.array(halves), [float(v) for v in halves])
for bits in (32, 64):
  values = [1.5, -0.1, None, 3e38]
  array = pa.array(values, getattr(pa, 'float' + str(bits))())
  truth_of = [None if v is None else float(v.as_py()) if v.is_valid else None for v in array]
  write('number', 'float' + str(bits), array, truth_of)
  write('number', 'float' + str(bits) + '-split', array, truth_of, **encoded('BYTE_STREAM_SPLIT'))
for precision, scale in ((5, 2), (9, 4), (10, 2), (18, 9), (19, 4), (28, 10), (38, 18), (38, 0)):
  values = [D('3').scaleb(-scale), -(D(10)**(precision - scale) - 1), None, D(10)**(precision - scale) - D(1).scaleb(-scale)]
  for integers in (False, True) if precision <= 18 else (False,):
    write('number', 'decimal%d-%d-%s' % (precision, scale, integers), pa.array(values, pa.decimal128(precision, scale)),
      [None if v is None else float(v) for v in values], store_decimal_as_integer=integers)
values = [D('1.25'), D('-12.50'), None, D('7')]
for name, kind in (('decimal32', pa.decimal32(9, 2)), ('decimal64', pa.decimal64(15, 2)), ('decimal256', pa.decimal256(38, 2))):
  write('number', name, pa.array(values, kind), [None if v is None else float(v) for v in values])
stamps = [1700000000123456789, 5, None, 1700000000000000001]
for unit, size in (('s', 10**9), ('ms', 10**6), ('us', 1000), ('ns', 1)):
  for zone in (None, 'UTC', 'America/New_York'):
    units = [None if v is None else v // size for v in stamps]
    write('timestamp', 'stamp-%s-%s' % (unit, (zone or 'none').replace('/', '-')), pa.array(units, pa.int64()).cast(pa.timestamp(unit, zone)),
      [None if v is None else str(v * size) for v in units])
write('timestamp', 'stamp-int96', pa.array(stamps, pa.int64()).cast(pa.timestamp('ns')),
  [None if v is None else str(v // 1000 * 1000) for v in stamps], use_deprecated_int96_timestamps=True)
texts = ['A', 'ü', None, 'B', '', 'A']
for name, kind in (('string', pa.string()), ('large', pa.large_string()), ('view', pa.string_view())):
  write('text', name, pa.array(texts, kind), texts)
  write('text', name + '-plain', pa.array(texts, kind), texts, **plain)
for encoding in ('DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'):
  write('text', encoding, pa.array(texts), texts, **encoded(encoding))
for index in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32()):
  codes = pa.array([0, 1, None, 1], index)
  write('text', 'dictionary-%s' % index, pa.DictionaryArray.from_arrays(codes, pa.array(['A', 'B'])), ['A', 'B', None, 'B'])
write('text', 'no-text', pa.nulls(3, pa.string()), [None] * 3)
refused = {
  'decimal-39': pa.array([D('1.25')], pa.decimal256(39, 10)), 'decimal-76': pa.array([D('1.25')], pa.decimal256(76, 38)),
  'bytes': pa.array([b'A']), 'fixed': pa.array([b'AAAA'], pa.binary(4)), 'boolean': pa.array([True]),
  'struct': pa.array([{'bid': 1.5}]), 'list': pa.array([[1.5]]), 'map': pa.array([[('a', 1)]], pa.map_(pa.string(), pa.int64())),
  'json': pa.array(['{}'], pa.json_()), 'uuid': pa.array([b'0123456789abcdef'], pa.uuid()), 'date': pa.array([1], pa.date32()),
  'time': pa.array([1], pa.time64('ns'))}
for name, array in refused.items(): pq.write_table(pa.table({'v': array}), 'refused-' + name + '.parquet')
pq.write_table(pa.table({'v': pa.nulls(3)}), 'null.parquet')
price = pa.array([1.25, 2.5])
for encoding, kind in (('BYTE_STREAM_SPLIT', pa.int64()), ('BYTE_STREAM_SPLIT', pa.decimal128(30, 2)), ('BYTE_STREAM_SPLIT', pa.float16())):
  array = pa.array(np.array([1.25, 2.5], dtype=np.float16)) if kind == pa.float16() else pa.array([1, 2]).cast(kind)
  pq.write_table(pa.table({'v': array}), 'split-%s.parquet' % str(kind)[:5], **encoded(encoding))
print(json.dumps(truth))
`;

type Role = 'number' | 'text' | 'timestamp';
const folder = temporaryFolder();
const truth: Record<Role, Record<string, (number | string | null)[]>> = hasPyarrow
  ? JSON.parse(runPython(SCRIPT, folder))
  : { number: {}, text: {}, timestamp: {} };
const file = (name: string) => join(folder, `${name}.parquet`);

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

describe.skipIf(!hasPyarrow)('what pyarrow writes', () => {
  it.each(Object.entries(truth.number))('number %s', async (name, values) => {
    await checkColumns(engine, file(name), [{ name: 'v', kind: 'number' }]);
    const found: number[] = [];
    for await (const { columns } of streamColumns(engine, { v: 'DOUBLE' }, { v: 'v' }, `FROM ${tableOf(file(name))}`))
      found.push(...columns.v);
    expect(found).toEqual(values.map((value) => (value === null ? Number.NaN : value)));
  });

  it.each(Object.entries(truth.text))('text %s', async (name, values) => {
    await checkColumns(engine, file(name), [{ name: 'v', kind: 'text' }]);
    const rows = await rowsOf(engine, `SELECT CAST(v AS VARCHAR) AS v FROM ${tableOf(file(name))}`);
    expect(rows.map(({ v }) => v)).toEqual(values);
  });

  it.each(Object.entries(truth.timestamp))('stamp %s', async (name, values) => {
    await checkColumns(engine, file(name), [{ name: 'v', kind: 'timestamp' }]);
    const type = (await columnTypes(engine, file(name))).get('v')!;
    // Far from the epoch a double has no room for nanoseconds: days count from their own midnight.
    const midnight = 1_699_920_000_000_000_000n;
    const sql = `SELECT CAST(${nanosecondsAfter(midnight, type, 'v')} AS VARCHAR) AS v FROM ${tableOf(file(name))}`;
    const found = (await rowsOf(engine, sql)).map(({ v }) =>
      v === null ? null : String(BigInt(String(v)) + midnight),
    );
    // The engine cuts what is adjusted to UTC at the microsecond: readers of events scan a copy without that mark.
    const isCut = name.startsWith('stamp-ns-') && name !== 'stamp-ns-none';
    const cut = (value: string) => String((BigInt(value) / 1000n) * 1000n);
    expect(found).toEqual(values.map((value) => (value !== null && isCut ? cut(String(value)) : value)));
  });

  it.each([
    'decimal-39',
    'decimal-76',
    'bytes',
    'fixed',
    'boolean',
    'struct',
    'list',
    'map',
    'json',
    'uuid',
    'date',
    'time',
  ])('%s is refused as a number, a text and a stamp', async (name) => {
    for (const kind of ['number', 'text', 'timestamp'] as const)
      await expect(
        checkColumns(engine, file(`refused-${name}`), [{ name: 'v', kind, optional: true }]),
      ).rejects.toThrow(/column "v" (is \S+.*, not a (number|text|timestamp)|is declared DECIMAL.*read as DOUBLE)$/);
  });

  it('a column of nulls is absent', async () => {
    for (const kind of ['number', 'text', 'any', 'timestamp'] as const)
      expect((await checkColumns(engine, file('null'), [{ name: 'v', kind, optional: true }])).size).toBe(0);
  });

  it.each(['int64', 'decim', 'halff'])(
    'an encoding that the engine does not know ends in an error that names it: %s',
    async (name) => {
      const read = async () => {
        for await (const _ of streamColumns(
          engine,
          { v: 'DOUBLE' },
          { v: 'v' },
          `FROM ${tableOf(file(`split-${name}`))}`,
        ));
      };
      await expect(read()).rejects.toThrow('BYTE_STREAM_SPLIT');
    },
  );
});

const VENUES = `
import pyarrow as pa, pyarrow.parquet as pq
def part(name, seconds, venue):
  n = len(seconds)
  pq.write_table(pa.table({'ts': pa.array([s * 10**9 for s in seconds]).cast(pa.timestamp('ns')), 'symbol': ['A'] * n,
    'price': [1.5] * n, 'size': [1] * n, 'side': [1] * n, 'venue': venue}), name + '.parquet')
part('venues-a', [1, 2], pa.array(['X', 'Y']))
part('venues-b', [3, 4], pa.nulls(2))
`;

const feedFile = (name: string) => ({ path: file(name), folders: {} });

describe.skipIf(!hasPyarrow)('a file of the day without a single venue', () => {
  it('is read beside one that has them, and alone there are none', async () => {
    runPython(VENUES, folder);
    const scan = {
      symbols: ['A'],
      epochNs: 0n,
      clockOffsetsNs: new Map([['X', 5]]),
      timezone: 'UTC',
      feed: () => ({ columns: {}, rows: {} }),
      temporaryFolder: folder,
      acceptLate: true,
      sessionsNs: [[0, 1e18]] as const,
    };
    const both = await openEvents(engine, 'trades', [feedFile('venues-a'), feedFile('venues-b')], scan);
    expect([both.hasVenue, both.venues]).toEqual([
      [true, false],
      ['', 'X', 'Y'],
    ]);
    const found: number[][] = [];
    for await (const { rows, timeNs, venue } of readTrades(engine, both, scan, true))
      for (let k = 0; k < rows; k++) found.push([timeNs[k], venue[k]]);
    expect(found).toEqual([
      [1e9 - 5, 1],
      [2e9, 2],
      [3e9, 0],
      [4e9, 0],
    ]);
    const alone = await openEvents(engine, 'trades', [feedFile('venues-b')], scan);
    expect([alone.hasVenue, alone.venues]).toEqual([[false], ['']]);
  });
});

import type { FactorRows } from '../model/events.js';
import { dataError } from '../model/failure.js';
import type { FeedFile } from '../model/feed.js';
import { isPlain, quoted, WRITE_PLAIN } from '../model/plainText.js';
import { streamColumns } from './chunkReader.js';
import { type Engine, literals, smallQuery } from './duckdb.js';
import { nanosecondsAfter } from './eventReader.js';
import { type FeedContext, feedTables } from './feedTables.js';
import { escapedIdentifier } from './sql.js';
import { type ExpectedColumn, tableOf, withFile } from './tableSchema.js';

/** Factor moves of one day, from long (`ts, factor, ret_bps`) or wide (`ts, <factor>…`) files. */
export async function readFactors(
  engine: Engine,
  files: readonly FeedFile[],
  context: FeedContext,
): Promise<FactorRows> {
  const { columns } = context.feed('factors');
  const expected = (found: readonly string[], folders: readonly string[]) =>
    factorColumns(found, folders, Object.keys(columns));
  const { scanned, types, dispose } = await feedTables(engine, 'factors', files, expected, context);
  try {
    const layouts: FactorLayout[] = [];
    for (const [k, { path }] of files.entries())
      layouts.push(await factorLayout(engine, { path, scanned: scanned[k], types: types[k] }));
    const names = [...new Set(layouts.flatMap((layout) => layout.names))].sort();
    const parts = { timeNs: [] as number[], factor: [] as number[], moveBps: [] as number[] };
    for (const layout of layouts)
      await appendFactors(engine, layout, { all: names, epochNs: context.epochNs, ...parts });
    return {
      names,
      timeNs: Float64Array.from(parts.timeNs),
      factor: Int32Array.from(parts.factor),
      moveBps: Float64Array.from(parts.moveBps),
    };
  } finally {
    dispose();
  }
}

const STAMP: ExpectedColumn = { name: 'ts', kind: 'timestamp' };
const LONG: readonly ExpectedColumn[] = [STAMP, { name: 'factor', kind: 'text' }, { name: 'ret_bps', kind: 'number' }];
/** Partition, row number and the index that pandas writes beside the columns are no factors. */
const NO_FACTOR = /^(ts|date|source_row|__index_level_\d+__|Unnamed: \d+)$/;

/** Long where there are `factor` and `ret_bps`, or folders of factors; else a factor per column. */
function factorColumns(
  found: readonly string[],
  folders: readonly string[],
  mapped: readonly string[],
): readonly ExpectedColumn[] {
  const names = new Set([...found, ...mapped]);
  const isEmpty = found.length === 0;
  if (isEmpty || folders.includes('factor') || (names.has('factor') && names.has('ret_bps'))) return LONG;
  const factors = mapped.length > 0 ? mapped : found;
  return [STAMP, ...factors.filter((name) => !NO_FACTOR.test(name)).map((name) => ({ name, kind: 'number' as const }))];
}

interface FactorFile {
  /** As messages name it. */
  readonly path: string;
  readonly scanned: string;
  readonly types: ReadonlyMap<string, string>;
}

interface FactorLayout extends FactorFile {
  readonly long: boolean;
  readonly names: readonly string[];
}

async function factorLayout(engine: Engine, file: FactorFile): Promise<FactorLayout> {
  const layout = await namedLayout(engine, file);
  const unseen = layout.names.find((name) => name === '' || !isPlain(name));
  if (unseen !== undefined) throw dataError(`${file.path} has the factor ${quoted(unseen)}`, WRITE_PLAIN);
  return layout;
}

async function namedLayout(engine: Engine, file: FactorFile): Promise<FactorLayout> {
  const { path, scanned, types } = file;
  if (types.has('factor') && types.has('ret_bps')) {
    const factors = `SELECT DISTINCT CAST(factor AS VARCHAR) AS factor FROM ${tableOf(scanned)} WHERE factor IS NOT NULL`;
    const rows = await withFile(path, () => smallQuery(engine, factors));
    return { ...file, long: true, names: rows.map((row) => String(row.factor)) };
  }
  const names = [...types.keys()].filter((column) => !NO_FACTOR.test(column));
  if (names.length === 0)
    throw dataError(`${path} has no factor column`, 'write ts, factor, ret_bps or a column per factor');
  return { ...file, long: false, names };
}

/** Rows of the factors of a day, and the names that their codes stand for. */
interface ListedFactors {
  readonly all: readonly string[];
  readonly epochNs: bigint;
  readonly timeNs: number[];
  readonly factor: number[];
  readonly moveBps: number[];
}

async function appendFactors(
  engine: Engine,
  { path, scanned, types, long, names: own }: FactorLayout,
  { all, epochNs, ...parts }: ListedFactors,
): Promise<void> {
  const time = nanosecondsAfter(epochNs, types.get('ts')!);
  const code = `list_position([${literals(all)}], CAST(factor AS VARCHAR)) - 1`;
  for (const column of long ? ['ret_bps'] : own) {
    const factor = long ? code : String(all.indexOf(column));
    const stream = streamColumns(
      engine,
      { timeNs: 'DOUBLE', factor: 'INTEGER', moveBps: 'DOUBLE' } as const,
      { timeNs: time, factor, moveBps: escapedIdentifier(column) },
      `FROM ${tableOf(scanned)}`,
    );
    await withFile(path, async () => {
      for await (const { rows, columns } of stream) {
        for (let k = 0; k < rows; k++) {
          parts.timeNs.push(columns.timeNs[k]);
          parts.factor.push(columns.factor[k]);
          parts.moveBps.push(columns.moveBps[k]);
        }
      }
    });
  }
}

import { z } from 'zod';
import { configError } from '../model/failure.js';
import {
  type ColumnSource,
  FEED_DATASETS,
  type FeedDataset,
  type FeedTable,
  type Side,
  type SideCodes,
  STAMP_UNITS,
} from '../model/feed.js';

const byDataset = <T extends z.ZodType>(what: T) => z.partialRecord(z.enum(FEED_DATASETS), what);
const name = z.string().min(1);

const columnSource = z
  .strictObject({
    column: name.optional().describe('their column'),
    value: z.union([z.string(), z.number()]).optional().describe('one value for every row, in place of a column'),
    file_name: z
      .string()
      .refine(hasGroup, { message: 'is not a pattern with one group, such as ^([^_]+)_' })
      .optional()
      .describe('a pattern whose group is the value, found in the name of the file'),
    scale: z.number().positive().optional().describe('what numbers are multiplied by'),
    unit: z.enum(STAMP_UNITS).optional().describe('what a stamp that is a number counts'),
    after: z.enum(['epoch', 'midnight']).optional().describe('where it counts from: 1970, or midnight at the venue'),
    zone: z.enum(['utc', 'venue']).optional().describe('whose clock a stamp without a zone shows'),
  })
  .refine(
    ({ column, value, file_name }) => [column, value, file_name].filter((one) => one !== undefined).length === 1,
    {
      message: 'needs one of "column", "value" and "file_name"',
    },
  );

function hasGroup(pattern: string): boolean {
  try {
    return new RegExp(`${pattern}|`).exec('')!.length === 2;
  } catch {
    return false;
  }
}

const SIDES = ['buy', 'sell', 'unknown'] as const satisfies readonly Side[];
const side = z.union([z.enum(SIDES), z.literal(1), z.literal(-1), z.literal(0)]);
type SideWord = z.output<typeof side>;

export const data = z
  .strictObject({
    root: z.string().default('./data').describe('folder with universe, quotes, trades, fills, factors, events'),
    source: z.enum(['events', 'buckets']).default('events').describe('raw events to align, or buckets of your own'),
    headers: byDataset(z.array(name).min(1))
      .default({})
      .describe('by dataset: columns of CSV files without a header, in their order'),
    columns: byDataset(z.record(z.string(), z.union([name, columnSource])))
      .default({})
      .superRefine(eachFromItsOwn)
      .describe(
        'by dataset and column of ours: their column, or { column | value | file_name, scale, unit, after, zone }',
      ),
    sides: z
      .union([
        z.literal('signed'),
        z.record(z.string(), z.union([side, z.literal('signed'), z.record(z.string(), side)])),
      ])
      .default({})
      .describe(
        'codes of sides, { B: buy, S: sell }, or signed: the sign of the quantity; for all datasets or by each',
      ),
    rows: byDataset(z.record(name, z.array(z.union([z.string(), z.number()])).min(1)))
      .default({})
      .describe('by dataset and column of theirs: values of the rows that are meant'),
  })
  .describe('where the input is, and how its tables differ from ours');

type DataSection = z.output<typeof data>;
type Columns = Readonly<Record<string, string | ColumnSource>>;

const sourceOf = (source: string | ColumnSource): ColumnSource =>
  typeof source === 'string' ? { column: source } : source;

/** Two of our columns from one of theirs is a slip of the pen, and perhaps a spread of zero. */
function eachFromItsOwn(columns: Readonly<Partial<Record<FeedDataset, Columns>>>, context: z.RefinementCtx): void {
  for (const [dataset, sources] of Object.entries(columns)) {
    const taken = new Map<string, string>();
    for (const [ours, source] of Object.entries(sources)) {
      const theirs = sourceOf(source).column;
      if (theirs === undefined) continue;
      const other = taken.get(theirs);
      if (other !== undefined)
        context.addIssue({ code: 'custom', path: [dataset, ours], message: `is what "${other}" is mapped to already` });
      taken.set(theirs, ours);
    }
  }
}

/** How one dataset of the feed differs from the contract. @throws config error for codes of sides that are none. */
export function feedTable({ headers, columns, sides, rows }: DataSection, dataset: FeedDataset): FeedTable {
  const sidesOfDataset = sideCodesOf(sides, dataset);
  return {
    ...(headers[dataset] ? { headers: headers[dataset] } : {}),
    columns: Object.fromEntries(
      Object.entries(columns[dataset] ?? {}).map(([ours, source]) => [ours, sourceOf(source)]),
    ),
    ...(sidesOfDataset ? { sides: sidesOfDataset } : {}),
    rows: Object.fromEntries(
      Object.entries(rows[dataset] ?? {}).map(([column, values]) => [column, values.map(String)]),
    ),
  };
}

const SIDED: ReadonlySet<FeedDataset> = new Set(['trades', 'fills', 'parents']);
const WORDS: Readonly<Record<string, Side>> = { 1: 'buy', '-1': 'sell', 0: 'unknown' };
const sideOf = (word: SideWord): Side => WORDS[word] ?? (word as Side);

/** A code may be for all datasets or stand below the name of one. */
function sideCodesOf(sides: DataSection['sides'], dataset: FeedDataset): SideCodes | undefined {
  if (!SIDED.has(dataset)) return undefined;
  if (sides === 'signed') return 'signed';
  const codes: Record<string, Side> = {};
  let signed = false;
  for (const [key, value] of Object.entries(sides)) {
    const isDataset = (FEED_DATASETS as readonly string[]).includes(key);
    if (isDataset && key !== dataset) continue;
    if (value === 'signed') {
      if (!isDataset)
        throw configError(`data.sides.${key}: "signed" is no side`, 'write data.sides: signed, or { fills: signed }');
      signed = true;
    } else if (typeof value === 'object') {
      if (!isDataset)
        throw configError(`data.sides.${key}: there is no dataset "${key}"`, `name one of ${[...SIDED].join(', ')}`);
      for (const [code, word] of Object.entries(value)) codes[code] = sideOf(word);
    } else codes[key] = sideOf(value);
  }
  if (signed) return 'signed';
  return Object.keys(codes).length > 0 ? codes : undefined;
}

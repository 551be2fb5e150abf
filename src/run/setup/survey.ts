import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../io/duckdb.js';
import { checkDataRoot, staticFile } from '../../io/files.js';
import { type DataFile, listFolder } from '../../io/folderListing.js';
import {
  type Column,
  column,
  columnsOf,
  distinctTexts,
  numericRange,
  rowsByMinute,
  rowsOfFooters,
} from '../../io/profileReader.js';
import { readUniverse } from '../../io/referenceReader.js';
import type { MinuteCounts } from './calendarGuess.js';
import {
  datasetByColumns,
  type FoundColumns,
  findColumns,
  isNumeric,
  type NamedDataset,
  type StampCount,
  secondsOf,
  stampCount,
} from './columns.js';
import { type SideCodes, sideCodes } from './sides.js';

/** One dataset of a folder, as far as its files say. */
export interface DatasetSurvey {
  readonly dataset: string;
  /** Its folder below the root; empty where files lie in the root itself. */
  readonly folder: string;
  readonly files: readonly DataFile[];
  /** Trading dates in paths, ascending. */
  readonly dates: readonly string[];
  readonly columns: readonly Column[];
  /** By the footers of Parquet files; absent where there are CSV files. */
  readonly rows: number | undefined;
  readonly bytes: number;
  /** Absent for datasets whose columns have no other names. */
  readonly events?: EventSurvey | undefined;
}

export interface EventSurvey extends FoundColumns {
  /** How stamps count, where they are numbers. */
  readonly stamp: StampCount | undefined;
  readonly sides: SideCodes | undefined;
  /** Rows by minute of some days, the last among them. */
  readonly days: readonly MinuteCounts[];
}

export interface Survey {
  readonly root: string;
  readonly datasets: readonly DatasetSurvey[];
  /** Symbols of the universe; absent where there is none. */
  readonly universe: readonly string[] | undefined;
  readonly hasEvents: boolean;
  /** Symbols with quotes on the last day, and those of them that also have some on the first. */
  readonly quoted: readonly string[];
  readonly quotedFirst: readonly string[];
  /** Symbols with own fills; absent without fills. */
  readonly filled?: readonly string[] | undefined;
  /** Rows of the last day whose symbol is empty. */
  readonly namelessRows: number;
  /** Folders that look like none of the datasets. */
  readonly unknown: readonly string[];
}

const OURS = ['quotes', 'trades', 'fills', 'factors', 'parents', 'buckets'];
const SAMPLED_DAYS = 5;

/** The folder itself, or `data` in it where only that holds datasets. @throws data error when it cannot be read. */
export function dataRootOf(folder: string): string {
  checkDataRoot(folder);
  const holds = (root: string) => OURS.some((dataset) => existsSync(join(root, dataset)));
  const inner = join(folder, 'data');
  return !holds(folder) && holds(inner) ? inner : folder;
}

/** Looks at what a folder holds: every file by its name, one file of a dataset by its columns, some days by their stamps. */
export async function surveyFolder(engine: Engine, root: string, announce: (text: string) => void): Promise<Survey> {
  const { files } = listFolder(root);
  const own = files.filter(({ name }) => !/^(universe|events|symbols|fx)\.(csv|parquet)$/.test(name));
  const byFolder = new Map<string, DataFile[]>();
  for (const file of own) byFolder.set(file.folder, [...(byFolder.get(file.folder) ?? []), file]);
  const datasets: DatasetSurvey[] = [];
  const unknown: string[] = [];
  for (const [folder, found] of byFolder) {
    announce(`look at ${folder === '' ? 'the files' : folder}`);
    const columns = await columnsOf(engine, found[found.length - 1]);
    const dataset = OURS.includes(folder) ? folder : datasetByColumns(columns);
    if (dataset === undefined) unknown.push(folder === '' ? found[0].name : folder);
    else datasets.push(await surveyDataset(engine, { dataset, folder, files: found, columns }));
  }
  datasets.sort((a, b) => OURS.indexOf(a.dataset) - OURS.indexOf(b.dataset));
  return {
    root,
    datasets,
    universe: await universeIn(engine, root),
    hasEvents: staticFile(root, 'events') !== undefined,
    unknown,
    ...(await symbolsOf(engine, datasets)),
  };
}

async function universeIn(engine: Engine, root: string): Promise<string[] | undefined> {
  const path = staticFile(root, 'universe');
  return path === undefined ? undefined : (await readUniverse(engine, path)).map(({ symbol }) => symbol);
}

type Found = Pick<DatasetSurvey, 'dataset' | 'folder' | 'files' | 'columns'>;

async function surveyDataset(engine: Engine, found: Found): Promise<DatasetSurvey> {
  const dates = [...new Set(found.files.flatMap(({ date }) => date ?? []))].sort();
  return {
    ...found,
    dates,
    rows: await rowsOfFooters(engine, found.files),
    bytes: found.files.reduce((sum, { bytes }) => sum + bytes, 0),
    events: ['quotes', 'trades', 'fills', 'buckets'].includes(found.dataset)
      ? await surveyEvents(engine, found, dates)
      : undefined,
  };
}

/** Files of one date; all of them where paths hold no date. Of buckets, those of the market. */
function filesOf({ files, dataset }: Pick<Found, 'files' | 'dataset'>, date: string | undefined): DataFile[] {
  return files.filter((file) => file.date === date && (dataset !== 'buckets' || file.name.endsWith('/market.parquet')));
}

async function surveyEvents(engine: Engine, found: Found, dates: readonly string[]): Promise<EventSurvey | undefined> {
  const ofBuckets = found.dataset === 'buckets';
  const last = filesOf(found, dates.at(-1));
  if (last.length === 0) return undefined;
  const columns = ofBuckets ? await columnsOf(engine, last[0]) : found.columns;
  const own = ofBuckets ? bucketColumns(columns) : findColumns(found.dataset as NamedDataset, columns);
  const [ts, side] = [own.found.get('ts'), own.found.get('side')];
  const range =
    ts && isNumeric(ts) ? await numericRange(engine, { files: last, expression: column(ts.name) }) : undefined;
  const stamp = range ? stampCount(range) : undefined;
  const isTold = ts !== undefined && (!isNumeric(ts) || stamp !== undefined);
  return {
    ...own,
    stamp,
    sides: side ? await surveySides(engine, last, side) : undefined,
    days: isTold ? await sampledMinutes(engine, found, { dates, ts, stamp }) : [],
  };
}

function bucketColumns(columns: readonly Column[]): FoundColumns {
  const found = columns.filter(({ name }) => name === 'ts' || name === 'symbol').map((own) => [own.name, own] as const);
  return { found: new Map(found), missing: [] };
}

/** More values than codes could have are signed quantities or something else. */
const MOST_CODES = 12;

async function surveySides(engine: Engine, files: readonly DataFile[], side: Column): Promise<SideCodes> {
  const { texts, isWhole } = await distinctTexts(engine, { files, expression: column(side.name) }, MOST_CODES);
  return isWhole
    ? sideCodes(side.name, texts)
    : { evidence: `${side.name} has more than ${MOST_CODES} values`, isUnclear: true };
}

interface Stamps {
  readonly dates: readonly string[];
  readonly ts: Column;
  readonly stamp: StampCount | undefined;
}

async function sampledMinutes(engine: Engine, found: Found, { dates, ts, stamp }: Stamps): Promise<MinuteCounts[]> {
  const days: MinuteCounts[] = [];
  for (const date of evenly(dates, SAMPLED_DAYS)) {
    const expression = secondsOf(ts, stamp, date);
    days.push({ date, minutes: await rowsByMinute(engine, { files: filesOf(found, date), expression }) });
  }
  return days;
}

/** The first, the last, and others between them. */
function evenly<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, k) => items[Math.round((k * (items.length - 1)) / (count - 1))]);
}

async function symbolsOf(engine: Engine, datasets: readonly DatasetSurvey[]) {
  const main = mainOf(datasets);
  const dates = main?.dates ?? [];
  const of = (survey: DatasetSurvey | undefined, files: readonly DataFile[]) => symbolsIn(engine, survey, files);
  const last = await of(main, main ? filesOf(main, dates.at(-1)) : []);
  const first = dates.length > 1 && main ? await of(main, filesOf(main, dates[0])) : last;
  const fills = datasets.find(({ dataset }) => dataset === 'fills');
  return {
    quoted: last.texts,
    quotedFirst: last.texts.filter((symbol) => first.texts.includes(symbol)),
    namelessRows: last.empty,
    filled: fills ? (await of(fills, fills.files)).texts : undefined,
  };
}

/** What says which days there are: quotes, else buckets. */
export const mainOf = (datasets: readonly DatasetSurvey[]): DatasetSurvey | undefined =>
  datasets.find(({ dataset }) => dataset === 'quotes') ?? datasets.find(({ dataset }) => dataset === 'buckets');

/** Keys of a path that name a symbol, where no column does. */
const PATH_SYMBOLS = ['symbol', 'sym', 'ticker'];

async function symbolsIn(engine: Engine, survey: DatasetSurvey | undefined, files: readonly DataFile[]) {
  const own = survey?.events?.found.get('symbol');
  if (own && files.length > 0) return distinctTexts(engine, { files, expression: column(own.name) });
  const texts = files.flatMap(({ keys }) => PATH_SYMBOLS.flatMap((key) => keys.get(key) ?? []));
  return { texts: [...new Set(texts)].sort(), empty: 0, isWhole: true };
}

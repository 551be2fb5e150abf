import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { feedTable } from '../../config/dataSection.js';
import type { Config } from '../../config/schema.js';
import { type BucketLayout, readBuckets, writeBuckets } from '../../io/bucketFiles.js';
import { readFlowRows, readMarketRows } from '../../io/bucketReader.js';
import type { Engine } from '../../io/duckdb.js';
import type { ScanContext } from '../../io/eventReader.js';
import { readFactors } from '../../io/factorReader.js';
import { type DayBuckets, type DayWith, type Factors, FLAG, type MarketField } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { dataError, XimError } from '../../model/failure.js';
import { type BucketGrid, leftOver } from '../../model/grid.js';
import type { OwnLevels } from '../../model/levels.js';
import {
  assembleBuckets,
  checkCalendarFit,
  checkQuarantine,
  hoursNotes,
  millionsTraded,
} from '../../stages/align/align.js';
import { type DayEvents, dayEvents, type ShownEvent } from '../../stages/align/dayEvents.js';
import { maskEvents } from '../../stages/align/events.js';
import { refuseSparseFactors } from '../../stages/align/factorHours.js';
import { bucketFactors, noFactors } from '../../stages/align/factors.js';
import { type LeadLagDiagnostics, leadLagDiagnostics } from '../../stages/align/leadLag.js';
import { ownLevels } from '../../stages/align/ownLevels.js';
import { type Quarantine, quarantinedRows } from '../../stages/align/quarantine.js';
import { regrid } from '../../stages/align/regrid.js';
import type { BucketedTrades } from '../../stages/align/trades.js';
import { publishFolder, writeAtomically } from '../../store/atomic.js';
import { stageFolder } from '../../store/store.js';
import { type AlignContext, alignKey, gridOf } from './alignKey.js';
import { checksumNotes, withChecksums } from './checksums.js';
import { coverage, type NameCoverage, type OwnTrades } from './coverage.js';
import { type DatasetReport, DayReader } from './dayReader.js';
import { judgeSymbols } from './daySymbols.js';
import type { InputFile } from './inputs.js';
import { tableName } from './participation.js';
import { inQuotedMids, namesOn, symbolCodes } from './reference.js';
import { judgeUnread, unreadRows } from './unreadTexts.js';

/** What `align.json` holds besides the buckets. */
export interface AlignReport {
  readonly date: string;
  readonly symbols: readonly string[];
  readonly venues: readonly string[];
  readonly factors: readonly string[];
  readonly buckets: number;
  readonly datasets: Readonly<Record<string, DatasetReport>>;
  readonly coverage: readonly NameCoverage[];
  /** Rows of the events dataset, and those that touch the day. */
  readonly eventRows: number;
  readonly events: readonly ShownEvent[];
  /** Of `symbols` and `fx`, where there are such files. */
  readonly referenceRows?: Readonly<Record<string, number>>;
  readonly maskedCells: number;
  readonly leadLag: LeadLagDiagnostics;
  readonly notes: readonly string[];
}

export interface AlignedDay {
  readonly key: string;
  readonly report: AlignReport;
  /** Reads the flow, the factors and some market columns. */
  readonly read: <F extends MarketField>(fields: readonly F[]) => Promise<DayWith<F>>;
  /** The buckets where they were just made: hundreds of megabytes for many names, not to be kept. */
  readonly fresh?: DayBuckets;
}

const markoutsOf = (config: Config) => config.align.markouts.map((label) => ({ label, horizonNs: durationNs(label) }));

/** Buckets of one day: from the cache, or aligned now and cached. */
export async function alignDay(context: AlignContext, date: string): Promise<AlignedDay> {
  const key = alignKey(context, date);
  const folder = stageFolder(context.config.store, 'align', key);
  if (existsSync(folder)) return cachedDay(context, key, folder, date, readReport(folder));
  const engine = await context.engine();
  const { buckets, report } = await alignNow(context, engine, date);
  await publishFolder(folder, async (temporary) => {
    await writeBuckets(engine, temporary, buckets);
    writeAtomically(join(temporary, 'align.json'), `${JSON.stringify(report, null, 1)}\n`);
  });
  return { ...cachedDay(context, key, folder, date, report), fresh: buckets };
}

const readReport = (folder: string) => JSON.parse(readFileSync(join(folder, 'align.json'), 'utf8')) as AlignReport;

function cachedDay(
  context: AlignContext,
  key: string,
  folder: string,
  date: string,
  report: AlignReport,
): Omit<AlignedDay, 'fresh'> {
  const { symbols, venues, factors } = report;
  const layout = { grid: gridOf(context.config, date), symbols, venues, factors };
  return { key, report, read: (fields) => readCached(context, folder, layout, fields) };
}

/** @throws XimError `corrupt` when the cache was damaged. */
async function readCached<F extends MarketField>(
  context: AlignContext,
  folder: string,
  layout: BucketLayout,
  fields: readonly F[],
): Promise<DayWith<F>> {
  try {
    return await readBuckets(await context.engine(), folder, layout, fields);
  } catch {
    throw new XimError(
      'corrupt',
      `the cached buckets in ${folder} are damaged`,
      'remove the caches with "xim gc --stages" and run again',
    );
  }
}

/** What either source of a day comes to, before it is reported. */
interface AlignedPieces {
  readonly buckets: DayBuckets;
  readonly datasets: Readonly<Record<string, DatasetReport>>;
  /** Quotes (or rows of market buckets) used by name. */
  readonly used: Int32Array;
  readonly events: DayEvents;
  readonly tape?: BucketedTrades;
  readonly fills?: OwnTrades;
  /** By name, of buckets that a user brings. */
  readonly own?: readonly OwnLevels[];
  readonly notes: readonly string[];
}

async function alignNow(
  context: AlignContext,
  engine: Engine,
  date: string,
): Promise<{ buckets: DayBuckets; report: AlignReport }> {
  const pieces = await (context.config.data.source === 'buckets' ? alignBuckets : alignEvents)(context, engine, date);
  const { buckets, used } = pieces;
  if (!used.some((count) => count > 0)) {
    const [dataset, { rows }] = Object.entries(pieces.datasets)[0];
    throw dataError(`${dataset} of ${date}: none of ${rows} rows can be used`, 'check the feed of that day');
  }
  const files = [...context.inputs.byDate.get(date)!.values()].flat();
  const report: AlignReport = {
    date,
    symbols: buckets.symbols,
    venues: buckets.venues,
    factors: buckets.factors.names,
    buckets: buckets.grid.buckets,
    datasets: withChecksums(pieces.datasets, files),
    coverage: coverage(buckets, used, pieces),
    eventRows: context.events.rows,
    events: pieces.events.shown,
    ...(context.reference.rows ? { referenceRows: context.reference.rows } : {}),
    maskedCells: buckets.market.flags.reduce((sum, flag) => sum + (flag & (FLAG.halted | FLAG.maskedEvent) ? 1 : 0), 0),
    leadLag: leadLagDiagnostics(buckets),
    notes: [
      ...(context.reference.notes ?? []),
      ...leftOver(context.config.calendar, buckets.grid),
      ...pieces.notes,
      ...pieces.events.notes,
      ...checksumNotes(date, files),
    ],
  };
  return { buckets, report };
}

/** How the events of a day are read. */
export function scanContext(context: AlignContext, grid: BucketGrid): ScanContext {
  const { config, temporaryFolder } = context;
  return {
    ...symbolCodes(context, grid.date),
    epochNs: grid.epochNs,
    clockOffsetsNs: new Map(
      Object.entries(config.align.clock_offsets).map(([venue, offset]) => [venue, clockOffsetNs(offset)]),
    ),
    temporaryFolder,
    timezone: config.calendar.timezone,
    feed: (dataset) => feedTable(config.data, dataset),
    acceptLate: config.align.out_of_order === 'sort',
    sessionsNs: grid.sessions.map(({ startNs, endNs }) => [startNs, endNs] as const),
  };
}

async function alignEvents(context: AlignContext, engine: Engine, date: string): Promise<AlignedPieces> {
  const { config, inputs } = context;
  const names = namesOn(context.names, context.reference, date);
  const grid = gridOf(config, date);
  const scan = scanContext(context, grid);
  const day = new DayReader(engine, scan, inputs, config, names, date);
  const horizons = markoutsOf(config);
  const quotes = await day.quotes(
    grid,
    horizons.map((h) => h.horizonNs).filter((ns) => ns % grid.bucketNs !== 0),
  );
  checkCalendarFit(grid, quotes, config.calendar.timezone);
  const tape = inputs.participation.trades ? await day.trades('trades', grid) : undefined;
  const flow = config.flow.source === 'fills' ? await day.trades('fills', grid) : tape!;
  const factors = await alignFactors(context, engine, grid, inputs.byDate.get(date)!.get('factors'));
  const events = dayEvents(context.events, config.calendar, grid);
  const buckets = assembleBuckets({
    grid,
    names,
    quotes,
    flow,
    ...(tape ? { tape } : {}),
    flowVenues: day.venues.get(config.flow.source)!,
    factors: factors.factors,
    events: events.windows,
    horizons,
    units: config.align.units,
  });
  return {
    buckets,
    datasets: { ...day.reports, ...factors.report },
    used: quotes.used,
    ...(tape ? { tape } : {}),
    ...(config.flow.source === 'fills' ? { fills: { ...flow, volume: millionsTraded(flow, names) } } : {}),
    events,
    notes: [...hoursNotes(grid, quotes), ...day.notes, ...factors.notes],
  };
}

/** Buckets of the user's own: checked, brought to the grid and diagnosed like the others. */
async function alignBuckets(context: AlignContext, engine: Engine, date: string): Promise<AlignedPieces> {
  const { config, inputs, names } = context;
  const grid = gridOf(config, date);
  const scan = scanContext(context, grid);
  const files = inputs.byDate.get(date)!.get('buckets')!;
  const file = (name: string) => tableNamed(files, name);
  const market = await readMarketRows(engine, file('market')!, scan);
  const { venues, rows: flow, census: flowCensus } = await readFlowRows(engine, file('flow')!, scan);
  const scaled = { ...market, columns: { ...market.columns, ...inQuotedMids(names, market) } };
  const { units } = config.align;
  const input = { grid, symbols: scan.symbols, venues, market: scaled, flow, horizons: markoutsOf(config), units };
  const { buckets, quarantine, used } = regrid(input);
  const datasets: Record<string, DatasetReport> = {};
  const notes: string[] = [];
  for (const dataset of ['market', 'flow'] as const) {
    const found = await judgeSymbols({
      dataset: `buckets (${dataset})`,
      date,
      symbols: scan.symbols,
      census: async () => (dataset === 'market' ? market.census : flowCensus)!,
      quarantine: quarantine[dataset],
      ...(dataset === 'market' ? { used } : {}),
    });
    notes.push(...found.notes);
    const outside = found.outsideUniverse ? { outsideUniverse: found.outsideUniverse } : {};
    datasets[`buckets/${dataset}`] = { ...datasetReport([file(dataset)!], quarantine[dataset]), ...outside };
    const read = { dataset, files: [file(dataset)!], table: scan.feed(dataset) };
    const unread = await unreadRows(engine, read, quarantine[dataset].examples);
    const maxShare = config.align.max_quarantine;
    notes.push(...judgeUnread(read, date, { quarantine: quarantine[dataset], unread, maxShare }));
    checkQuarantine(`buckets (${dataset})`, date, quarantine[dataset], config.align.max_quarantine, [
      file(dataset)!.name,
    ]);
  }
  const events = dayEvents(context.events, config.calendar, grid);
  maskEvents(grid, buckets.market, events.windows);
  const factorFile = inputs.participation.factors ? file('factors') : undefined;
  const factors = await alignFactors(context, engine, grid, factorFile ? [factorFile] : undefined);
  return {
    buckets: { ...buckets, factors: factors.factors },
    datasets: {
      ...datasets,
      ...(factors.report.factors ? { 'buckets/factors': factors.report.factors } : {}),
    },
    used,
    own: ownLevels(buckets, namesOn(names, context.reference, date)),
    events,
    notes: [...notes, ...factors.notes],
  };
}

/** One of a kind: parts of a table are for the raw events. */
function tableNamed(files: readonly InputFile[], name: string): InputFile | undefined {
  const found = files.filter(({ path }) => tableName(path) === name);
  if (found.length > 1)
    throw dataError(`${found.map((file) => file.name).join(' and ')} are both ${name}`, 'write one file');
  return found[0];
}

interface AlignedFactors {
  readonly factors: Factors;
  readonly report: Readonly<Record<string, DatasetReport>>;
  readonly notes: readonly string[];
}

async function alignFactors(
  context: AlignContext,
  engine: Engine,
  grid: BucketGrid,
  files: readonly InputFile[] | undefined,
): Promise<AlignedFactors> {
  if (!files) return { factors: noFactors(), report: {}, notes: [] };
  const { config } = context;
  const rows = await readFactors(engine, files, scanContext(context, grid));
  const { factors, quarantine, missingBuckets } = bucketFactors(grid, rows);
  checkQuarantine('factors', grid.date, quarantine, config.align.max_quarantine, []);
  refuseSparseFactors(grid, rows, factors);
  const notes =
    missingBuckets > 0 ? [`${grid.date}: ${missingBuckets} buckets lack a factor move and are left out`] : [];
  return { factors, report: { factors: datasetReport(files, quarantine) }, notes };
}

function datasetReport(files: readonly InputFile[], quarantine: Quarantine): DatasetReport {
  return {
    files: files.map((file) => file.name),
    rows: quarantine.rows,
    used: quarantine.rows - quarantinedRows(quarantine),
    quarantined: Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    examples: [],
  };
}

function clockOffsetNs(text: string): number {
  const [, number, unit] = /^(-?[\d.]+)(ns|us|ms|s)$/.exec(text)!;
  return Math.round(Number(number) * { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[unit as 'ns' | 'us' | 'ms' | 's']);
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { type BucketLayout, readBuckets, writeBuckets } from '../io/bucketFiles.js';
import type { Engine } from '../io/duckdb.js';
import type { ScanContext } from '../io/eventReader.js';
import { readEventWindows, readFactors } from '../io/referenceReader.js';
import { type DayBuckets, FLAG } from '../model/buckets.js';
import { durationNs } from '../model/duration.js';
import { dataError, XimError } from '../model/failure.js';
import { assembleBuckets, checkCalendarFit, checkQuarantine } from '../stages/align/align.js';
import { type BucketedFactors, bucketFactors, noFactors } from '../stages/align/factors.js';
import { type LeadLagDiagnostics, leadLagDiagnostics } from '../stages/align/leadLag.js';
import { quarantinedRows } from '../stages/align/quarantine.js';
import type { EdgeQuotes } from '../stages/align/quotes.js';
import { publishFolder, writeAtomically } from '../store/atomic.js';
import { stageFolder } from '../store/store.js';
import { type AlignContext, alignKey, gridOf } from './alignKey.js';
import { type DatasetReport, DayReader, pathsOf } from './dayReader.js';
import type { InputFile } from './inputs.js';

/** What `align.json` holds besides the buckets. */
export interface AlignReport {
  readonly date: string;
  readonly symbols: readonly string[];
  readonly venues: readonly string[];
  readonly factors: readonly string[];
  readonly buckets: number;
  readonly datasets: Readonly<Record<string, DatasetReport>>;
  readonly coverage: readonly NameCoverage[];
  readonly eventRows: number;
  readonly maskedCells: number;
  readonly leadLag: LeadLagDiagnostics;
  readonly notes: readonly string[];
}

export interface NameCoverage {
  readonly symbol: string;
  readonly quotes: number;
  /** Share of the day's buckets whose move is missing. */
  readonly missingShare: number;
  readonly flowCells: number;
}

export interface AlignedDay {
  readonly key: string;
  readonly report: AlignReport;
  /** Reads the buckets, from memory when they were just made. */
  readonly buckets: () => Promise<DayBuckets>;
}

const markoutsOf = (config: Config) => config.align.markouts.map((label) => ({ label, horizonNs: durationNs(label) }));

/** Buckets of one day: from the cache, or aligned now and cached. */
export async function alignDay(context: AlignContext, date: string): Promise<AlignedDay> {
  const key = alignKey(context, date);
  const folder = stageFolder(context.config.store, 'align', key);
  if (existsSync(folder)) return cachedDay(context, key, folder, date);
  const engine = await context.engine();
  const { buckets, report } = await alignNow(context, engine, date);
  await publishFolder(folder, async (temporary) => {
    await writeBuckets(engine, temporary, buckets);
    writeAtomically(join(temporary, 'align.json'), `${JSON.stringify(report, null, 1)}\n`);
  });
  return { key, report, buckets: async () => buckets };
}

function cachedDay(context: AlignContext, key: string, folder: string, date: string): AlignedDay {
  const report = JSON.parse(readFileSync(join(folder, 'align.json'), 'utf8')) as AlignReport;
  const { config } = context;
  const layout = {
    grid: gridOf(config, date),
    symbols: report.symbols,
    venues: report.venues,
    markouts: markoutsOf(config),
    factors: report.factors,
  };
  return { key, report, buckets: () => readCached(context, folder, layout) };
}

/** @throws XimError `corrupt` when the cache was damaged. */
async function readCached(context: AlignContext, folder: string, layout: BucketLayout): Promise<DayBuckets> {
  try {
    return await readBuckets(await context.engine(), folder, layout);
  } catch {
    throw new XimError(
      'corrupt',
      `the cached buckets in ${folder} are damaged`,
      'remove the caches with "xim gc --stages" and run again',
    );
  }
}

async function alignNow(
  context: AlignContext,
  engine: Engine,
  date: string,
): Promise<{ buckets: DayBuckets; report: AlignReport }> {
  const { config, inputs, names } = context;
  const grid = gridOf(config, date);
  const scan: ScanContext = {
    symbols: names.map((name) => name.symbol),
    epochNs: grid.epochNs,
    clockOffsetsNs: new Map(
      Object.entries(config.align.clock_offsets).map(([venue, offset]) => [venue, clockOffsetNs(offset)]),
    ),
    temporaryFolder: context.temporaryFolder,
    acceptLate: config.align.out_of_order === 'sort',
    sessionsNs: grid.sessions.map(({ startNs, endNs }) => [startNs, endNs] as const),
  };
  const day = new DayReader(engine, scan, inputs, config, date);
  const horizons = markoutsOf(config);
  const offGrid = horizons.map((h) => h.horizonNs).filter((ns) => ns % grid.bucketNs !== 0);
  const quotes = await day.quotes(grid, offGrid);
  checkCalendarFit(grid, quotes, config.calendar.timezone);
  if (!quotes.used.some((count) => count > 0)) {
    throw dataError(
      `quotes of ${date}: none of ${quotes.quarantine.rows} rows can be used`,
      'check the feed of that day; align.json of another day shows what is expected',
    );
  }
  const tape = inputs.participation.trades ? await day.trades('trades', grid) : undefined;
  const flow = config.flow.source === 'fills' ? await day.trades('fills', grid) : tape!;
  const factorFiles = inputs.byDate.get(date)!.get('factors');
  const factors = factorFiles
    ? bucketFactors(grid, await readFactors(engine, pathsOf(factorFiles), grid.epochNs))
    : undefined;
  if (factorFiles && factors) {
    day.reports.factors = factorReport(factorFiles, factors);
    checkQuarantine('factors', date, factors.quarantine, config.align.max_quarantine, []);
  }
  if (factors && factors.missingBuckets > grid.buckets / 2) {
    throw dataError(
      `factors of ${date}: ${factors.missingBuckets} of ${grid.buckets} buckets have no factor move`,
      'factors must be on a grid at least as fine as align.bucket',
    );
  }
  const events = inputs.events
    ? await readEventWindows(engine, inputs.events.path, scan.symbols, grid.epochNs)
    : { rows: 0, windows: [] };
  const buckets = assembleBuckets({
    grid,
    names,
    quotes,
    flow,
    ...(tape ? { tape } : {}),
    flowVenues: day.venues.get(config.flow.source)!,
    factors: factors?.factors ?? noFactors(),
    events: events.windows,
    horizons,
  });
  const notes = [
    ...day.notes,
    ...(factors && factors.missingBuckets > 0
      ? [`${date}: ${factors.missingBuckets} buckets lack a factor move and are left out`]
      : []),
  ];
  const report: AlignReport = {
    date,
    symbols: scan.symbols,
    venues: buckets.venues,
    factors: buckets.factors.names,
    buckets: grid.buckets,
    datasets: day.reports,
    coverage: coverage(buckets, quotes),
    eventRows: events.rows,
    maskedCells: buckets.market.flags.reduce((sum, flag) => sum + (flag & (FLAG.halted | FLAG.maskedEvent) ? 1 : 0), 0),
    leadLag: leadLagDiagnostics(buckets),
    notes,
  };
  return { buckets, report };
}

function factorReport(files: readonly InputFile[], { quarantine }: BucketedFactors): DatasetReport {
  return {
    files: files.map((file) => file.name),
    rows: quarantine.rows,
    used: quarantine.rows - quarantinedRows(quarantine),
    quarantined: Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    examples: [],
  };
}

function coverage({ symbols, grid, market, flow }: DayBuckets, quotes: EdgeQuotes): NameCoverage[] {
  const cells = new Int32Array(symbols.length);
  for (const name of flow.name) cells[name]++;
  return symbols.map((symbol, i) => {
    const missing = market.retBps
      .subarray(i * grid.buckets, (i + 1) * grid.buckets)
      .reduce((sum, r) => sum + (Number.isNaN(r) ? 1 : 0), 0);
    return { symbol, quotes: quotes.used[i], missingShare: missing / grid.buckets, flowCells: cells[i] };
  });
}

function clockOffsetNs(text: string): number {
  const [, number, unit] = /^(-?[\d.]+)(ns|us|ms|s)$/.exec(text)!;
  return Math.round(Number(number) * { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[unit as 'ns' | 'us' | 'ms' | 's']);
}

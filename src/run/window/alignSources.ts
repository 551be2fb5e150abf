import type { Config } from '../../config/schema.js';
import { readFlowRows, readMarketRows } from '../../io/bucketReader.js';
import type { Engine } from '../../io/duckdb.js';
import type { DayBuckets } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { dataError } from '../../model/failure.js';
import type { OwnLevels } from '../../model/levels.js';
import {
  assembleBuckets,
  checkCalendarFit,
  checkQuarantine,
  hoursNotes,
  millionsTraded,
} from '../../stages/align/align.js';
import { type DayEvents, dayEvents } from '../../stages/align/dayEvents.js';
import { maskEvents } from '../../stages/align/events.js';
import { ownLevels } from '../../stages/align/ownLevels.js';
import { regrid } from '../../stages/align/regrid.js';
import type { BucketedTrades } from '../../stages/align/trades.js';
import { alignFactors, datasetReport } from './alignFactors.js';
import { type AlignContext, gridOf } from './alignKey.js';
import type { OwnTrades } from './coverage.js';
import { type DatasetReport, DayReader } from './dayReader.js';
import { judgeSymbols } from './daySymbols.js';
import type { InputFile } from './inputs.js';
import { tableName } from './participation.js';
import { inQuotedMids, namesOn } from './reference.js';
import { scanContext } from './scanContext.js';
import { judgeUnread, unreadRows } from './unreadTexts.js';

/** The two sources of a day: raw events, and buckets that a user brings. */

const markoutsOf = (config: Config) => config.align.markouts.map((label) => ({ label, horizonNs: durationNs(label) }));

/** What either source of a day comes to, before it is reported. */
export interface AlignedPieces {
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

export async function alignEvents(context: AlignContext, engine: Engine, date: string): Promise<AlignedPieces> {
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
export async function alignBuckets(context: AlignContext, engine: Engine, date: string): Promise<AlignedPieces> {
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

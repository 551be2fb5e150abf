import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BucketLayout, readBuckets, writeBuckets } from '../../io/bucketFiles.js';
import type { Engine } from '../../io/duckdb.js';
import { type DayBuckets, type DayWith, FLAG, type MarketField } from '../../model/buckets.js';
import { dataError, XimError } from '../../model/failure.js';
import { leftOver } from '../../model/grid.js';
import type { ShownEvent } from '../../stages/align/dayEvents.js';
import { type LeadLagDiagnostics, leadLagDiagnostics } from '../../stages/align/leadLag.js';
import { publishFolder, writeAtomically } from '../../store/atomic.js';
import { stageFolder } from '../../store/store.js';
import { type AlignContext, alignKey, gridOf } from './alignKey.js';
import { alignBuckets, alignEvents } from './alignSources.js';
import { checksumNotes, withChecksums } from './checksums.js';
import { coverage, type NameCoverage } from './coverage.js';
import type { DatasetReport } from './dayReader.js';
import { refuseDay } from './memory.js';

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

/** Buckets of one day: from the cache, or aligned now and cached. */
export async function alignDay(context: AlignContext, date: string): Promise<AlignedDay> {
  const key = alignKey(context, date);
  const folder = stageFolder(context.config.store, 'align', key);
  if (existsSync(folder)) return cachedDay(context, key, folder, date, readReport(folder));
  refuseDay(context.config, context.names.length, gridOf(context.config, date).buckets);
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

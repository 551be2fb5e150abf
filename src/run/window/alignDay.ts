import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainMoves, readBuckets, writeBuckets, writePlainBuckets } from '../../io/bucketFiles.js';
import type { Engine } from '../../io/duckdb.js';
import {
  type DayBuckets,
  type DayStates,
  type DayWith,
  type EachMoves,
  eachMovesOf,
  FLAG,
  type MarketField,
} from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import { leftOver } from '../../model/grid.js';
import type { ShownEvent } from '../../stages/align/dayEvents.js';
import { type LeadLagDiagnostics, leadLagDiagnostics } from '../../stages/align/leadLag.js';
import type { MarketStates } from '../../stages/replay/marketStates.js';
import { type AlignContext, alignKey, gridOf } from './alignKey.js';
import { alignBuckets, alignEvents } from './alignSources.js';
import { checksumNotes, withChecksums } from './checksums.js';
import { coverage, type NameCoverage } from './coverage.js';
import type { DatasetReport } from './dayReader.js';
import { dayStates, STATE_FIELDS } from './dayStates.js';
import { refuseDay } from './memory.js';
import { refuseOther } from './oneDay.js';

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
  /** Folder of the tables, for other readers: all of them as they were written, or written again. */
  readonly tables: () => Promise<string>;
  /** Reads the flow, the factors and some market columns. */
  readonly read: <F extends MarketField>(fields: readonly F[]) => Promise<DayWith<F>>;
  /** What visits the moves of the day, name by name, without all of them in memory. */
  readonly eachMoves: () => Promise<EachMoves>;
  /** States of the market, by the cache where they are in it. @param day its buckets, where they are at hand */
  readonly states: (day?: DayStates) => Promise<MarketStates>;
}

/** Buckets of one day: from the cache, or aligned now and cached. */
export async function alignDay(context: AlignContext, date: string): Promise<AlignedDay> {
  if (!context.inputs.byDate.has(date)) refuseOther(context.inputs, date);
  const place = { stage: 'align', key: alignKey(context, date) };
  const { made } = context;
  const fill = async (temporary: string) => {
    made.latest = undefined;
    refuseDay(context.config, context.names.length, gridOf(context.config, date).buckets);
    const engine = await context.engine();
    const { buckets, report } = await alignNow(context, engine, date);
    // One works on threads of the engine, the other waits for the disk. Neither may go on when the folder goes away.
    const written = await Promise.allSettled([
      writeBuckets(engine, temporary, buckets),
      writePlainBuckets(temporary, buckets),
    ]);
    for (const each of written) if (each.status === 'rejected') throw each.reason;
    writeFileSync(join(temporary, REPORT), `${JSON.stringify(report, null, 1)}\n`);
    made.latest = { key: place.key, buckets };
  };
  // Tables are long, and most days of a window are asked for their report alone.
  const report = readReport(await context.caches.open(place, fill, [REPORT]));
  const { symbols, venues, factors } = report;
  const layout = { grid: gridOf(context.config, date), symbols, venues, factors };
  const wholeFolder = (): Promise<string> => {
    refuseOther(context.inputs, date);
    return context.caches.open(place, fill);
  };
  const atHand = () => (made.latest?.key === place.key ? made.latest.buckets : undefined);
  const read: AlignedDay['read'] = async (fields) =>
    atHand() ?? readBuckets(context.engine, await wholeFolder(), layout, fields);
  return {
    key: place.key,
    report,
    tables: wholeFolder,
    read,
    eachMoves: async () => {
      const buckets = atHand();
      return buckets ? eachMovesOf(buckets) : plainMoves(await wholeFolder(), layout);
    },
    states: (day) => dayStates(context, place.key, async () => day ?? read(STATE_FIELDS)),
  };
}

const REPORT = 'align.json';
const readReport = (folder: string) => JSON.parse(readFileSync(join(folder, REPORT), 'utf8')) as AlignReport;

function maskedCells(flags: Uint8Array): number {
  let count = 0;
  for (let cell = 0; cell < flags.length; cell++) if (flags[cell] & (FLAG.halted | FLAG.maskedEvent)) count++;
  return count;
}

async function alignNow(
  context: AlignContext,
  engine: Engine,
  date: string,
): Promise<{ buckets: DayBuckets; report: AlignReport }> {
  refuseOther(context.inputs, date);
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
    maskedCells: maskedCells(buckets.market.flags),
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

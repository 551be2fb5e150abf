import { dataError, XimError } from '../../model/failure.js';
import type { ScheduleDocument } from '../../model/scheduleDocument.js';
import type { ScheduleSettings } from '../../model/scheduleSettings.js';
import { type DenseMatrix, fromRows, transpose } from '../../numerics/dense.js';
import { clockNs } from '../../stages/schedule/basket.js';
import { volumesBetween } from '../../stages/schedule/buildProblem.js';
import { rowsFrom } from '../../stages/schedule/replan.js';
import type { BasketLine } from '../../stages/schedule/request.js';
import type { Timeline } from '../../stages/schedule/timeline.js';
import { flowOfTrades } from './earlierTrades.js';
import type { MarketOfVersion } from './marketOfVersion.js';
import { bucketFrom, type PlanContext } from './planContext.js';

/** @throws XimError `usage` for a plan of another version, and for a start that is that of none of its rows */
export function refuseOtherPlan(
  { version, rows }: ScheduleDocument,
  market: MarketOfVersion,
  start: string | undefined,
): void {
  if (version.id !== market.id)
    throw new XimError(
      'usage',
      `the plan is by ${version.folder}, and this is ${market.folder}`,
      'replan by the same version with --ref; by another one it is a new basket, with the fills of the day as --fills',
    );
  const startNs = start === undefined ? undefined : clockNs(start, 'the horizon', 'start');
  if (!rows.some((row) => row.kind === 'continuous' && clockNs(row.start, 'the plan', 'start') === startNs))
    throw new XimError(
      'usage',
      start === undefined
        ? 'a replan needs --start: from when on the rest is planned'
        : `no row of the plan starts at ${start}`,
      `give the start of a row, such as ${rows[Math.floor(rows.length / 2)].start}`,
    );
}

export const linesOfPlan = ({ names }: ScheduleDocument): BasketLine[] =>
  names.map((name) => {
    const { symbol, millions, shares, lot, unitMillions } = name;
    const { startNs, endNs, cap, urgency, alphaBps, halfSpreadBps } = name;
    const given = { startNs, endNs, cap, urgency, alphaBps, halfSpreadBps };
    return {
      symbol,
      place: 'the plan',
      millions,
      ...(shares === null ? {} : { shares, lot }),
      ...(unitMillions === null ? {} : { price: unitMillions }),
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    };
  });

/** λ stays what it was: the rest of a basket is not judged by another preference than the whole. */
export const settingsOfPlan = ({ settings }: ScheduleDocument): ScheduleSettings => ({
  side: settings.side,
  cap: settings.cap,
  urgency: { aversion: settings.aversion },
  maxStep: settings.maxStep ?? undefined,
  temporaryBps: settings.temporaryBps,
  close: settings.close ?? undefined,
  unfinishedPenaltyBps: settings.unfinishedPenaltyBps ?? undefined,
  balances: settings.balances,
});

/** What is left to do of every line after the fills since the plan began; nothing of a name that is done. */
export function restOfLines(
  { trades, chosen, lines, grid }: PlanContext,
  plan: ScheduleDocument,
): (BasketLine | undefined)[] {
  const began = bucketFrom(grid, clockNs(plan.rows[0].start, 'the plan', 'start'));
  return lines.map((line, i) => {
    if (!line) return line;
    const own = trades.filter(({ symbol, bucket }) => symbol === line.symbol && bucket >= began);
    const done = own.reduce((sum, { qty }) => sum + qty, 0);
    if (done === 0) return line;
    const shares = line.shares === undefined ? undefined : line.shares - done;
    const millions =
      shares === undefined ? line.millions - done * chosen.profile.unitMillions[i] : shares * line.price!;
    if (millions * line.millions < 0)
      throw dataError(
        `${line.symbol}: ${Math.abs(done)} were filled, the plan of ${plan.date} has ${Math.abs(line.shares ?? line.millions)}`,
        'check the fills, or plan what is to be traded back as a basket of its own',
      );
    return millions === 0 ? undefined : { ...line, millions, ...(shares === undefined ? {} : { shares }) };
  });
}

/** N: participation of the fills in the last row of the plan before the rest; NaN before its first. */
export function lastRates({ trades, chosen, grid, horizon }: PlanContext, plan: ScheduleDocument): Float64Array {
  const { symbols, profile } = chosen;
  const to = bucketFrom(grid, horizon.buckets[0].startNs);
  const from = to - horizon.children;
  if (from < bucketFrom(grid, clockNs(plan.rows[0].start, 'the plan', 'start')))
    return new Float64Array(symbols.length).fill(Number.NaN);
  const flow = flowOfTrades(trades, symbols, profile.unitMillions, from, to);
  const { startNs } = horizon.buckets[0];
  const volumes = volumesBetween(profile, { startNs: startNs - horizon.bucketSeconds * 1e9, endNs: startNs });
  return volumes.map((volume, i) => {
    let traded = 0;
    for (let t = 0; t < flow.rows; t++) traded += flow.data[t * flow.cols + i];
    return volume > 0 ? traded / volume : Number.NaN;
  });
}

/** Rows of the plan from the horizon's start on, by the names of the problem. */
export function restOfPlan(plan: ScheduleDocument, symbols: readonly string[], { buckets }: Timeline): DenseMatrix {
  const places = new Map(plan.names.map(({ symbol }, k) => [symbol, k]));
  const nothing = plan.rows.map(() => 0);
  const byName = symbols.map((symbol) => plan.schedule[places.get(symbol) ?? -1] ?? nothing);
  const first = plan.rows.findIndex(({ start }) => clockNs(start, 'the plan', 'start') >= buckets[0].startNs);
  return rowsFrom(transpose(fromRows(byName)), first);
}

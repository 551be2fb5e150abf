import { readFileSync } from 'node:fs';
import type { Engine } from '../../io/duckdb.js';
import type { Calendar } from '../../model/calendar.js';
import { dataError, XimError } from '../../model/failure.js';
import { type BucketGrid, bucketAt, bucketGrid } from '../../model/grid.js';
import { type ImpactState, restState } from '../../model/impactState.js';
import type { ScheduleDocument } from '../../model/scheduleDocument.js';
import { moveUnitOf } from '../../model/units.js';
import { type DenseMatrix, fromRows, transpose } from '../../numerics/dense.js';
import { basketLines, clockNs } from '../../stages/schedule/basket.js';
import { buildProblem } from '../../stages/schedule/buildProblem.js';
import type { PolicyName } from '../../stages/schedule/policies.js';
import { HYSTERESIS_BAND, rowsFrom } from '../../stages/schedule/replan.js';
import type { BasketLine, ScheduleSettings } from '../../stages/schedule/request.js';
import { scheduleBasket } from '../../stages/schedule/scheduleBasket.js';
import { type Timeline, timeline, usualBucketSeconds } from '../../stages/schedule/timeline.js';
import type { StoredVersion } from '../../store/store.js';
import { tableRows } from './basketRows.js';
import { dailyVolumes, type MarketOfBasket, marketOfNames, type UnknownName } from './chosenNames.js';
import {
  type EarlierTrade,
  earlierTrades,
  flowOfTrades,
  readState,
  stateOfTrades,
  storedState,
} from './earlierTrades.js';
import { type MarketOfVersion, marketOfVersion } from './marketOfVersion.js';
import { type ScheduledBasket, scheduleDocument } from './scheduleDocument.js';

/** What a desk asks for. */
export interface PlanRequest {
  readonly store: string;
  readonly version: StoredVersion;
  /** File of the basket; not needed for a replan. */
  readonly basket?: string | undefined;
  /** Trading date, for its sessions; that of the version where absent. */
  readonly date?: string | undefined;
  /** Venue time, `10:30`. */
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly bucketNs?: number | undefined;
  readonly settings: ScheduleSettings;
  readonly policy?: PolicyName | undefined;
  readonly compare?: boolean | undefined;
  readonly frontier?: boolean | undefined;
  /** A document of an earlier schedule: its rest is planned anew from `start` on. */
  readonly plan?: string | undefined;
  /** Share of the objective that a new plan has to save. */
  readonly band?: number | undefined;
  readonly state?: string | undefined;
  readonly fills?: string | undefined;
  /** Symbols that the version does not know, with what trades of each in a day: `XYZ=120`. */
  readonly unknown?: readonly UnknownName[] | undefined;
  readonly force?: boolean | undefined;
  readonly engine: () => Promise<Engine>;
}

/** A basket, or the rest of one, as a schedule. */
export async function planBasket(request: PlanRequest): Promise<ScheduleDocument> {
  const market = marketOfVersion(request.store, request.version, request.force ?? false);
  const plan = request.plan === undefined ? undefined : readPlan(request.plan, market);
  const date = plan?.date ?? request.date ?? request.version.manifest.asof;
  const calendar = calendarOf(request.version);
  const grid = bucketGrid(calendar, date, market.bucketNs);
  const lines = plan ? linesOfPlan(plan) : await linesOf(request, market);
  const trades = request.fills === undefined ? [] : await earlierTrades(request.fills, grid, request.engine);
  const earlier = request.state === undefined ? [] : storedState(request.state).symbols;
  const symbols = namesOf(lines, [...trades.map(({ symbol }) => symbol), ...earlier], market);
  const chosen = marketOfNames(market, symbols, request.unknown ?? []);
  const horizon = horizonOf(request, grid, plan);
  const context = { request, market, chosen, grid, trades, horizon };
  const byName = symbols.map((symbol) => lines.find((line) => line.symbol === symbol));
  const left = plan ? restOfLines(context, byName, plan) : byName;
  const settings = plan ? settingsOfPlan(plan) : request.settings;
  const built = buildProblem({
    ...chosen,
    lines: left,
    timeline: horizon,
    settings,
    state: stateAt(context, plan),
  });
  const chosenPolicy = policyFor(request, plan);
  const kept = plan && { schedule: restOfPlan(plan, symbols, horizon), band: request.band ?? HYSTERESIS_BAND };
  const result = scheduleBasket(built, left, {
    policy: chosenPolicy.policy,
    ...(request.compare ? { compare: true } : {}),
    ...(request.frontier ? { frontier: true } : {}),
    ...(kept ? { plan: kept } : {}),
  });
  const basket: ScheduledBasket = {
    version: request.version,
    certificate: market.certificate,
    date,
    timezone: calendar.timezone,
    epochNs: grid.epochNs,
    units: moveUnitOf(request.version.manifest.config),
    timeline: horizon,
    settings,
    policyReason: chosenPolicy.reason,
    symbols,
    blocks: chosen.blocks,
    lines: left,
    known: new Set(market.symbols),
    built,
    result,
    notes: notesOf(context, result.outcome.solved?.status),
  };
  return scheduleDocument(basket);
}

interface PlanContext {
  readonly request: PlanRequest;
  readonly market: MarketOfVersion;
  readonly chosen: MarketOfBasket;
  readonly grid: BucketGrid;
  readonly trades: readonly EarlierTrade[];
  readonly horizon: Timeline;
}

/** Sessions that the version was calibrated in. */
const calendarOf = ({ manifest }: StoredVersion): Calendar =>
  (manifest.config as { readonly calendar: Calendar }).calendar;

async function linesOf({ basket, engine, unknown = [] }: PlanRequest, market: MarketOfVersion): Promise<BasketLine[]> {
  if (basket === undefined) throw new XimError('usage', 'no basket was given', 'name a file of symbol, side and qty');
  const place = new Map(market.symbols.map((symbol, i) => [symbol, i]));
  const daily = dailyVolumes(market.profile);
  const strangers = new Map(unknown.map((name) => [name.symbol, name.dailyMillions]));
  const lines = basketLines(await tableRows(basket, engine), (symbol) => {
    const i = place.get(symbol);
    if (i !== undefined) return { unitMillions: market.profile.unitMillions[i], dailyMillions: daily[i] };
    const volume = strangers.get(symbol);
    return volume === undefined ? undefined : { unitMillions: Number.NaN, dailyMillions: volume };
  });
  const lost = lines.filter(({ symbol }) => !place.has(symbol) && !strangers.has(symbol));
  if (lost.length > 0)
    throw dataError(
      `${lost[0].place}: ${lost.map(({ symbol }) => symbol).join(', ')} ${lost.length === 1 ? 'is no name' : 'are no names'} of ${market.version.folder}`,
      'leave them out, or say what trades of each in a day and have them priced like a typical name of that volume, without links: --allow-unknown XYZ=120 (millions)',
    );
  return lines;
}

/** Names of the basket in its order, then names of the version that were traded before. */
function namesOf(lines: readonly BasketLine[], earlier: readonly string[], market: MarketOfVersion): string[] {
  const names = new Set(lines.map(({ symbol }) => symbol));
  const known = new Set(market.symbols);
  for (const symbol of earlier) if (known.has(symbol)) names.add(symbol);
  return [...names];
}

function horizonOf(request: PlanRequest, grid: BucketGrid, plan: ScheduleDocument | undefined): Timeline {
  const { sessions } = grid;
  const given = (text: string | undefined, option: string) =>
    text === undefined ? undefined : clockNs(text, 'the command', option);
  const last = plan?.rows.findLast(({ kind }) => kind === 'continuous')?.end;
  const startNs = given(request.start ?? plan?.rows[0].start, '--start') ?? sessions[0].startNs;
  const endNs = given(plan ? last : request.end, '--end') ?? sessions[sessions.length - 1].endNs;
  const usual = () => usualBucketSeconds(tradedSeconds(grid, startNs, endNs), grid.bucketNs / 1e9) * 1e9;
  const bucketNs = plan ? plan.bucketSeconds * 1e9 : (request.bucketNs ?? usual());
  return timeline(grid, startNs, endNs, bucketNs);
}

const tradedSeconds = ({ sessions }: BucketGrid, startNs: number, endNs: number): number =>
  sessions.reduce((sum, s) => sum + Math.max(0, Math.min(endNs, s.endNs) - Math.max(startNs, s.startNs)) / 1e9, 0);

/** Bucket of the model that the horizon starts with. */
const firstBucket = ({ grid, horizon }: PlanContext): number => bucketAt(grid, horizon.buckets[0].startNs + 1);

/** What earlier own trades weigh when the horizon starts: what a file says, or the fills until then, from rest or from the plan's start. */
function stateAt(context: PlanContext, plan: ScheduleDocument | undefined): ImpactState {
  const { request, chosen, trades, grid, market } = context;
  const { propagator, symbols, profile } = chosen;
  const { id } = market.version;
  const at = firstBucket(context);
  const late = trades.find(({ bucket }) => bucket >= at);
  if (late)
    throw dataError(
      `${late.place}: a fill of ${late.symbol} comes after the horizon starts`,
      'start later with --start, or leave later fills out',
    );
  if (request.state !== undefined && request.fills !== undefined && !plan)
    throw new XimError(
      'usage',
      'both --state and --fills were given',
      'a state holds the fills before it: give one of them',
    );
  const stored = request.state === undefined ? undefined : readState(request.state, id, symbols, propagator);
  if (!plan) {
    const from = stored ?? restState(propagator);
    return stateOfTrades(propagator, flowOfTrades(trades, symbols, profile.unitMillions, 0, at), from);
  }
  const planned = bucketAt(grid, clockNs(plan.rows[0].start, request.plan!, 'start') + 1);
  const start = readState(request.plan!, id, symbols, propagator);
  return stored ?? stateOfTrades(propagator, flowOfTrades(trades, symbols, profile.unitMillions, planned, at), start);
}

/** @throws data error for another kind of file, XimError `usage` for a plan of another version */
function readPlan(path: string, { version }: MarketOfVersion): ScheduleDocument {
  const document = JSON.parse(readFileSync(path, 'utf8')) as ScheduleDocument;
  if (document.kind !== 'xim-schedule' || document.schemaVersion !== 1)
    throw dataError(`${path} is no schedule`, 'give what --out wrote as schedule.json');
  if (document.version.id !== version.id)
    throw new XimError(
      'usage',
      `${path} is a plan by ${document.version.folder}, and this is ${version.folder}`,
      'replan by the same version with --ref; a plan by another one is a new basket, with the fills of the day as --fills',
    );
  return document;
}

const linesOfPlan = ({ names }: ScheduleDocument): BasketLine[] =>
  names.map(
    ({ symbol, millions, shares, lot, unitMillions, startNs, endNs, cap, urgency, alphaBps, halfSpreadBps }) => {
      const given = { startNs, endNs, cap, urgency, alphaBps, halfSpreadBps };
      return {
        symbol,
        place: `the plan of ${symbol}`,
        millions,
        ...(shares === null ? {} : { shares, lot }),
        ...(unitMillions === null ? {} : { price: unitMillions }),
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      };
    },
  );

/** λ stays what it was: the rest of a basket is not judged by another preference than the whole. */
const settingsOfPlan = ({ settings }: ScheduleDocument): ScheduleSettings => ({
  side: settings.side,
  cap: settings.cap,
  urgency: { aversion: settings.aversion },
  temporaryBps: settings.temporaryBps,
  close: settings.close ?? undefined,
  unfinishedPenaltyBps: settings.unfinishedPenaltyBps ?? undefined,
  balances: settings.balances,
});

/** What is left to do of every line, by the fills of the plan's rows that have passed. */
function restOfLines(
  { trades, chosen, request }: PlanContext,
  lines: readonly (BasketLine | undefined)[],
  plan: ScheduleDocument,
): (BasketLine | undefined)[] {
  if (request.start === undefined)
    throw new XimError(
      'usage',
      'a replan needs --start: from when on the rest is planned',
      'give the start of a row of the plan',
    );
  const { symbols, profile } = chosen;
  return lines.map((line, i) => {
    if (!line) return line;
    const done = trades.filter(({ symbol }) => symbol === symbols[i]).reduce((sum, { qty }) => sum + qty, 0);
    const shares = line.shares === undefined ? undefined : line.shares - done;
    const millions = shares === undefined ? line.millions - done * profile.unitMillions[i] : shares * line.price!;
    const isOver = millions * line.millions < 0;
    if (isOver)
      throw dataError(
        `${symbols[i]}: more was filled than the plan of ${plan.date} has (${Math.abs(done)} of ${Math.abs(line.shares ?? 0)})`,
        'check the fills, or plan what is to be traded back as a basket of its own',
      );
    return { ...line, millions, ...(shares === undefined ? {} : { shares }) };
  });
}

/** Rows of the plan from the horizon's start on, by the names of the problem. */
function restOfPlan(plan: ScheduleDocument, symbols: readonly string[], horizon: Timeline): DenseMatrix {
  const rows = transpose(
    fromRows(
      symbols.map((symbol) => {
        const k = plan.names.findIndex((name) => name.symbol === symbol);
        return k < 0 ? plan.rows.map(() => 0) : (plan.schedule[k] ?? []);
      }),
    ),
  );
  const first = plan.rows.findIndex(({ start }) => clockNs(start, 'the plan', 'start') >= horizon.buckets[0].startNs);
  return rowsFrom(rows, Math.max(0, first));
}

/** The policy that was asked for, or what the evidence for links supports. */
function policyFor(
  { policy, version }: PlanRequest,
  plan: ScheduleDocument | undefined,
): { policy: PolicyName; reason: string } {
  if (policy !== undefined) return { policy, reason: 'as asked for' };
  if (plan) return { policy: plan.policy.name as PolicyName, reason: 'as planned' };
  const { crossImpact } = version.manifest.verdict;
  if (crossImpact === 'evident') return { policy: 'cross', reason: 'cross-impact is evident' };
  if (crossImpact === 'worse than nothing') return { policy: 'diagonal', reason: 'links predict worse than nothing' };
  return { policy: 'half', reason: `cross-impact is ${crossImpact}: links count half` };
}

function notesOf({ horizon, trades, request, market, chosen }: PlanContext, status: string | undefined): string[] {
  const stray = [...new Set(trades.map(({ symbol }) => symbol))].filter((symbol) => !chosen.symbols.includes(symbol));
  const { shrinkage, days } = market.profile;
  return [
    ...(market.certificate === 'passed'
      ? []
      : [`the certificate is ${market.certificate}: the gap says nothing, and costs may be too low`]),
    ...(horizon.hasBreak
      ? ['the horizon spans a break: impact is taken not to fade in it, and prices not to move']
      : []),
    ...(horizon.leftOverSeconds > 0
      ? [`${horizon.leftOverSeconds} s at the end of a session make no whole bucket, and are not traded in`]
      : []),
    ...(stray.length > 0 ? [`fills of ${stray.join(', ')} are not priced: no names of the version`] : []),
    ...((request.unknown ?? []).length > 0
      ? [
          `${request.unknown!.map(({ symbol }) => symbol).join(', ')}: not in the version; priced like a typical name of that volume, without links`,
        ]
      : []),
    ...(status === 'maxIterations' ? ['the solver stopped before its gap was closed: see the gap'] : []),
    ...(days < 5 ? [`volumes and risk come from ${days} day${days === 1 ? '' : 's'} alone`] : []),
    ...(shrinkage === 1 ? ['correlations between names are the means of their blocks: the window tells no more'] : []),
  ];
}

import { dataError, XimError } from '../../model/failure.js';
import { type BucketGrid, bucketAt, bucketGrid } from '../../model/grid.js';
import { type ImpactState, restState } from '../../model/impactState.js';
import type { DocumentState, ScheduleDocument } from '../../model/scheduleDocument.js';
import type { PolicyName, ScheduleSettings } from '../../model/scheduleSettings.js';
import { type DenseMatrix, fromRows, transpose } from '../../numerics/dense.js';
import { clockNs } from '../../stages/schedule/basket.js';
import { buildProblem, volumesBetween } from '../../stages/schedule/buildProblem.js';
import { HYSTERESIS_BAND, rowsFrom } from '../../stages/schedule/replan.js';
import type { BasketLine } from '../../stages/schedule/request.js';
import { scheduleBasket } from '../../stages/schedule/scheduleBasket.js';
import { type Timeline, timeline, usualBucketSeconds } from '../../stages/schedule/timeline.js';
import { type MarketOfBasket, marketOfNames, type UnknownName } from './chosenNames.js';
import { type EarlierTrade, flowOfTrades, stateByNames, stateOfTrades } from './earlierTrades.js';
import type { MarketOfVersion } from './marketOfVersion.js';
import { scheduleDocument } from './scheduleDocument.js';

/** What is asked of a schedule beside its basket; everything has been read. */
export interface PlanOptions {
  /** Trading date, for its sessions; that of the version where absent. */
  readonly date?: string | undefined;
  /** Venue time, `10:30`; the whole session where absent. */
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly bucketNs?: number | undefined;
  readonly settings: ScheduleSettings;
  /** By the evidence for links where absent. */
  readonly policy?: PolicyName | undefined;
  readonly compare?: boolean | undefined;
  readonly frontier?: boolean | undefined;
  readonly state?: DocumentState | undefined;
  /** Own trades so far: for the rest of a plan, those of its basket. */
  readonly trades?: readonly EarlierTrade[] | undefined;
  /** Own trades of other baskets, which weigh on prices alone. */
  readonly otherTrades?: readonly EarlierTrade[] | undefined;
  readonly unknown?: readonly UnknownName[] | undefined;
}

/** A running plan, whose rest is planned anew from `start` on. */
export interface RunningPlan {
  readonly document: ScheduleDocument;
  /** Share of the objective that a new plan has to save. */
  readonly band?: number | undefined;
}

/** A basket as a schedule. @throws XimError `data` or `usage`, naming what stands in the way */
export function planLines(
  market: MarketOfVersion,
  lines: readonly BasketLine[],
  options: PlanOptions,
): ScheduleDocument {
  const grid = bucketGrid(market.calendar, options.date ?? market.asof, market.bucketNs);
  const context = contextOf(market, grid, lines, options, horizonOf(grid, options));
  return concluded(context, context.lines, options.settings, stateBefore(context));
}

/** The rest of a plan. @throws XimError `usage` for a plan of another version, or without a start */
export function replanRest(
  market: MarketOfVersion,
  { document, band = HYSTERESIS_BAND }: RunningPlan,
  options: Omit<PlanOptions, 'settings'>,
): ScheduleDocument {
  refuseOtherPlan(document, market, options.start);
  const grid = bucketGrid(market.calendar, document.date, market.bucketNs);
  const settings = settingsOfPlan(document);
  const end = document.rows.findLast(({ kind }) => kind === 'continuous')!.end;
  const horizon = horizonOf(grid, { start: options.start, end, bucketNs: document.bucketSeconds * 1e9 });
  const policy = options.policy ?? (document.policy.name as PolicyName);
  const lines = linesOfPlan(document);
  const context = contextOf(market, grid, lines, { ...options, settings, policy }, horizon);
  const left = restOfLines(context, document);
  if (left.every((line) => line === undefined))
    throw new XimError('usage', 'nothing is left to do: the fills complete the plan', 'plan the next basket');
  const schedule = restOfPlan(document, context.chosen.symbols, horizon);
  const rates = settings.maxStep === undefined ? undefined : lastRates(context, document);
  return concluded(context, left, settings, stateSince(context, document), { schedule, band, rates });
}

interface PlanContext {
  readonly market: MarketOfVersion;
  readonly grid: BucketGrid;
  readonly options: PlanOptions;
  readonly horizon: Timeline;
  readonly chosen: MarketOfBasket;
  /** By the names of `chosen`; `undefined` for one that was only traded before. */
  readonly lines: readonly (BasketLine | undefined)[];
  readonly trades: readonly EarlierTrade[];
  /** With those of other baskets. */
  readonly allTrades: readonly EarlierTrade[];
}

function contextOf(
  market: MarketOfVersion,
  grid: BucketGrid,
  lines: readonly BasketLine[],
  options: PlanOptions,
  horizon: Timeline,
): PlanContext {
  const { trades = [], otherTrades = [], state, unknown = [] } = options;
  const allTrades = [...trades, ...otherTrades];
  const symbols = namesOf(lines, [...allTrades.map(({ symbol }) => symbol), ...(state?.symbols ?? [])], market);
  const chosen = marketOfNames(market, symbols, unknown);
  const byName = symbols.map((symbol) => lines.find((line) => line.symbol === symbol));
  return { market, grid, options, horizon, chosen, lines: byName, trades, allTrades };
}

/** Names of the basket in its order, then names of the version that were traded before. */
function namesOf(lines: readonly BasketLine[], earlier: readonly string[], market: MarketOfVersion): string[] {
  const names = new Set(lines.map(({ symbol }) => symbol));
  const known = new Set(market.symbols);
  for (const symbol of earlier) if (known.has(symbol)) names.add(symbol);
  return [...names];
}

function concluded(
  context: PlanContext,
  lines: readonly (BasketLine | undefined)[],
  settings: ScheduleSettings,
  state: ImpactState,
  plan?: { readonly schedule: DenseMatrix; readonly band: number; readonly rates: Float64Array | undefined },
): ScheduleDocument {
  const { market, grid, options, horizon, chosen } = context;
  const built = buildProblem({
    ...{ ...chosen, lines, timeline: horizon, settings, state },
    participationBefore: plan?.rates,
  });
  const { policy, reason } = policyFor(options.policy, market, plan !== undefined);
  const result = scheduleBasket(built, lines, {
    policy,
    ...(options.compare ? { compare: true } : {}),
    ...(options.frontier ? { frontier: true } : {}),
    ...(plan ? { plan } : {}),
  });
  const { symbols, blocks } = chosen;
  const notes = notesOf(context, result.outcome.solved?.status);
  return scheduleDocument({
    ...{
      market,
      grid,
      timeline: horizon,
      settings,
      policyReason: reason,
      symbols,
      blocks,
      lines,
      built,
      result,
      notes,
    },
  });
}

type HorizonOptions = Pick<PlanOptions, 'start' | 'end' | 'bucketNs'>;

function horizonOf(grid: BucketGrid, { start, end, bucketNs }: HorizonOptions): Timeline {
  const { sessions } = grid;
  const startNs = start === undefined ? sessions[0].startNs : clockNs(start, 'the horizon', 'start');
  const endNs = end === undefined ? sessions[sessions.length - 1].endNs : clockNs(end, 'the horizon', 'end');
  const usual = () => usualBucketSeconds(tradedSeconds(grid, startNs, endNs), grid.bucketNs / 1e9) * 1e9;
  return timeline(grid, startNs, endNs, bucketNs ?? usual());
}

const tradedSeconds = ({ sessions }: BucketGrid, startNs: number, endNs: number): number =>
  sessions.reduce((sum, s) => sum + Math.max(0, Math.min(endNs, s.endNs) - Math.max(startNs, s.startNs)) / 1e9, 0);

/** Bucket of the model that starts then. */
const bucketFrom = (grid: BucketGrid, startNs: number): number => bucketAt(grid, startNs + 1);

/** What earlier own trades weigh when the horizon starts: what a state says, or the fills until then. */
function stateBefore(context: PlanContext): ImpactState {
  const { options, chosen, allTrades: trades, grid, market, horizon } = context;
  const { propagator, symbols, profile } = chosen;
  const at = bucketFrom(grid, horizon.buckets[0].startNs);
  refuseLateFills(trades, at);
  if (options.state && trades.length > 0)
    throw new XimError(
      'usage',
      'both a state and fills were given',
      'a state holds the fills before it: give one of them',
    );
  if (options.state) return stateByNames(options.state, market.id, symbols, propagator);
  return stateOfTrades(propagator, flowOfTrades(trades, symbols, profile.unitMillions, 0, at), restState(propagator));
}

/** The same for a running plan: from what it started with, by the fills since. */
function stateSince(context: PlanContext, plan: ScheduleDocument): ImpactState {
  const { options, chosen, allTrades: trades, grid, market, horizon } = context;
  const { propagator, symbols, profile } = chosen;
  const at = bucketFrom(grid, horizon.buckets[0].startNs);
  refuseLateFills(trades, at);
  if (options.state) return stateByNames(options.state, market.id, symbols, propagator);
  const began = bucketFrom(grid, clockNs(plan.rows[0].start, 'the plan', 'start'));
  const start = stateByNames(plan.state, market.id, symbols, propagator);
  return stateOfTrades(propagator, flowOfTrades(trades, symbols, profile.unitMillions, began, at), start);
}

function refuseLateFills(trades: readonly EarlierTrade[], at: number): void {
  const late = trades.find(({ bucket }) => bucket >= at);
  if (late)
    throw dataError(
      `${late.place}: a fill of ${late.symbol} comes after the horizon starts`,
      'start later with --start, or leave later fills out',
    );
}

function refuseOtherPlan(
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

const linesOfPlan = ({ names }: ScheduleDocument): BasketLine[] =>
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
const settingsOfPlan = ({ settings }: ScheduleDocument): ScheduleSettings => ({
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
function restOfLines({ trades, chosen, lines, grid }: PlanContext, plan: ScheduleDocument): (BasketLine | undefined)[] {
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
function lastRates({ trades, chosen, grid, horizon }: PlanContext, plan: ScheduleDocument): Float64Array {
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
function restOfPlan(plan: ScheduleDocument, symbols: readonly string[], { buckets }: Timeline): DenseMatrix {
  const places = new Map(plan.names.map(({ symbol }, k) => [symbol, k]));
  const nothing = plan.rows.map(() => 0);
  const byName = symbols.map((symbol) => plan.schedule[places.get(symbol) ?? -1] ?? nothing);
  const first = plan.rows.findIndex(({ start }) => clockNs(start, 'the plan', 'start') >= buckets[0].startNs);
  return rowsFrom(transpose(fromRows(byName)), first);
}

/** The policy that was asked for, or what the evidence for links supports. */
function policyFor(policy: PolicyName | undefined, { crossImpact }: MarketOfVersion, isReplan: boolean) {
  if (policy !== undefined) return { policy, reason: isReplan ? 'as planned' : 'as asked for' };
  if (crossImpact === 'evident') return { policy: 'cross', reason: 'cross-impact is evident' } as const;
  if (crossImpact === 'worse than nothing')
    return { policy: 'diagonal', reason: 'links predict worse than nothing' } as const;
  return { policy: 'half', reason: `cross-impact is ${crossImpact}: links count half` } as const;
}

function notesOf(
  { market, horizon, allTrades: trades, chosen, options }: PlanContext,
  status: string | undefined,
): string[] {
  const { shrinkage, days } = market.profile;
  const stray = [...new Set(trades.map(({ symbol }) => symbol))].filter((symbol) => !chosen.symbols.includes(symbol));
  const unknown = (options.unknown ?? []).map(({ symbol }) => symbol);
  const when = (holds: boolean, note: string) => (holds ? [note] : []);
  return [
    ...when(
      market.certificate !== 'passed',
      `the certificate is ${market.certificate}: the gap says nothing, and costs may be too low`,
    ),
    ...when(
      market.failedGates.length > 0,
      `${market.folder} did not pass all gates and would not be promoted: ${market.failedGates.join(', ')}`,
    ),
    ...when(
      chosen.propagator.matrices.length === 1 && !chosen.propagator.concave,
      'links fade as self impact does: knowing them tells what the basket costs, and changes how it is worked through risk, caps and spreads alone',
    ),
    ...when(market.liquidity > 0, 'costs are those at the usual depth of the book: thinner, impact is more'),
    ...when(horizon.hasBreak, 'the horizon spans a break: impact is taken not to fade in it, and prices not to move'),
    ...when(
      horizon.leftOverSeconds > 0,
      `${horizon.leftOverSeconds} s at the end of a session make no whole bucket, and are not traded in`,
    ),
    ...when(stray.length > 0, `fills of ${stray.join(', ')} are not priced: no names of the version`),
    ...when(
      unknown.length > 0,
      `${unknown.join(', ')}: not in the version; priced like a typical name of that volume, without links`,
    ),
    ...when(status === 'maxIterations', 'the solver stopped before its gap was closed'),
    ...when(days < 5, `volumes and risk come from ${days} day${days === 1 ? '' : 's'} alone`),
    ...when(shrinkage === 1, 'correlations between names are the means of their blocks: the window tells no more'),
  ];
}

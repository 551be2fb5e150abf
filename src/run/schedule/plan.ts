import { dataError, XimError } from '../../model/failure.js';
import { bucketGrid } from '../../model/grid.js';
import { type ImpactState, restState } from '../../model/impactState.js';
import type { ScheduleDocument } from '../../model/scheduleDocument.js';
import type { PolicyName, ScheduleSettings } from '../../model/scheduleSettings.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import { clockNs } from '../../stages/schedule/basket.js';
import { buildProblem } from '../../stages/schedule/buildProblem.js';
import { HYSTERESIS_BAND } from '../../stages/schedule/replan.js';
import type { BasketLine } from '../../stages/schedule/request.js';
import { scheduleBasket } from '../../stages/schedule/scheduleBasket.js';
import { type EarlierTrade, flowOfTrades, stateByNames, stateOfTrades } from './earlierTrades.js';
import type { MarketOfVersion } from './marketOfVersion.js';
import { bucketFrom, contextOf, horizonOf, type PlanContext, type PlanOptions } from './planContext.js';
import { lastRates, linesOfPlan, refuseOtherPlan, restOfLines, restOfPlan, settingsOfPlan } from './runningPlan.js';
import { scheduleDocument } from './scheduleDocument.js';

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

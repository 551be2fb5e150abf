import { dataError, XimError } from '../../model/failure.js';
import type { BucketGrid } from '../../model/grid.js';
import type { Scenario } from '../../model/scenario.js';
import type { DocumentRow, ScheduleDocument } from '../../model/scheduleDocument.js';
import { SECOND_NS } from './simulatedDay.js';
import type { Truth } from './truth.js';

/** A schedule as a simulated day executes it. Times are nanoseconds after the grid's epoch. */
export interface ExecutionPlan {
  /** When the first row begins, and the last one ends. */
  readonly arrivalNs: number;
  readonly deadlineNs: number;
  /** One a name and side. */
  readonly orders: readonly PlannedOrder[];
  readonly rows: readonly PlannedRow[];
}

export interface PlannedOrder {
  readonly name: number;
  readonly side: 1 | -1;
}

/** A stretch of one session. */
export interface PlannedRow {
  readonly startNs: number;
  readonly seconds: number;
  readonly children: readonly PlannedChild[];
}

export interface PlannedChild {
  /** Place in the orders of the plan. */
  readonly order: number;
  /** Shares; absent where the schedule knows of money only. */
  readonly qty?: number;
  readonly millions: number;
}

/** A plan at work. */
export interface Execution {
  readonly plan: ExecutionPlan;
  arrived?: ArrivedBasket;
  /** Children sent so far. */
  sent: number;
  /** By order of the plan. */
  readonly outcomes: readonly OrderOutcome[];
}

export interface ArrivedBasket {
  /** Of the children, by row and child. */
  readonly shares: readonly (readonly number[])[];
  /** By name, when the basket arrived; those of the undisturbed market are the same where nothing was executed before. */
  readonly mid: Float64Array;
  readonly undisturbedMid: Float64Array;
}

/** What an order paid above the mid at its arrival, units of currency. */
export interface OrderOutcome {
  shares: number;
  paid: number;
  /** Of it, what prices would have done without the schedule. */
  drifted: number;
}

export const openExecution = (plan: ExecutionPlan): Execution => ({
  plan,
  sent: 0,
  outcomes: plan.orders.map(() => ({ shares: 0, paid: 0, drifted: 0 })),
});

/** Shortfall of some orders in bps of what they are worth at arrival, and what of it the schedule has no part in. */
export interface ExecutedCost {
  readonly shortfallBps: number;
  readonly driftBps: number;
}

/** @param isAsked which orders, by their place in the plan; all of them where absent */
export function executedCost({ plan, arrived, outcomes }: Execution, isAsked = (_: number) => true): ExecutedCost {
  const [worth, paid, drifted] = outcomes.reduce(
    ([w, p, d], { shares, paid, drifted }, k) =>
      isAsked(k) ? [w + shares * (arrived?.mid[plan.orders[k].name] ?? 0), p + paid, d + drifted] : [w, p, d],
    [0, 0, 0],
  );
  const inBps = (money: number) => (worth > 0 ? (1e4 * money) / worth : 0);
  return { shortfallBps: inBps(paid), driftBps: inBps(drifted) };
}

/** A unit of quantity is another thing than a simulated share where it is worth this many times as much, or as little. */
const OTHER_UNIT = 2;

/**
 * @param grid seconds of the day of the schedule
 * @throws XimError `usage` naming what of the schedule does not fit the simulated market
 */
export function executionPlan(
  document: ScheduleDocument,
  scenario: Scenario,
  truth: Truth,
  grid: BucketGrid,
): ExecutionPlan {
  refuseOtherMarket(document, scenario, truth);
  const spans = document.rows.map((row) => ({ row, ...spanOf(row, document, grid) }));
  const continuous = spans.filter(({ row }) => row.kind === 'continuous');
  if (continuous.length === 0) throw dataError('the schedule has no rows', 'give the file as it was written');
  for (const { row, startNs, endNs } of continuous) refuseOutside(row, startNs, endNs, grid, scenario);
  const orders: PlannedOrder[] = [];
  const orderOf = (name: number, side: 1 | -1): number => {
    const found = orders.findIndex((order) => order.name === name && order.side === side);
    return found < 0 ? orders.push({ name, side }) - 1 : found;
  };
  const children: PlannedChild[][] = spans.map(() => []);
  for (const { row: t, symbol, qty, notional } of document.children) {
    const row = document.rows[t];
    if (!row || !Number.isFinite(notional) || !(qty === null || Number.isFinite(qty)))
      throw dataError(
        `the schedule has a child of ${symbol} in row ${t} with qty ${qty} and notional ${notional}`,
        'give the file as it was written',
      );
    if (notional === 0) continue;
    if (row.kind !== 'continuous')
      throw mismatch(
        `the schedule trades ${symbol} in ${row.kind === 'auction' ? 'an auction' : 'a clean-up'} after its last bucket, and the simulated market has sessions only`,
        'schedule without --close and --penalty',
      );
    const order = orderOf(truth.symbols.indexOf(symbol), notional > 0 ? 1 : -1);
    children[t].push({ order, millions: Math.abs(notional), ...(qty === null ? {} : { qty: Math.abs(qty) }) });
  }
  return {
    arrivalNs: continuous[0].startNs,
    deadlineNs: continuous[continuous.length - 1].endNs,
    orders,
    rows: spans.flatMap(({ row, startNs, endNs }, t) =>
      row.kind === 'continuous'
        ? [{ startNs, seconds: Math.round((endNs - startNs) / SECOND_NS), children: children[t] }]
        : [],
    ),
  };
}

const mismatch = (message: string, hint: string): XimError => new XimError('usage', message, hint);

function refuseOtherMarket(document: ScheduleDocument, scenario: Scenario, { symbols, startPrice }: Truth): void {
  const { names, timezone, units, bucketSeconds, modelBuckets } = document;
  const known = new Set(symbols);
  const traded = [...new Set([...names, ...document.children].map(({ symbol }) => symbol))];
  const unknown = traded.filter((symbol) => !known.has(symbol));
  if (unknown.length > 0)
    throw mismatch(
      `the schedule trades ${listed(unknown)}, and the scenario has ${listed(symbols)}`,
      'give a schedule for symbols of the scenario',
    );
  if (timezone !== scenario.timezone)
    throw mismatch(
      `the schedule is in ${timezone}, and the scenario in ${scenario.timezone}`,
      'give the scenario the timezone of the calendar, or schedule with that of the scenario',
    );
  if (units !== 'bps')
    throw mismatch(
      `the schedule is priced in units of ${units}, and the simulated market moves in bps`,
      'schedule with align.units: bps',
    );
  if (!isWhole(bucketSeconds / modelBuckets))
    throw mismatch(
      `the schedule has buckets of ${bucketSeconds} s in ${modelBuckets} of the model, which are no whole seconds, and the simulated market trades once a second`,
      'schedule with buckets of the model of whole seconds',
    );
  for (const { symbol, unitMillions } of names) {
    const price = startPrice[symbols.indexOf(symbol)];
    const ratio = unitMillions === null ? 1 : (1e6 * unitMillions) / price;
    if (ratio < 1 / OTHER_UNIT || ratio > OTHER_UNIT)
      throw mismatch(
        `a unit of ${symbol} is worth ${1e6 * unitMillions!} in the schedule, and ${price} when the scenario begins`,
        'give a schedule by a version of this market; contract and currency have no place in a scenario',
      );
  }
}

const isWhole = (seconds: number): boolean => seconds >= 1 && Math.abs(seconds - Math.round(seconds)) < 1e-9;

const listed = (symbols: readonly string[]): string =>
  symbols.length > 5
    ? `${symbols.slice(0, 4).join(', ')} and ${symbols.length - 4} more`
    : symbols.join(', ').replace(/, ([^,]*)$/, ' and $1');

function spanOf(row: DocumentRow, { bucketSeconds }: ScheduleDocument, grid: BucketGrid) {
  const endNs = Number(BigInt(Date.parse(row.ts)) * 1_000_000n - grid.epochNs);
  return { startNs: row.kind === 'continuous' ? endNs - bucketSeconds * SECOND_NS : endNs, endNs };
}

function refuseOutside(row: DocumentRow, startNs: number, endNs: number, grid: BucketGrid, scenario: Scenario): void {
  const session = grid.sessions.find((span) => startNs >= span.startNs && endNs <= span.endNs);
  if (session && Number.isInteger((startNs - session.startNs) / SECOND_NS)) return;
  const sessions = scenario.sessions.map(([start, end]) => `${start}–${end}`).join(', ');
  throw mismatch(
    `the schedule has a row ${row.start}–${row.end} on ${grid.date}, which is ${session ? 'not in whole seconds' : 'in no session'} of the scenario: ${sessions}`,
    'schedule with the sessions of the scenario as calendar.sessions, or with --start and --end within them',
  );
}

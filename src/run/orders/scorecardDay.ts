import type { Config } from '../../config/schema.js';
import { dataFolders } from '../../io/datasetFolders.js';
import { readOwnFills, readParents } from '../../io/parentReader.js';
import { nameIndex, refuseBoth, type SymbolCodes } from '../../io/symbolCodes.js';
import type { DayFlow, DayWith, Name } from '../../model/buckets.js';
import type { FeedFile } from '../../model/feed.js';
import { depthFields } from '../../model/flowTransform.js';
import type { BucketGrid } from '../../model/grid.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import type { ParentRow } from '../../model/parentRow.js';
import { touchDepth } from '../../model/touchDepth.js';
import { asPrice, type MoveUnit } from '../../model/units.js';
import { inQuotedCurrency, priceScales } from '../../stages/align/contracts.js';
import { type MarketStates, marketStates } from '../../stages/replay/marketStates.js';
import { checkFills, checkParents } from '../../stages/scorecard/checkOrders.js';
import type { PriceModel } from '../../stages/scorecard/impactLevels.js';
import { emptyLog, type IssueLog } from '../../stages/scorecard/issues.js';
import {
  type Fill,
  instantsNeeded,
  type ParentOrder,
  parentIds,
  type QuotedMids,
} from '../../stages/scorecard/orders.js';
import { type Decomposed, decomposedBy, type ParentCost, scoreDay } from '../../stages/scorecard/shortfall.js';
import { stageKey } from '../../store/store.js';
import { type AlignedDay, alignDay } from '../window/alignDay.js';
import { type AlignContext, alignKey, gridOf } from '../window/alignKey.js';
import { cachedJson } from '../window/cachedFiles.js';
import { DayReader } from '../window/dayReader.js';
import { namesOn } from '../window/reference.js';
import { scanContext } from '../window/scanContext.js';
import { refuseUnread } from '../window/unread.js';

/** Costs of the orders of one day, and what was wrong with its rows. */
export interface ScoredDay {
  readonly date: string;
  readonly costs: readonly ParentCost[];
  readonly log: IssueLog;
  readonly decomposed: Decomposed;
  /** Names that were traded and have no depth on the day, though the model measures flow against it. */
  readonly withoutDepth: readonly string[];
  /** Rows read. */
  readonly rows: { readonly parents: number; readonly fills: number };
  /** Names of the files that issues refer to. */
  readonly files: { readonly parents: readonly string[]; readonly fills: readonly string[] };
}

/** Reads, checks and costs the parent orders of a date. @throws data error naming a file that cannot be used. */
export async function scoreDate(
  context: AlignContext,
  date: string,
  model: PriceModel | undefined,
): Promise<ScoredDay> {
  const { units } = context.config.align;
  const log = emptyLog();
  const { names, venues, parents, fills, rows, files } = await readOrders(context, date, log);
  const aligned = await alignDay(context, date);
  const instants = instantsNeeded(parents, fills, names.length);
  const { mids, states } =
    context.config.data.source === 'buckets'
      ? await bucketMarket(aligned, units)
      : await quotedMarket(context, aligned, date, instants);
  const day: DayFlow = await aligned.read(model ? depthFields(model.transform) : []);
  const market = { mids, day, states, units };
  const orders = { names, venues, parents, fills, ...market, ...(model ? { model } : {}) };
  return {
    date,
    costs: scoreDay(orders, log),
    log,
    decomposed: decomposedBy(day.factors.names, model),
    withoutDepth: withoutDepth(day, fills, model),
    rows,
    files,
  };
}

/** Orders of a day that can be used, with the names of the day. */
export interface DayOfOrders extends Pick<ScoredDay, 'rows' | 'files'> {
  readonly names: readonly Name[];
  readonly venues: readonly string[];
  readonly parents: readonly ParentOrder[];
  readonly fills: readonly Fill[];
}

/** Reads and checks the parent orders and fills of a date; rows that cannot be used are noted in `log`. */
export async function readOrders(context: AlignContext, date: string, log: IssueLog): Promise<DayOfOrders> {
  const { config } = context;
  const { root } = config.data;
  const names = namesOn(context.names, context.reference, date);
  const engine = await context.engine();
  const grid = gridOf(config, date);
  const scan = { ...scanContext(context, grid), acceptLate: true };
  const { parents: parentFiles, fills: fillFiles } = orderFiles(config, date);
  const read = await readParents(engine, parentFiles, scan);
  const fileOf = new Map(read.map(({ symbol, file }) => [symbol, parentFiles[file].path]));
  refuseBoth(scan.aliases ?? new Map(), (symbol) => fileOf.get(symbol));
  const parentRows = inUniverse(read, scan, names);
  const stored = await readOwnFills(engine, fillFiles, scan, parentIds(parentRows));
  const price = inQuotedCurrency(stored.rows.price, stored.rows.name, priceScales(names));
  const parents = checkParents(parentRows, scan.symbols, date, log);
  const rows = { ...stored.rows, price, anyPrice: config.align.units === 'price' };
  return {
    names,
    venues: stored.venues,
    parents,
    fills: checkFills(rows, parentRows, parents, date, log),
    rows: { parents: parentRows.length, fills: stored.rows.timeNs.length },
    files: { parents: parentFiles.map(below(root)), fills: fillFiles.map(below(root)) },
  };
}

function withoutDepth(day: DayFlow, fills: readonly Fill[], model: PriceModel | undefined): string[] {
  if (!model || model.transform.liquidity === 0) return [];
  const { medians } = touchDepth(day);
  const traded = new Set(fills.map(({ name }) => name));
  return day.symbols.filter((_, i) => traded.has(i) && Number.isNaN(medians[i]));
}

function orderFiles({ data: { root } }: Config, date: string) {
  const folders = dataFolders(root);
  for (const dataset of ['parents', 'fills'] as const) refuseUnread(folders, dataset, date);
  return { parents: folders.files('parents', date), fills: folders.files('fills', date) };
}

/** Parent orders by the names of the universe, with arrival mids in the quoted currency. */
function inUniverse(rows: readonly ParentRow[], codes: SymbolCodes, names: readonly Name[]): ParentRow[] {
  const index = nameIndex(codes);
  return rows.map((row) => {
    const name = names[index(row.symbol)];
    return name ? { ...row, symbol: name.symbol, arrivalMid: row.arrivalMid * (name.priceScale ?? 1) } : row;
  });
}

const below =
  (root: string) =>
  ({ path }: FeedFile): string =>
    path
      .slice(root.length)
      .replace(/^[\\/]+/, '')
      .replaceAll('\\', '/');

/** What is known of the market when orders arrive and fill. */
interface OrderMarket {
  readonly mids: QuotedMids;
  readonly states: MarketStates;
}

const STATE_COLUMNS = ['moveBps', 'spreadBps', 'volume', 'marketFlow'] as const;

/** From the cache, since it does not depend on any model, or from one pass over the quotes of the day. */
async function quotedMarket(
  context: AlignContext,
  aligned: AlignedDay,
  date: string,
  timeNs: readonly Float64Array[],
): Promise<OrderMarket> {
  const { inputs } = context;
  const orders = (['parents', 'fills'] as const).flatMap((dataset) =>
    (inputs.byDate.get(date)!.get(dataset) ?? []).map(({ sha256 }) => [dataset, sha256]),
  );
  const key = stageKey({ METHOD_VERSION, align: alignKey(context, date), orders });
  const look = async (): Promise<OrderMarket> => ({
    mids: await quotedMids(context, date, timeNs),
    states: marketStates(await aligned.read(STATE_COLUMNS)),
  });
  return cachedJson(context, { stage: 'orders', key }, look, { replacer: plain, reviver: revived });
}

/** Doubles as JSON, exactly: a missing one is null. */
const plain = (_key: string, value: unknown): unknown =>
  value instanceof Float64Array ? { doubles: Array.from(value, (v) => (Number.isNaN(v) ? null : v)) } : value;

function revived(_key: string, value: unknown): unknown {
  const { doubles } = (value ?? {}) as { doubles?: (number | null)[] };
  return Array.isArray(doubles) ? Float64Array.from(doubles, (v) => v ?? Number.NaN) : value;
}

/** The consolidated book as of instants: one pass over the quotes of the day. */
async function quotedMids(context: AlignContext, date: string, timeNs: readonly Float64Array[]): Promise<QuotedMids> {
  const { config, inputs } = context;
  const grid = sessionGrid(gridOf(config, date));
  const reader = new DayReader(await context.engine(), scanContext(context, grid), inputs, config, context.names, date);
  const { instants } = await reader.quotes(grid, [], timeNs);
  return { timeNs, mid: instants.map(({ mid }) => mid), spread: instants.map(({ spread }) => spread) };
}

/** The same sessions in as few buckets as fit all of them: the book at the edges is not wanted here. */
function sessionGrid(grid: BucketGrid): BucketGrid {
  const lengths = grid.sessions.map(({ startNs, endNs }) => endNs - startNs);
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const bucketNs = lengths.reduce(divisor);
  let firstBucket = 0;
  const sessions = grid.sessions.map((session) => {
    const buckets = (session.endNs - session.startNs) / bucketNs;
    firstBucket += buckets;
    return { ...session, firstBucket: firstBucket - buckets, buckets };
  });
  return { ...grid, bucketNs, sessions, buckets: firstBucket };
}

async function bucketMarket(aligned: AlignedDay, units: MoveUnit): Promise<OrderMarket> {
  const day = await aligned.read(['mid', ...STATE_COLUMNS]);
  return { mids: bucketMids(day, units), states: marketStates(day) };
}

/** Mids at bucket edges: all that buckets of the user's own have. */
function bucketMids({ grid, symbols, market }: DayWith<'mid' | 'spreadBps'>, units: MoveUnit): QuotedMids {
  const ends = Float64Array.from(
    grid.sessions.flatMap(({ startNs, buckets }) =>
      Array.from({ length: buckets }, (_, k) => startNs + (k + 1) * grid.bucketNs),
    ),
  );
  const own = (column: Float64Array, i: number) => column.subarray(i * grid.buckets, (i + 1) * grid.buckets);
  return {
    timeNs: symbols.map(() => ends),
    mid: symbols.map((_, i) => own(market.mid, i)),
    spread: symbols.map((_, i) =>
      own(market.spreadBps, i).map((move, t) => asPrice(move, own(market.mid, i)[t], units)),
    ),
  };
}

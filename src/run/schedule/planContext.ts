import { type BucketGrid, bucketAt } from '../../model/grid.js';
import type { DocumentState } from '../../model/scheduleDocument.js';
import type { PolicyName, ScheduleSettings } from '../../model/scheduleSettings.js';
import { clockNs } from '../../stages/schedule/basket.js';
import type { BasketLine } from '../../stages/schedule/request.js';
import { type Timeline, timeline, usualBucketSeconds } from '../../stages/schedule/timeline.js';
import { type MarketOfBasket, marketOfNames, type UnknownName } from './chosenNames.js';
import type { EarlierTrade } from './earlierTrades.js';
import type { MarketOfVersion } from './marketOfVersion.js';

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

export interface PlanContext {
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

export function contextOf(
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
export function namesOf(lines: readonly BasketLine[], earlier: readonly string[], market: MarketOfVersion): string[] {
  const names = new Set(lines.map(({ symbol }) => symbol));
  const known = new Set(market.symbols);
  for (const symbol of earlier) if (known.has(symbol)) names.add(symbol);
  return [...names];
}

type HorizonOptions = Pick<PlanOptions, 'start' | 'end' | 'bucketNs'>;

export function horizonOf(grid: BucketGrid, { start, end, bucketNs }: HorizonOptions): Timeline {
  const { sessions } = grid;
  const startNs = start === undefined ? sessions[0].startNs : clockNs(start, 'the horizon', 'start');
  const endNs = end === undefined ? sessions[sessions.length - 1].endNs : clockNs(end, 'the horizon', 'end');
  const usual = () => usualBucketSeconds(tradedSeconds(grid, startNs, endNs), grid.bucketNs / 1e9) * 1e9;
  return timeline(grid, startNs, endNs, bucketNs ?? usual());
}

const tradedSeconds = ({ sessions }: BucketGrid, startNs: number, endNs: number): number =>
  sessions.reduce((sum, s) => sum + Math.max(0, Math.min(endNs, s.endNs) - Math.max(startNs, s.startNs)) / 1e9, 0);

/** Bucket of the model that starts then. */
export const bucketFrom = (grid: BucketGrid, startNs: number): number => bucketAt(grid, startNs + 1);

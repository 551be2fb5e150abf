import { dataError } from '../../model/failure.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { pow } from '../../numerics/elementary/elementary.js';
import { median } from '../../numerics/statistics.js';
import type { DepthOfDay } from '../../stages/fit/depthOfDay.js';

/** The depth that is usual in a window, and what of its flow is measured against it. */
export interface DepthOfWindow {
  /** With D̄; γ is 0 where the window has no depth at all. */
  readonly transform: FlowTransform;
  /** Day by day `D̄^γ` of each name, for moments that were summed without it; none where γ is 0. */
  readonly scales?: readonly Float64Array[] | undefined;
  readonly notes: readonly string[];
}

/** Share of a name's buckets with flow that may lack depth before it has to be looked at. */
const MOST_WITHOUT = 0.1;
/** Names that a note lists. */
const LISTED = 10;

/**
 * D̄ of a name is the median over the days of its daily medians. A day's own moments hold `u·D^(−γ)`, so that they do not
 * depend on the window; a name without depth on a day has its flow in them as it is, and takes no D̄ there.
 * @param days of the window, in their order; empty where γ is 0
 */
export function depthOfWindow(
  asked: FlowTransform,
  days: readonly DepthOfDay[],
  symbols: readonly string[],
): DepthOfWindow {
  if (asked.liquidity === 0) return { transform: asked, notes: [] };
  const { concavity, liquidity } = asked;
  const depthMedian = Float64Array.from(symbols, (_, i) => {
    const known = days.flatMap((day) => day.median[i] ?? []);
    return known.length > 0 ? median(known) : Number.NaN;
  });
  if (depthMedian.every(Number.isNaN)) {
    const note = `flow.liquidity ${liquidity} is not applied: no bucket of the window has a bid depth and an ask depth, so flow counts as it is`;
    return { transform: { concavity, liquidity: 0 }, notes: [note] };
  }
  refuseOtherUnits(days, depthMedian);
  return {
    transform: { concavity, liquidity, depthMedian },
    scales: days.map((day) => depthMedian.map((usual, i) => (day.median[i] === null ? 1 : pow(usual, liquidity)))),
    notes: [meaning(liquidity), ...withoutDepth(days, symbols)],
  };
}

/** Depth of a whole market that is so many times what it is on the other days is in another unit: lots for shares. */
const OTHER_UNIT = 8;

/**
 * Flow is measured against the depth of the window, so that a day in another unit counts a third or three times as much.
 * @throws data error naming the day
 */
function refuseOtherUnits(days: readonly DepthOfDay[], depthMedian: Float64Array): void {
  for (const { date, median: ofDay } of days) {
    const ratios = ofDay.flatMap((depth, i) => (depth === null ? [] : [depth / depthMedian[i]]));
    if (ratios.length === 0) continue;
    const ratio = median(ratios);
    if (ratio < OTHER_UNIT && ratio > 1 / OTHER_UNIT) continue;
    throw dataError(
      `quotes of ${date}: the depth of a typical name is ${Number(ratio.toPrecision(2))} times its median in the window, so bid_size and ask_size seem to be in another unit on that day`,
      'bring the sizes to one unit (data.columns may scale them), leave the day out of fit.window, or set flow.liquidity: 0',
    );
  }
}

const meaning = (liquidity: number): string =>
  `flow.liquidity ${liquidity}: flow counts as u·(D̄/D)^${liquidity}, D the depth at the touch of the bucket before and D̄ its ` +
  'median in the window, and K is that of a million at D̄. The certificate speaks of schedules at constant depth: a round trip ' +
  'that buys while the book is thin and sells while it is deep has the same arithmetic as multipliers that change in time, ' +
  'and links are symmetric only where the depths of their names stand in one ratio to their medians';

/** How much of the flow has no depth to be measured against, and names where that is more than a little. */
function withoutDepth(days: readonly DepthOfDay[], symbols: readonly string[]): string[] {
  const shares = symbols.map((symbol, i) => ({ symbol, ...shareOf(days, (counts) => counts[i]) }));
  const all = shareOf(days, (counts) => counts.reduce((sum, count) => sum + count, 0));
  const said = `flow.liquidity: ${percent(all.share)} of the buckets with flow have no depth before them (the first of a session never has) and take the median of their day`;
  const loud = shares.filter(({ share }) => share > MOST_WITHOUT).sort((a, b) => b.share - a.share);
  if (loud.length === 0) return [said];
  const more = loud.length > LISTED ? `, and ${loud.length - LISTED} more` : '';
  const listed = loud.slice(0, LISTED).map((name) => `${name.symbol} ${percent(name.share)}${onOneDay(name)}`);
  return [
    said,
    `CHECK THE DEPTH: much of the flow of ${listed.join(', ')}${more} is not scaled by the book that it met; without any depth on a day it counts as it is. Look at bid_size and ask_size, or set flow.liquidity: 0`,
  ];
}

interface Share {
  readonly share: number;
  /** The day that lacks most, and its share. */
  readonly date: string;
  readonly worst: number;
}

function shareOf(days: readonly DepthOfDay[], of: (counts: readonly number[]) => number): Share {
  const parts = days.map((day) => ({ date: day.date, flow: of(day.flowBuckets), fell: of(day.fellBack) }));
  const ratio = (fell: number, flow: number) => (flow > 0 ? fell / flow : 0);
  const total = (key: 'flow' | 'fell') => parts.reduce((sum, part) => sum + part[key], 0);
  const worst = parts.reduce((top, part) => (ratio(part.fell, part.flow) > ratio(top.fell, top.flow) ? part : top));
  return { share: ratio(total('fell'), total('flow')), date: worst.date, worst: ratio(worst.fell, worst.flow) };
}

const onOneDay = ({ share, date, worst }: Share): string => (worst > share ? ` (${percent(worst)} on ${date})` : '');

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

import type { Gate } from '../../model/gate.js';
import type { LevelJump } from '../../model/levels.js';
import type { MoveUnit } from '../../model/units.js';
import { median } from '../../numerics/statistics.js';
import { bucketUnitGaps } from './bucketUnits.js';
import {
  type Day,
  type DayLevels,
  daysOf,
  type Found,
  gathered,
  isBeyond,
  type LevelledName,
  lastBefore,
  size,
  times,
} from './levelFindings.js';
import { ownJumps } from './ownLevels.js';
import { spikes } from './spikes.js';

/** Mids of two days, or of one, that differ by more are not in one unit (pence and pounds), or a large split lies between. */
const MID_BOUND = 8;
/**
 * A mean price of trades or fills that is further outside of the mids of its day is not of the same prices: another unit, or
 * quotes that were adjusted for a split. Half a spread comes on top, which in a book of pennies is much.
 */
const PRICE_MARGIN = 0.1;
/** Mean value of a trade that changes by more from one day to the next: lots and shares. Volume alone may well jump. */
const TRADE_BOUND = 30;
/** Volume over adv that is so far from what is usual among the names. */
const ADV_BOUND = 20;
/**
 * Volume over adv, pro rata of the sessions, that no half of the names has. The hour of the open has twice its part of a day
 * or three times, and the tape of one small venue little: beside own fills that is allowed. Where the tape is the flow, K of a
 * small part of it is that of too small orders, and lots of ten must show.
 */
const MOST_OF_ADV = 5;
const LEAST_OF_ADV = { fills: 1 / 50, trades: 1 / 8 } as const;
/** Fewer trades say nothing of their mean, or of the volume of a day. */
const MIN_TRADES = 30;
const FULL_DAY_SECONDS = 6.5 * 3600;
const MOST_LISTED = 3;

/**
 * Names whose prices or volumes of a window cannot all be in the unit that the universe says: what multiplies flow or moves by a
 * constant shows in no fit. And names of which wrong quotes make much of the moves. Nothing is found where nothing can be
 * compared. A split of less than 8:1 is not one of them, nor is a unit that is wrong on every day for a name without adv.
 *
 * Ratios of prices that may be zero mean nothing: under price points mids of several days are not compared, and trades and
 * fills are held against the range of the mids of their day.
 */
export function levelJumps(
  names: readonly LevelledName[],
  days: readonly DayLevels[],
  units: MoveUnit = 'bps',
  source: keyof typeof LEAST_OF_ADV = 'fills',
): LevelJump[] {
  const isRatio = units === 'bps';
  const gap = isRatio ? priceGap : rangeGap;
  const usual = usualAdvShares(names, days);
  const perName = names.flatMap(({ symbol, adv }, i) => {
    const own = daysOf(days, i);
    return [
      ...gathered(symbol, isRatio ? own.slice(1).flatMap((day, k) => midJump(own, k, day)) : []),
      ...gathered(symbol, isRatio ? own.flatMap(jumpWithin) : []),
      ...gathered(
        symbol,
        own.flatMap((day) => gap(day, 'tradePrice', 'trades of the tape')),
      ),
      ...gathered(
        symbol,
        own.flatMap((day) => gap(day, 'fillPrice', 'own fills')),
      ),
      ...gathered(
        symbol,
        own.slice(1).flatMap((day, k) => tradeJump(own, k, day)),
      ),
      ...(adv === undefined ? [] : advGap(symbol, own, adv, usual)),
    ];
  });
  return [
    ...perName,
    // What says most of the cause comes first: a message shows a few.
    ...bucketUnitGaps(
      names.map((name, i) => ({ ...name, days: daysOf(days, i) })),
      units,
    ),
    ...ownJumps(names, days),
    ...commonAdvGap(names, days, source),
    ...spikes(names, days, units),
  ];
}

/** @param k position of the day before */
function midJump(own: readonly Day[], k: number, day: Day): Found[] {
  const before = lastBefore(own, k + 1, ({ mid }) => mid !== undefined);
  if (!before || day.mid === undefined) return [];
  const ratio = day.mid / before.mid!;
  if (!isBeyond(ratio, MID_BOUND)) return [];
  const money = before.volume > 0 && day.volume > 0 ? day.volume / before.volume : undefined;
  const split =
    money !== undefined && size(money) < MID_BOUND / 2 ? '; a split, if money traded went on as before' : '';
  return [{ date: day.date, ratio, evidence: `its mid is ${times(ratio)} that of ${before.date}${split}` }];
}

function jumpWithin({ date, lowestMid, highestMid }: Day): Found[] {
  if (lowestMid === undefined || highestMid === undefined) return [];
  const ratio = highestMid / lowestMid;
  return ratio >= MID_BOUND
    ? [{ date, ratio, evidence: `its highest mid of a day is ${times(ratio)} its lowest` }]
    : [];
}

function priceGap(day: Day, field: 'tradePrice' | 'fillPrice', who: string): Found[] {
  const { [field]: price, date, mid, lowestMid = mid, highestMid = mid, spreadBps = 0 } = day;
  if (price === undefined || mid === undefined) return [];
  const margin = 1 + PRICE_MARGIN + spreadBps / 2e4;
  if (price <= highestMid! * margin && price >= lowestMid! / margin) return [];
  const ratio = price / mid;
  return [{ date, ratio, evidence: `the mean price of ${who} is ${times(ratio)} its mid` }];
}

/** How far a mean price lies outside the mids of its day, in ranges of them: a whole one is more than spreads explain. */
function rangeGap(day: Day, field: 'tradePrice' | 'fillPrice', who: string): Found[] {
  const { [field]: price, lowestMid, highestMid, date } = day;
  if (price === undefined || lowestMid === undefined || highestMid === undefined) return [];
  const ratio = Math.max(price - highestMid, lowestMid - price) / (highestMid - lowestMid);
  if (!(ratio > 1)) return [];
  const mids = `${digits(lowestMid)} to ${digits(highestMid)}`;
  return [{ date, ratio, evidence: `the mean price of ${who} is ${digits(price)}, its mids went from ${mids}` }];
}

const digits = (value: number): string => String(Number(value.toPrecision(6)));

/** @param k position of the day before */
function tradeJump(own: readonly Day[], k: number, day: Day): Found[] {
  const isKnown = ({ trades = 0, volume }: Day) => trades >= MIN_TRADES && volume > 0;
  const before = lastBefore(own, k + 1, isKnown);
  if (!before || !isKnown(day)) return [];
  const ratio = day.volume / day.trades! / (before.volume / before.trades!);
  return isBeyond(ratio, TRADE_BOUND)
    ? [{ date: day.date, ratio, evidence: `the mean value of its trades is ${times(ratio)} that of ${before.date}` }]
    : [];
}

const hasVolume = ({ trades = MIN_TRADES, volume }: Pick<Day, 'trades' | 'volume'>): boolean =>
  trades >= MIN_TRADES && volume > 0;

/** By day, median over the names of volume over adv; NaN where fewer than three have both. */
function usualAdvShares(names: readonly LevelledName[], days: readonly DayLevels[]): number[] {
  return days.map(({ names: levels }) => {
    const shares = names.flatMap(({ adv }, i) =>
      adv !== undefined && hasVolume(levels[i]) ? [levels[i].volume / adv] : [],
    );
    return shares.length >= 3 ? median(shares) : Number.NaN;
  });
}

/** Against the other names: the tape may be of one venue, or of an hour. It takes most days: news make one or two. */
function advGap(symbol: string, own: readonly Day[], adv: number, usual: readonly number[]): LevelJump[] {
  const known = own.flatMap((day, d) =>
    hasVolume(day) && usual[d] > 0 ? [{ date: day.date, ratio: day.volume / adv / usual[d] }] : [],
  );
  const beyond = known.filter((day) => isBeyond(day.ratio, ADV_BOUND));
  if (2 * beyond.length <= known.length) return [];
  const ratio = median(beyond.map((day) => day.ratio));
  const dates = beyond.map(({ date }) => date);
  return [{ symbol, dates, ratio, evidence: `its volume over its adv is ${times(ratio)} that of the other names` }];
}

/** All names together: what half of them trade in a day, against their adv. */
function commonAdvGap(
  names: readonly LevelledName[],
  days: readonly DayLevels[],
  source: keyof typeof LEAST_OF_ADV,
): LevelJump[] {
  const shares = days.flatMap(({ seconds, names: levels }) =>
    names.flatMap(({ adv }, i) =>
      adv !== undefined && hasVolume(levels[i])
        ? [levels[i].volume / adv / Math.min(1, seconds / FULL_DAY_SECONDS)]
        : [],
    ),
  );
  if (shares.length === 0) return [];
  const ratio = median(shares);
  if (ratio >= LEAST_OF_ADV[source] && ratio <= MOST_OF_ADV) return [];
  const evidence = `volume is ${times(ratio)} adv, pro rata of the sessions, as a median over names and days`;
  return [{ symbol: 'the universe', dates: days.map(({ date }) => date), ratio, evidence }];
}

/** A gate where there is something to say, and none where every level fits. */
export function levelGates(jumps: readonly LevelJump[], accepted: string | undefined): Gate[] {
  if (jumps.length === 0) return [];
  const units = jumps.filter(({ isSpike }) => !isSpike);
  const wrong = jumps.filter(({ isSpike }) => isSpike);
  const remedies = [
    ...(units.length > 0 ? ['mend the feed, or price_scale, multiplier, fx and adv in the universe'] : []),
    ...(wrong.length > 0 ? ['take wrong quotes out, or mask them in the events'] : []),
    'accept what is right in validate.gates.accept.levels',
  ];
  const said = [
    ...(units.length > 0 ? [`units do not fit: ${listed(units)}`] : []),
    ...(wrong.length > 0 ? [`moves that were taken back at once: ${listed(wrong)}`] : []),
    accepted === undefined ? remedies.join('; ') : `accepted: ${accepted}`,
  ];
  return [
    {
      name: 'levels',
      verdict: accepted === undefined ? 'failed' : 'passed',
      value: jumps.length,
      bound: 0,
      reason: said.join('; '),
    },
  ];
}

function listed(jumps: readonly LevelJump[]): string {
  const said = jumps
    .slice(0, MOST_LISTED)
    .map(({ symbol, dates, evidence }) => `${symbol} (${dates.join(', ')}): ${evidence}`);
  const more = jumps.length > MOST_LISTED ? [`and ${jumps.length - MOST_LISTED} more`] : [];
  return [...said, ...more].join('; ');
}

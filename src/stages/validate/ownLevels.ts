import type { LevelJump } from '../../model/levels.js';
import { median } from '../../numerics/statistics.js';
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

/**
 * Own fills are part of what the market traded. A tape may lack venues, or an adv be of a quieter time; more than this they
 * are not.
 */
const OWN_BOUND = 1.5;
/** Mean value of a fill over that of a trade, so far from what is usual among the names: lots and shares. */
const FILL_BOUND = 20;
/** The same as a median over the names: fills of all names may be blocks, or odd lots beside a tape of blocks, but no more. */
const ALL_FILL_BOUND = 50;
/** Mean value of a fill that changes by more from one day to the next, where the trades of the tape do not. */
const DAY_BOUND = 30;
/** Fewer fills, or trades, say nothing of their mean. */
const MIN_FILLS = 10;
const MIN_ROWS = 30;

/**
 * Names whose own quantities cannot be in the unit of the tape or of adv: K is off by the factor. Nothing is found where there
 * is neither, where own fills are below both in the unit that is wrong and too few to compare, or where they are off by less
 * than the bounds.
 */
export function ownJumps(names: readonly LevelledName[], days: readonly DayLevels[]): LevelJump[] {
  const known = knownFills(names, days);
  // Of two names nobody knows which is the usual one.
  const usual = known.map((ratios) => (ratios.length >= 3 ? median(ratios) : Number.NaN));
  const perName = names.flatMap(({ symbol, adv }, i) => {
    const own = daysOf(days, i);
    return [
      ...gathered(
        symbol,
        own.flatMap((day) => volumeGap(day, adv)),
      ),
      ...fillGap(symbol, own, usual),
      ...gathered(
        symbol,
        own.slice(1).flatMap((day, k) => fillJump(own, k, day)),
      ),
    ];
  });
  return [...perName, ...commonFillGap(days, known)];
}

/** Against the tape where there is one, and else against adv: with news own flow may well be above adv. */
function volumeGap({ date, ownVolume, volume }: Day, adv: number | undefined): Found[] {
  const market = volume > 0 ? volume : adv;
  if (ownVolume === undefined || market === undefined) return [];
  const ratio = ownVolume / market;
  if (!(ratio > OWN_BOUND)) return [];
  const what = volume > 0 ? 'what the tape traded' : 'its adv';
  return [{ date, ratio, evidence: `own volume is ${times(ratio)} ${what}` }];
}

/** Mean value of an own fill over that of a trade of the tape; NaN where there are too few of either. */
function fillOverTrade({ fills = 0, ownVolume = 0, trades = 0, volume }: Day): number {
  const isKnown = fills >= MIN_FILLS && ownVolume > 0 && trades >= MIN_ROWS && volume > 0;
  return isKnown ? ownVolume / fills / (volume / trades) : Number.NaN;
}

/** By day, {@link fillOverTrade} of the names that have both. */
const knownFills = (names: readonly LevelledName[], days: readonly DayLevels[]): number[][] =>
  days.map((day) => names.map((_, i) => fillOverTrade({ date: day.date, ...day.names[i] })).filter((r) => r > 0));

/** On most days: a block makes one or two. */
function fillGap(symbol: string, own: readonly Day[], usual: readonly number[]): LevelJump[] {
  const known = own.flatMap((day, d) => {
    const ratio = fillOverTrade(day) / usual[d];
    return ratio > 0 ? [{ date: day.date, ratio }] : [];
  });
  const beyond = known.filter(({ ratio }) => isBeyond(ratio, FILL_BOUND));
  if (2 * beyond.length <= known.length) return [];
  const ratio = median(beyond.map((day) => day.ratio));
  const evidence = `the mean value of its own fills over that of its trades is ${times(ratio)} that of the other names`;
  return [{ symbol, dates: beyond.map(({ date }) => date), ratio, evidence }];
}

/** All names together; of one name or two, that which is further off. */
function commonFillGap(days: readonly DayLevels[], ratios: readonly (readonly number[])[]): LevelJump[] {
  const known = ratios.flatMap((list, d) => (list.length > 0 ? [{ date: days[d].date, ratio: common(list) }] : []));
  const beyond = known.filter(({ ratio }) => isBeyond(ratio, ALL_FILL_BOUND));
  if (2 * beyond.length <= known.length) return [];
  const ratio = median(beyond.map((day) => day.ratio));
  const evidence = `the mean value of own fills is ${times(ratio)} that of trades, as a median over names`;
  return [{ symbol: 'the universe', dates: beyond.map(({ date }) => date), ratio, evidence }];
}

const common = (ratios: readonly number[]): number =>
  ratios.length >= 3 ? median(ratios) : ratios.reduce((top, next) => (size(next) > size(top) ? next : top));

/** @param k position of the day before */
function fillJump(own: readonly Day[], k: number, day: Day): Found[] {
  const isKnown = ({ fills = 0, ownVolume = 0 }: Day) => fills >= MIN_ROWS && ownVolume > 0;
  const before = lastBefore(own, k + 1, isKnown);
  if (!before || !isKnown(day)) return [];
  const ratio = day.ownVolume! / day.fills! / (before.ownVolume! / before.fills!);
  // What the tape does too is said of the tape.
  const beside = fillOverTrade(day) / fillOverTrade(before);
  if (!isBeyond(ratio, DAY_BOUND) || (beside > 0 && !isBeyond(beside, DAY_BOUND))) return [];
  return [{ date: day.date, ratio, evidence: `the mean value of own fills is ${times(ratio)} that of ${before.date}` }];
}

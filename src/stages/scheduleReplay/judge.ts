import type { Interval } from '../../model/interval.js';
import {
  JUDGING_PRICES,
  type JudgingPrice,
  REPLAYED_AGAINST,
  type ReplayComparison,
  type ReplayedAgainst,
  type ReplayedBaskets,
  type ScheduleReplay,
} from '../../model/scheduleReplay.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { jackknifeStandardError } from '../../numerics/statistics.js';
import { costOfForms, type JudgedPrice } from './forms.js';
import { intervalOf, type LeftOut } from './leftOut.js';
import { byPrice } from './prices.js';
import type { ReplayedBasket } from './replayBasket.js';
import type { ReplaySide } from './sides.js';
import { crossSlope } from './slope.js';

/** Standard normal quantiles of a one-sided 5 % test and of 80 % power. */
const Z_ALPHA = 1.6448536269514722;
const Z_BETA = 0.8416212335729143;

/** What became of the baskets of a window that were worked anew. */
export function judgeReplay(
  baskets: readonly ReplayedBasket[],
  sides: readonly ReplaySide[],
  counts: ReplayedBaskets,
  notes: readonly string[] = [],
): ScheduleReplay {
  const context = { baskets, sides, groups: sides.flatMap(({ without }) => without.map(({ days }) => days)) };
  const slope = crossSlope(baskets, context.groups);
  return {
    baskets: counts,
    days: new Set(baskets.map(({ date }) => date)).size,
    groups: context.groups.length,
    millions: total(baskets.map(({ millions }) => millions)),
    comparisons: REPLAYED_AGAINST.map((against) => compared(context, against, slope)),
    ...(slope ? { slope } : {}),
    notes,
  };
}

interface Judged {
  readonly baskets: readonly ReplayedBasket[];
  readonly sides: readonly ReplaySide[];
  /** Days that are left out together. */
  readonly groups: readonly (readonly string[])[];
}

function compared(context: Judged, against: ReplayedAgainst, slope: Interval | undefined): ReplayComparison {
  const { baskets } = context;
  const samples = byPrice((price) => savings(context, against, price));
  const saving = byPrice((price) => intervalOf(samples[price], 0.9));
  const timing = timingOf(context, against);
  const otherCost = total(
    baskets.map(({ date, names, schedules }) =>
      costOfForms(schedules[against].forms, priceOn(context, date, 'raw'), names),
    ),
  );
  const millions = total(baskets.map((basket) => basket.millions));
  const reasons = against === 'diagonal' ? againstDiagonal(saving, slope) : againstOthers(saving);
  const needed = basketsNeeded(samples.raw, baskets.length);
  const share = (saving.raw.value * millions) / otherCost;
  const deviation = (of: ReplayedAgainst | 'cross') =>
    total(baskets.map(({ schedules }) => squared(schedules[of].deviation)));
  return {
    against,
    verdict: reasons.length === 0 ? 'established' : 'not established',
    saving,
    ...(otherCost > 0 ? { share } : {}),
    promised: promisedBy(context, against),
    ...(timing ? { timing: intervalOf(timing, 0.9) } : {}),
    isTimed: timing !== undefined && excludesZero(intervalOf(timing, 0.95)),
    risk: Math.sqrt(deviation('cross') / Math.max(deviation(against), Number.MIN_VALUE)),
    ...(needed === undefined ? {} : { needed }),
    reasons,
  };
}

const sideOf = ({ sides }: Judged, date: string): ReplaySide => sides.find(({ days }) => days.includes(date))!;

const priceOn = (context: Judged, date: string, price: JudgingPrice): JudgedPrice =>
  sideOf(context, date).prices[price];

/** What a basket's schedule saves under a price, bps × millions. */
function savedBy({ schedules, names }: ReplayedBasket, against: ReplayedAgainst, price: JudgedPrice): number {
  return costOfForms(schedules[against].forms, price, names) - costOfForms(schedules.cross.forms, price, names);
}

/**
 * Bps of what was traded, the schedules given. Without a group of days its baskets are gone, and those of its side are judged by
 * prices that have not seen it.
 */
function savings(context: Judged, against: ReplayedAgainst, price: JudgingPrice): LeftOut {
  const { baskets, sides } = context;
  const saved = baskets.map((basket) => savedBy(basket, against, priceOn(context, basket.date, price)));
  const replicates = sides.flatMap((side) =>
    side.without.map(({ days, prices }) => {
      const kept = baskets.map((basket, k) => {
        if (days.includes(basket.date)) return undefined;
        return side.days.includes(basket.date) ? savedBy(basket, against, prices[price]) : saved[k];
      });
      return perMillion(baskets, kept);
    }),
  );
  return { whole: perMillion(baskets, saved), replicates };
}

function timingOf({ baskets, groups }: Judged, against: ReplayedAgainst): LeftOut | undefined {
  if (baskets.some(({ schedules }) => schedules.cross.timing === undefined)) return undefined;
  const paid = baskets.map(({ schedules: { cross, ...others } }) => {
    return (cross.timing ?? 0) - (others[against].timing ?? 0);
  });
  const without = (days: readonly string[]) =>
    perMillion(
      baskets,
      paid.map((value, k) => (days.includes(baskets[k].date) ? undefined : value)),
    );
  return { whole: perMillion(baskets, paid), replicates: groups.map(without) };
}

/** Sum of what is there over the millions of these baskets. */
function perMillion(baskets: readonly ReplayedBasket[], values: readonly (number | undefined)[]): number {
  let [sum, millions] = [0, 0];
  values.forEach((value, k) => {
    if (value === undefined) return;
    sum += value;
    millions += baskets[k].millions;
  });
  return millions > 0 ? sum / millions : 0;
}

const promisedBy = (context: Judged, against: ReplayedAgainst): number =>
  perMillion(
    context.baskets,
    context.baskets.map((basket) => savedBy(basket, against, sideOf(context, basket.date).believed)),
  );

const excludesZero = ({ low, high }: Interval): boolean =>
  low !== undefined && high !== undefined && (low > 0 || high < 0);

const isAboveZero = ({ low }: Interval): boolean => low !== undefined && low > 0;

const PRICE_WORDS: Readonly<Record<JudgingPrice, string>> = {
  raw: 'the held-out raw matrix',
  diagonal: 'names alone',
  kyle: "Kyle's matrix",
};

const againstOthers = (saving: Readonly<Record<JudgingPrice, Interval>>): string[] =>
  JUDGING_PRICES.filter((price) => !isAboveZero(saving[price])).map(
    (price) => `the lower bound is not above zero under ${PRICE_WORDS[price]}`,
  );

/** A win under the diagonal model is impossible: its own optimum is what is compared with. */
function againstDiagonal(saving: Readonly<Record<JudgingPrice, Interval>>, slope: Interval | undefined): string[] {
  const regret = -saving.diagonal.value;
  return [
    ...(isAboveZero(saving.raw) ? [] : [`the lower bound is not above zero under ${PRICE_WORDS.raw}`]),
    ...(regret < saving.raw.value ? [] : ['what it would lose, were there no links, is not less than what it saves']),
    ...slopeReasons(slope),
  ];
}

function slopeReasons(slope: Interval | undefined): string[] {
  if (slope?.low === undefined || slope.high === undefined)
    return ['the slope of realised shortfall on predicted cross cost cannot be told'];
  if (!(slope.low > 0)) return ['the slope of realised shortfall on predicted cross cost may be zero'];
  return slope.low <= 1 && slope.high >= 1
    ? []
    : ['the slope of realised shortfall on predicted cross cost is not one'];
}

/** The error of a mean falls with the root of their number: that of the prices, of days and of baskets alike. */
function basketsNeeded(sample: LeftOut, baskets: number): number | undefined {
  const error = jackknifeStandardError(sample.replicates, sample.whole);
  if (!(sample.whole > 0 && error > 0)) return undefined;
  return Math.ceil(baskets * squared(((Z_ALPHA + Z_BETA) * error) / sample.whole));
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

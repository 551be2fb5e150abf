import type { DayWith } from '../../model/buckets.js';
import type { MoveUnit } from '../../model/units.js';
import { type LagProfile, lagContrast, lagProfiles, sumOfProfiles, total } from './lagProfiles.js';

export interface VenueClock {
  readonly venue: string;
  /**
   * Share of the response to the venue's flow that comes in later buckets rather than earlier ones, less that of the other
   * venues; negative: its flow is stamped late.
   */
  readonly share: number;
  /** Mean lag of moves after the venue's flow less that of the other venues, buckets. */
  readonly lagBuckets: number;
  readonly t: number;
  /** Of all money that was traded. */
  readonly flowShare: number;
  readonly cells: number;
}

/**
 * Flow of each venue against the moves of its own names some buckets before and after, beside the flow of all other
 * venues: impact is the same thing wherever the trade was made, so a venue whose moves lie at another lag has another
 * clock. How strong impact is may differ; only its place in time is compared. Moves in price points are taken in units of
 * their size, or else the name with the largest points would speak for all.
 */
export function venueClocks(inUnits: readonly DayWith<'moveBps'>[], units: MoveUnit = 'bps'): VenueClock[] {
  const days = comparableDays(inUnits, units);
  const venues = [...new Set(days.flatMap((day) => day.venues))].sort();
  if (venues.length < 2) return [];
  const profiles = lagProfiles(days, venues.length, (day) => {
    const codes = day.venues.map((venue) => venues.indexOf(venue));
    return (entry) => codes[day.flow.venue[entry]];
  });
  return venues.flatMap((venue, v) => {
    const own = profiles[v];
    const others = sumOfProfiles(
      profiles.filter((_, other) => other !== v),
      own.level.length,
    );
    const contrast = lagContrast(own, others);
    if (!contrast) return [];
    const flowShare = own.money / (own.money + others.money);
    return [{ venue, ...contrast, lagBuckets: meanLag(own) - meanLag(others), flowShare, cells: own.cells }];
  });
}

/** Moves of which no name speaks for all. */
export const comparableDays = (days: readonly DayWith<'moveBps'>[], units: MoveUnit): readonly DayWith<'moveBps'>[] =>
  units === 'price' ? days.map(standardised) : days;

function standardised(day: DayWith<'moveBps'>): DayWith<'moveBps'> {
  const { buckets } = day.grid;
  const moveBps = day.market.moveBps.slice();
  for (let i = 0; i < day.symbols.length; i++) {
    const own = moveBps.subarray(i * buckets, (i + 1) * buckets);
    const size = Math.sqrt(own.reduce((sum, move) => sum + (Number.isNaN(move) ? 0 : move * move), 0));
    if (size > 0) for (let t = 0; t < buckets; t++) own[t] /= size;
  }
  return { ...day, market: { ...day.market, moveBps } };
}

export const meanLag = ({ level, moment }: LagProfile): number => moment / total(level);

/** How each name's moves lie in time after its own flow. */
export const ownProfiles = (days: readonly DayWith<'moveBps'>[]): LagProfile[] =>
  days.length > 0 ? lagProfiles(days, days[0].symbols.length, (day) => (entry) => day.flow.name[entry]) : [];

import type { LevelJump, NameLevels } from '../../model/levels.js';

/** At what level every name stood and traded on a day, in the order of the universe. */
export interface DayLevels {
  readonly date: string;
  /** Length of the sessions. */
  readonly seconds: number;
  /** `volume` in millions of the reporting currency, 0 without a tape. */
  readonly names: readonly (NameLevels & { readonly volume: number })[];
}

/** What is known of the names beside the days. */
export interface LevelledName {
  readonly symbol: string;
  /** Millions of reporting currency a day. */
  readonly adv?: number;
}

/** One name on one day. */
export type Day = DayLevels['names'][number] & { readonly date: string };

/** A comparison that is out of bounds on one day. */
export interface Found {
  readonly date: string;
  readonly ratio: number;
  readonly evidence: string;
}

export const isBeyond = (ratio: number, bound: number): boolean => ratio >= bound || ratio <= 1 / bound;
export const size = (ratio: number): number => Math.max(ratio, 1 / ratio);
export const times = (ratio: number): string =>
  ratio >= 1 ? `${Number(ratio.toPrecision(3))} times` : `1/${Number((1 / ratio).toPrecision(3))} of`;

/** The same finding on several days is one. */
export function gathered(symbol: string, found: readonly Found[]): LevelJump[] {
  if (found.length === 0) return [];
  const worst = found.reduce((top, next) => (size(next.ratio) > size(top.ratio) ? next : top));
  return [{ symbol, dates: found.map(({ date }) => date), ratio: worst.ratio, evidence: worst.evidence }];
}

/** The last day before position `until` (exclusive) for which something is known. */
export const lastBefore = (own: readonly Day[], until: number, isKnown: (day: Day) => boolean): Day | undefined =>
  own.slice(0, until).filter(isKnown).at(-1);

export const daysOf = (days: readonly DayLevels[], i: number): Day[] =>
  days.map(({ date, names }) => ({ date, ...names[i] }));

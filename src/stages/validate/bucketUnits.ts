import type { LevelJump, NameLevels } from '../../model/levels.js';
import type { MoveUnit } from '../../model/units.js';
import { median } from '../../numerics/statistics.js';

/** A name, and what its own buckets say on each day. */
export interface OwnName {
  readonly symbol: string;
  readonly adv?: number;
  readonly days: readonly (Pick<NameLevels, 'own'> & { readonly date: string; readonly volume: number })[];
}

/** Signed notional over quantity times mid: multipliers that are not in the universe are less, thousands and millions more. */
const NOTIONAL_BOUND = 50;
/** Flow of a day over adv, or over the volume of the tape: nobody trades ten times all there is. */
const TURNOVER_BOUND = 10;
/**
 * The same as a median over names and days: whoever trades less than a millionth of all there is has nothing to schedule, and a
 * cap on participation in such a volume binds nobody.
 */
const LEAST_TURNOVER = 1e-6;
/** Root mean square and median of a bucket's move, bps: a fraction lies below, a sentinel or another unit above. */
const MOVE_BOUNDS = [0.01, 1000] as const;
/** Fewer moves say nothing of their scale. */
const MIN_MOVES = 30;

/** Names whose own flow or moves cannot be in millions and in bps; nothing where there is nothing to compare with. */
export function bucketUnitGaps(names: readonly OwnName[], units: MoveUnit): LevelJump[] {
  const perName = names.flatMap((name) => [
    ...gap(name, notionalRatio, (ratio) => ratio >= NOTIONAL_BOUND || ratio <= 1 / NOTIONAL_BOUND),
    ...gap(name, overAdv(name), (ratio) => ratio >= TURNOVER_BOUND),
    ...gap(name, overVolume, (ratio) => ratio >= TURNOVER_BOUND),
    ...(units === 'bps' ? [...gap(name, moveRms, isTooSmall), ...gap(name, moveMedian, isTooLarge)] : []),
  ]);
  return [...perName, ...volumeGap(names)];
}

/** Volume of all names in units rather than millions. */
function volumeGap(names: readonly OwnName[]): LevelJump[] {
  const known = names.flatMap(({ days }) =>
    days.flatMap((day) => {
      const share = overVolume.value(day);
      return share !== undefined && share > 0 ? [{ date: day.date, share }] : [];
    }),
  );
  const ratio = known.length > 0 ? median(known.map(({ share }) => share)) : 1;
  if (ratio > LEAST_TURNOVER) return [];
  const evidence = overVolume.say(`${Number(ratio.toPrecision(3))}`);
  return [{ symbol: 'the universe', dates: [...new Set(known.map(({ date }) => date))].sort(), ratio, evidence }];
}

const isTooSmall = (move: number): boolean => move < MOVE_BOUNDS[0];
const isTooLarge = (move: number): boolean => move > MOVE_BOUNDS[1];

interface Compared {
  readonly value: (day: OwnName['days'][number]) => number | undefined;
  readonly say: (typical: string) => string;
}

/** What is out of bounds on most of the days that say something. */
function gap({ symbol, days }: OwnName, { value, say }: Compared, isBeyond: (value: number) => boolean): LevelJump[] {
  const known = days.flatMap((day) => {
    const found = value(day);
    return found === undefined ? [] : [{ date: day.date, found }];
  });
  const beyond = known.filter(({ found }) => isBeyond(found));
  if (2 * beyond.length <= known.length || beyond.length === 0) return [];
  const ratio = median(beyond.map(({ found }) => found));
  return [
    { symbol, dates: beyond.map(({ date }) => date), ratio, evidence: say(String(Number(ratio.toPrecision(3)))) },
  ];
}

const notionalRatio: Compared = {
  value: ({ own }) => own?.notionalRatio,
  say: (ratio) =>
    `signed_notional is ${ratio} times signed_qty × mid in millions (signed_notional is to be in millions)`,
};
const overAdv = ({ adv }: OwnName): Compared => ({
  value: ({ own }) => (own && adv !== undefined && adv > 0 ? own.turnover / adv : undefined),
  say: (ratio) => `Σ|signed_notional| of a day is ${ratio} times adv (both are to be in millions)`,
});
const overVolume: Compared = {
  value: ({ own, volume }) => (own && volume > 0 ? own.turnover / volume : undefined),
  say: (ratio) => `Σ|signed_notional| of a day is ${ratio} times the volume (both are to be in millions)`,
};
const moveRms: Compared = {
  value: ({ own }) => ((own?.moves ?? 0) >= MIN_MOVES ? own?.moveRms : undefined),
  say: (size) => `the root mean square of ret_bps is ${size}: a fraction rather than bps?`,
};
const moveMedian: Compared = {
  value: ({ own }) => ((own?.moves ?? 0) >= MIN_MOVES ? own?.moveMedian : undefined),
  say: (size) => `the median of |ret_bps| is ${size}: another unit than bps?`,
};

import { mergeBases } from '../../model/bases.js';
import { addMoments, type Fold, type FoldMoments, sumMoments, useFold } from '../../model/moments.js';

/** Groups that are left out in turn; fewer where there are so many names that a solution is dear. */
const MAX_GROUPS = 25;
const MANY_NAMES = 200;
const GROUPS_OF_MANY = 10;

/** Student's t at one percent is below five from here on: fewer groups could not raise an alarm that anyone would miss. */
export const MIN_GROUPS = 5;

/** Sums of contiguous groups of folds, their bases merged; one fold is in memory beside them. Empty folds are left out. */
export function mergedGroups(folds: readonly Fold[], weights: Float64Array): FoldMoments[] {
  const used = folds.filter((fold) => fold.buckets > 0);
  const most = used.length > 0 && used[0].names > MANY_NAMES ? GROUPS_OF_MANY : MAX_GROUPS;
  const count = Math.min(most, used.length);
  return Array.from({ length: count }, (_, g) =>
    mergedSum(used.slice(Math.floor((g * used.length) / count), Math.floor(((g + 1) * used.length) / count)), weights),
  );
}

/** Sum of folds, one or more, their bases merged. */
export function mergedSum([first, ...rest]: readonly Fold[], weights: Float64Array): FoldMoments {
  const sum = useFold(first, (moments) => mergeBases(moments, weights));
  for (const fold of rest) useFold(fold, (moments) => addMoments(sum, mergeBases(moments, weights)));
  return sum;
}

/** Numbers from all groups, and from all but each. */
export interface Jackknifed {
  readonly whole: readonly number[];
  readonly replicates: readonly (readonly number[])[];
  /** Buckets of all groups over those left out. */
  readonly ratios: readonly number[];
}

/** Applies a measurement to the sum of all groups and to that sum less each. */
export function foldJackknife(
  groups: readonly FoldMoments[],
  measure: (moments: FoldMoments) => readonly number[],
): Jackknifed {
  const total = sumMoments(groups);
  const held = groups.filter((group) => group.buckets < total.buckets);
  const replicates = held.map((group) => {
    const rest = sumMoments([total]);
    addMoments(rest, group, -1);
    return measure(rest);
  });
  return { whole: measure(total), replicates, ratios: held.map((group) => total.buckets / group.buckets) };
}

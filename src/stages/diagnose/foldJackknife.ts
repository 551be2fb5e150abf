import { mergeBases } from '../../model/bases.js';
import { contiguousGroups, heldOutGroups } from '../../model/heldOut.js';
import { addMoments, type Fold, type FoldMoments, sumMoments, useFold } from '../../model/moments.js';
import type { JackknifeSample } from '../fit/jackknife.js';

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
  return contiguousGroups(used, most).map((group) => mergedSum(group, weights));
}

/** Sum of folds, one or more, their bases merged. */
export function mergedSum([first, ...rest]: readonly Fold[], weights: Float64Array): FoldMoments {
  const sum = useFold(first, (moments) => mergeBases(moments, weights));
  for (const fold of rest) useFold(fold, (moments) => addMoments(sum, mergeBases(moments, weights)));
  return sum;
}

/** Numbers from the sum of all groups and from that sum less each. */
export function foldJackknife(
  groups: readonly FoldMoments[],
  measure: (moments: FoldMoments) => readonly number[],
): JackknifeSample<readonly number[]> {
  const total = sumMoments(groups);
  const without = Array.from(heldOutGroups(groups, groups.length, total), ({ rest, ratio }) => ({
    values: measure(rest),
    ratio,
  }));
  return {
    whole: measure(total),
    replicates: without.map(({ values }) => values),
    ratios: without.map(({ ratio }) => ratio),
  };
}

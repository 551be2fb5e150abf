import { mergeBases } from '../../model/bases.js';
import { contiguousGroups, mostGroups } from '../../model/heldOut.js';
import {
  addMoments,
  emptyMoments,
  type Fold,
  type FoldMoments,
  momentArrays,
  sumMoments,
  useFold,
} from '../../model/moments.js';
import type { JackknifeSample } from '../fit/jackknife.js';

/** Student's t at one percent is below five from here on: fewer groups could not raise an alarm that anyone would miss. */
export const MIN_GROUPS = 5;

/**
 * Sums of contiguous groups of folds, their bases merged; one fold is in memory beside them. Empty folds are left out.
 * @param see is shown every fold, merged, as it passes: whatever wants them has them without a second reading
 */
export function mergedGroups(
  folds: readonly Fold[],
  weights: Float64Array,
  see: (merged: FoldMoments) => void = () => {},
): FoldMoments[] {
  const used = folds.filter((fold) => fold.buckets > 0);
  return contiguousGroups(used, mostGroups(used[0]?.names ?? 0)).map((group) => mergedSum(group, weights, see));
}

/** Sum of folds, one or more, their bases merged. */
function mergedSum(
  [first, ...rest]: readonly Fold[],
  weights: Float64Array,
  see: (merged: FoldMoments) => void,
): FoldMoments {
  const merged = (fold: Fold) =>
    useFold(fold, (moments) => {
      const one = mergeBases(moments, weights);
      see(one);
      return one;
    });
  const sum = merged(first);
  for (const fold of rest) addMoments(sum, merged(fold));
  return sum;
}

/** Numbers from the sum of all groups and from that sum less each, which holds only until they are taken. */
export function foldJackknife(
  groups: readonly FoldMoments[],
  measure: (moments: FoldMoments) => readonly number[],
): JackknifeSample<readonly number[]> {
  const total = sumMoments(groups);
  const rest = emptyMoments('rest', total);
  const left = groups.filter(({ buckets }) => buckets > 0 && buckets < total.buckets);
  return {
    whole: measure(total),
    replicates: left.map((group) => {
      difference(rest, total, group);
      return measure(rest);
    }),
    ratios: left.map(({ buckets }) => total.buckets / buckets),
  };
}

function difference(out: FoldMoments, whole: FoldMoments, part: FoldMoments): void {
  out.buckets = whole.buckets - part.buckets;
  const [from, less] = [momentArrays(whole), momentArrays(part)];
  momentArrays(out).forEach((to, a) => {
    subtract(to, from[a], less[a]);
  });
}

function subtract(out: Float64Array, whole: Float64Array, part: Float64Array): void {
  for (let k = 0; k < out.length; k++) out[k] = whole[k] - part[k];
}

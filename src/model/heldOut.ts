import { addMoments, type Fold, type FoldMoments, sumMoments } from './moments.js';

/** Things in their order in groups as even as they go: at most `count`, none empty. */
export function contiguousGroups<T>(items: readonly T[], count: number): T[][] {
  const groups = Math.min(count, items.length);
  const edge = (g: number) => Math.round((g * items.length) / groups);
  return Array.from({ length: groups }, (_, g) => items.slice(edge(g), edge(g + 1)));
}

/** Names beyond which a solution is dear, and a tenth left out at a time says as much as a twenty-fifth for the price of it. */
const MANY_NAMES = 200;

/** Groups of folds that a jackknife or a cross-validation leaves out in turn, at most. */
export const mostGroups = (names: number): number => (names > MANY_NAMES ? 10 : 25);

/** A group of folds, and what is left without it. */
export interface HeldOut {
  readonly folds: readonly Fold[];
  /** Sums of the group and of all others. */
  readonly held: FoldMoments;
  readonly rest: FoldMoments;
  /** Buckets of all folds over those of the group, weighted as the folds are. */
  readonly ratio: number;
}

/**
 * Leaves out each of so many contiguous groups in turn. Sums are made as they are asked for (`Array.from` with a function
 * keeps none of them), since a window of many names has room for a few; groups without a bucket, or whose absence leaves
 * none, are passed over. `total` is the sum of the folds.
 */
export function* heldOutGroups(
  folds: readonly Fold[],
  count: number,
  total: FoldMoments = sumMoments(folds),
): Generator<HeldOut> {
  for (const group of contiguousGroups(folds, count)) {
    const held = sumMoments(group);
    if (!(held.buckets > 0 && held.buckets < total.buckets)) continue;
    const rest = sumMoments([total]);
    addMoments(rest, held, -1);
    yield { folds: group, held, rest, ratio: total.buckets / held.buckets };
  }
}

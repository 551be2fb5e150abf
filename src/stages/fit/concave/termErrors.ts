import { addConcave, sumConcave } from '../../../model/concaveMoments.js';
import { heldOutGroups, mostGroups } from '../../../model/heldOut.js';
import type { Fold } from '../../../model/moments.js';
import { combine, type DenseMatrix } from '../../../numerics/dense.js';
import { entryErrors } from '../jackknife.js';
import { wholeOf } from '../mergedSample.js';
import { type Search, termsGiven } from './calibrateConcave.js';
import { type ConcaveFit, linearPart } from './concaveFit.js';

/**
 * Q×N: standard errors of own terms by a jackknife over groups of folds, factors anew, links and decay being those of the whole:
 * what a group does to them moves own terms by the product of two errors only. `undefined` with fewer than two groups.
 */
export function termErrors(
  folds: readonly Fold[],
  search: Search,
  fit: ConcaveFit,
  K: DenseMatrix,
): DenseMatrix | undefined {
  const { whole, sums, params } = search;
  const replicates: DenseMatrix[] = [];
  const ratios: number[] = [];
  for (const group of heldOutGroups(folds, mostGroups(K.rows), whole.total)) {
    const rest = wholeOf(group.rest, params.defactor);
    const left = sumConcave([sums]);
    addConcave(left, sumConcave(group.folds.map((fold) => fold.concave!)), -1);
    const given = { weights: fit.weights, K, linear: linearPart(K, fit), isSettled: true };
    replicates.push(termsGiven({ ...search, whole: rest, sums: left }, given).terms.own);
    ratios.push(group.ratio);
  }
  if (replicates.length < 2) return undefined;
  const scaled = fit.terms.own;
  const mean = replicates.reduce(
    (sum, own) => combine(sum, 1, own, 1 / replicates.length),
    combine(scaled, 0, scaled, 0),
  );
  return entryErrors({ whole: mean, replicates, ratios });
}

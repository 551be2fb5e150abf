import type { Name } from '../../model/buckets.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { ConstrainedModel } from '../../stages/constrain/constrain.js';
import { movedOut } from '../../stages/constrain/movedOut.js';
import type { Calibration, CalibrationParams } from '../../stages/fit/calibration.js';
import type { RegressionMoments } from '../../stages/fit/impactProblem.js';
import type { Contradicted } from '../../stages/validate/contradiction.js';
import { type Identification, identificationOf } from '../../stages/validate/identification.js';
import { inseparableGroups } from '../../stages/validate/inseparable.js';

/** Entries of K whose constraint contradicts the estimate, by symbol; `undefined` where the estimate has no errors. */
export function contradictions(
  { estimate }: Calibration,
  { steps }: ConstrainedModel,
  names: readonly Name[],
): Contradicted[] | undefined {
  const { rawK, standardErrors, errorDegrees } = estimate;
  if (!standardErrors.data.some((error) => error > 0)) return undefined;
  const symbol = (i: number) => names[i].symbol;
  return movedOut({ raw: rawK.whole, standardErrors, degrees: errorDegrees, steps })
    .filter(({ names: [i, j] }) => i <= j)
    .map(({ names: [i, j], constraint, low, high, published }) => ({
      entry: i === j ? symbol(i) : `${symbol(i)}–${symbol(j)}`,
      ...(i === j ? { isOwn: true } : {}),
      constraint,
      low,
      high,
      published,
    }));
}

/** Groups of names whose flow nothing tells apart, by symbol; none for estimators without links. */
export function inseparableOf(
  { shrinkage }: Calibration,
  { restrictions }: CalibrationParams['penalty'],
  moments: RegressionMoments,
  K: DenseMatrix,
  names: readonly Name[],
): string[][] {
  if (!shrinkage) return [];
  const groups = inseparableGroups({ moments, K, unlinked: restrictions.zero });
  return groups.map((group) => group.map((i) => names[i].symbol));
}

/** An estimator without links has none to tell apart from a factor. */
export function identify(
  { isZero, estimate }: Calibration,
  moments: RegressionMoments,
  K: DenseMatrix,
  factorsGiven: boolean,
): Identification | undefined {
  if (K.rows < 2 || isZero.every((zero, k) => zero === 1 || k % (K.rows + 1) === 0)) return undefined;
  const { rawK, standardErrors } = estimate;
  return identificationOf({ moments, K, rawK: rawK.whole, standardErrors, factorsGiven });
}

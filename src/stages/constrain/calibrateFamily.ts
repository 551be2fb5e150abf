import { mergeBases } from '../../model/bases.js';
import { secants } from '../../model/concave.js';
import type { ConcaveMoments } from '../../model/concaveMoments.js';
import type { Fold } from '../../model/moments.js';
import { type DenseMatrix, diagonalOf, mapEntries } from '../../numerics/dense.js';
import { removeFactors } from '../defactor/defactor.js';
import { calibrate } from '../fit/calibrate.js';
import { type Calibration, type CalibrationParams, unconstrained } from '../fit/calibration.js';
import { calibrateConcave, concaveSums, totalWithout } from '../fit/concave/calibrateConcave.js';
import { type ConcaveFit, secantPart } from '../fit/concave/concaveFit.js';
import { termErrors } from '../fit/concave/termErrors.js';
import { regressionMoments, squaredErrors } from '../fit/impactProblem.js';
import type { Whole } from '../fit/mergedSample.js';
import { withBoundedLinks } from './boundedLinks.js';
import { LEAST_LINEAR, type Limits, projectStepwise } from './projectModel.js';

/** The recipe of the window, with concave own terms where its folds have them, and room beneath the links. */
export function calibrateFamily(
  folds: readonly Fold[],
  params: CalibrationParams,
  limits: Limits,
  whole: Whole,
): Calibration {
  if (!params.concave) return calibrate(folds, params, whole);
  const sums = concaveSums(folds);
  return withRoom(bounded(calibrateConcave(folds, params, params.concave, whole, sums), limits), limits, whole, sums);
}

/** The same with errors of the terms, for what is published. */
export function calibrateFamilyWithErrors(
  folds: readonly Fold[],
  params: CalibrationParams,
  limits: Limits,
  whole: Whole,
): Calibration {
  const calibration = calibrateFamily(folds, params, limits, whole);
  const { concave: fit, K } = calibration;
  if (!fit || !params.concave) return calibration;
  const search = { whole, sums: concaveSums(folds), params, concave: params.concave };
  return { ...calibration, concave: { ...fit, ownErrors: termErrors(folds, search, fit, K) } };
}

/** Links of modes within the bound; K is their secants where nothing is linear. */
function bounded(calibration: Calibration, { rho }: Limits): Calibration {
  const concave = withBoundedLinks(calibration.concave!, rho);
  if (concave === calibration.concave) return calibration;
  return { ...calibration, concave, ...(concave.hasLinear ? {} : { K: secantPart(concave) }) };
}

/** Shares of self impact that may be asked to stay linear. */
const LINEAR_SHARES = [LEAST_LINEAR, 0.1, 0.25, 0.5, 0.75, 1];

/**
 * Links lean on the linear part of self impact: what concave terms take from it, links must give up where they are strong. Of
 * a few least shares that stay linear, the one that fits the window best once its matrix is admissible; the first where links
 * have room beside all that concave terms would take.
 */
function withRoom(calibration: Calibration, limits: Limits, whole: Whole, sums: ConcaveMoments): Calibration {
  const fit = calibration.concave!;
  if (!fit.hasLinear) return calibration;
  let best: { error: number; fit: ConcaveFit } | undefined;
  for (const share of LINEAR_SHARES) {
    const candidate = withLinearShare(fit, calibration.K, share);
    const { projected } = projectStepwise(unconstrained({ ...calibration, concave: candidate }), limits);
    if (projected.projection.status === 'alreadyFeasible' && !best) return { ...calibration, concave: candidate };
    const error = windowError(candidate, projected.K, calibration, whole, sums);
    if (!best || error < best.error) best = { error, fit: candidate };
  }
  return { ...calibration, concave: best!.fit };
}

/** Concave terms of every name scaled down to what leaves so much of its self impact linear. */
function withLinearShare(fit: ConcaveFit, K: DenseMatrix, share: number): ConcaveFit {
  const { terms } = fit;
  const own = secants(terms);
  const shared = diagonalOf(secantPart(fit)).map((all, i) => all - own[i]);
  const scale = diagonalOf(K).map((k, i) =>
    own[i] > 0 ? Math.max(0, Math.min(1, ((1 - share) * k - shared[i]) / own[i])) : 1,
  );
  return { ...fit, terms: { ...terms, own: mapEntries(terms.own, (g, _, i) => g * scale[i]) } };
}

/** Squared errors of the window in units of residual variance. */
function windowError(
  fit: ConcaveFit,
  K: DenseMatrix,
  { estimate }: Calibration,
  { total }: Whole,
  sums: ConcaveMoments,
): number {
  const moments = regressionMoments(
    removeFactors(mergeBases(totalWithout(total, sums, fit), fit.weights), estimate.factorModel),
  );
  return squaredErrors(moments, K).reduce((sum, error, i) => {
    const vol = estimate.residualVolBps[i];
    return vol > 0 ? sum + error / (vol * vol) : sum;
  }, 0);
}

import { type Certificate, certify } from '../../model/certificate.js';
import { type ConcaveTerms, pinchedConcave, secantMatrix } from '../../model/concave.js';
import { traceShares } from '../../model/kernelParts.js';
import { combine, type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { Projection } from '../../numerics/projection.js';
import { secantPart } from '../fit/concave/concaveFit.js';
import { type ConstraintStep, type Limits, projectStepwise, type UnconstrainedModel } from './projectModel.js';

export interface ConstrainParams extends Limits {
  readonly blocks: readonly string[];
}

export interface Admissible {
  readonly K: DenseMatrix;
  /** As K, per time constant, where the kernel is not scalar. */
  readonly parts?: readonly DenseMatrix[] | undefined;
  /** Concave terms of which K holds the secants, and what of K is linear beside them (MODEL §2a). */
  readonly concave?: ConcaveTerms | undefined;
  readonly linear?: DenseMatrix | undefined;
  readonly certificate: Certificate;
}

export interface ConstrainedModel {
  readonly full: Admissible;
  /** What a live system falls back to: links inside blocks only, and self impact only. */
  readonly blockDiagonal: Admissible;
  readonly diagonal: Admissible;
  readonly projection: Projection;
  readonly floored: readonly number[];
  /** Of the model that came in: what projecting was needed for. */
  readonly before: Certificate;
  readonly steps: readonly ConstraintStep[];
}

const withTerms = (linear: DenseMatrix, concave: ConcaveTerms): Omit<Admissible, 'certificate'> => ({
  K: secantMatrix(linear, concave),
  linear,
  concave,
});

/** Projects the model and certifies it together with its fallbacks, and what it was before. */
export function constrain(model: UnconstrainedModel, { blocks, ...limits }: ConstrainParams): ConstrainedModel {
  const { projected, steps } = projectStepwise(model, limits);
  const { K, parts, projection, floored } = projected;
  const { rho, conditionCap, units = 'bps' } = limits;
  const { decay, concavity, floors } = model;
  const asked = { decay, concavity, floors, rho, units, ...(conditionCap === undefined ? {} : { conditionCap }) };
  const certificateOf = (its: Omit<Admissible, 'certificate'>) =>
    certify({
      K: its.linear ?? its.K,
      ...(its.parts ? { parts: its.parts } : {}),
      ...(its.concave ? { concave: its.concave } : {}),
      weights: its.parts ? traceShares(its.parts) : model.weights,
      ...asked,
    });
  const certified = (its: Omit<Admissible, 'certificate'>): Admissible => ({ ...its, certificate: certificateOf(its) });
  // Pinching (zeroing off-diagonal blocks) keeps a PSD matrix PSD, so the parts of a fallback are admissible too.
  const admissible = (keeps: (i: number, j: number) => boolean): Admissible => {
    const pinch = (matrix: DenseMatrix) => mapEntries(matrix, (value, i, j) => (keeps(i, j) ? value : 0));
    if (!model.concave) return certified({ K: pinch(K), parts: parts?.map(pinch) });
    return certified(withTerms(pinch(projected.linear ?? K), pinchedConcave(model.concave.terms, keeps)));
  };
  return {
    full: admissible(() => true),
    blockDiagonal: admissible((i, j) => blocks[i] === blocks[j]),
    diagonal: admissible((i, j) => i === j),
    projection,
    floored,
    before: certificateOf(
      model.concave
        ? withTerms(combine(model.K, 1, secantPart(model.concave), -1), model.concave.terms)
        : { K: model.K, parts: model.parts?.matrices },
    ),
    steps,
  };
}

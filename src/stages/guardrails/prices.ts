import { type CertifiedModel, propagatorOf } from '../../model/certificate.js';
import { pinchedConcave, scaledConcave } from '../../model/concave.js';
import { XimError } from '../../model/failure.js';
import { canaryLinks, type Fallback, pinched, scaledLinks } from '../../model/fallback.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { Action } from './machine.js';

/** An artifact as far as prices go. */
export interface PricedModels {
  readonly symbols: readonly string[];
  /** Symbols whose links are in use; empty once all are. */
  readonly canary: readonly string[];
  readonly models: Readonly<Record<Fallback, CertifiedModel>>;
}

/**
 * The kernel to price a bucket with, as the guardrails ask for it. Links between canaries alone are kept as long as there are
 * canaries: a pinching, so what is left admits no paid round trip either. Multipliers scale what passes; permanent impact stays
 * as it was calibrated, since a level that never fades bears no growth (MODEL §2a).
 * @throws XimError `usage` for concave flow before the decay, whose cost has no potential
 */
export function pricesAt({ symbols, canary, models }: PricedModels, action: Action): Propagator {
  const model = models[action.prices];
  if (model.concavity !== 1)
    throw new XimError(
      'usage',
      `the artifact has flow.concavity ${model.concavity}: its costs are not quadratic and nothing is certified of them`,
      'calibrate with flow.concavity: 1 for prices of schedules',
    );
  const keeps = canaryLinks(symbols, canary);
  const { selfMultiplier, linkMultiplier } = action;
  const { matrices, concave, ...kernel } = propagatorOf(model);
  const kept = matrices.map((matrix) => pinched(matrix, keeps));
  return {
    ...kernel,
    matrices: multiplied(kept, kernel.decay, action),
    ...(concave ? { concave: scaledConcave(pinchedConcave(concave, keeps), selfMultiplier, linkMultiplier) } : {}),
  };
}

/** One matrix for all terms is enough as long as all have the same multipliers. */
function multiplied(
  matrices: readonly DenseMatrix[],
  decay: Float64Array,
  { selfMultiplier, linkMultiplier }: Action,
): readonly DenseMatrix[] {
  const scaled = matrices.map((matrix) => scaledLinks(matrix, selfMultiplier, linkMultiplier));
  const isSame = selfMultiplier === 1 && linkMultiplier === 1;
  if (isSame || !decay.includes(1)) return scaled;
  return Array.from(decay, (d, p) => (d === 1 ? matrices : scaled)[Math.min(p, matrices.length - 1)]);
}

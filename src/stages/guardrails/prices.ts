import { type CertifiedModel, propagatorOf } from '../../model/certificate.js';
import { XimError } from '../../model/failure.js';
import { canaryLinks, type Fallback, pinched, scaledLinks } from '../../model/fallback.js';
import type { Propagator } from '../../model/roundTrip.js';
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
 * canaries: a pinching, so what is left admits no paid round trip either.
 * @throws XimError `usage` for concave flow, whose cost is no quadratic form
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
  const { matrices, ...kernel } = propagatorOf(model);
  return {
    ...kernel,
    matrices: matrices.map((matrix) =>
      scaledLinks(pinched(matrix, keeps), action.selfMultiplier, action.linkMultiplier),
    ),
  };
}

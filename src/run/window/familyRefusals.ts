import type { Config } from '../../config/schema.js';
import { configError } from '../../model/failure.js';
import { MOST_COMBINED } from './concaveModes.js';

/** What concave terms do not go together with. @throws config error */
export function refuseConcave(config: Config, names: number): void {
  const reason = noConcave(config);
  if (reason)
    throw configError(
      `fit.kernel.concave with ${reason} is not supported`,
      'set fit.kernel.concave: none, or the other to its default',
    );
  const { concave } = config.fit.kernel;
  if (typeof concave !== 'object' || concave.links !== 'concave' || names <= MOST_COMBINED) return;
  throw configError(
    `fit.kernel.concave.links: concave with ${names} names is not supported; it is for ${MOST_COMBINED} at most`,
    'set fit.kernel.concave.links: linear',
  );
}

/** The setting that concave terms do not go together with, if there is one. */
export function noConcave({ flow, fit, defactor }: Config): string | undefined {
  const { estimator, kernel } = fit;
  if (flow.concavity !== 1) return `flow.concavity: ${flow.concavity}`;
  if (kernel.form === 'modes' || kernel.form === 'matrix') return `fit.kernel.form: ${kernel.form}`;
  if (estimator === 'ols' || estimator === 'kyle' || estimator === 'eigenliquidity')
    return `fit.estimator: ${estimator}`;
  return defactor.factors === 'derived' ? 'defactor.factors: derived' : undefined;
}

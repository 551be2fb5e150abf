import type { Name } from '../../model/buckets.js';
import { configError, XimError } from '../../model/failure.js';
import type { FoldMoments } from '../../model/moments.js';
import type { Limits } from '../../stages/constrain/projectModel.js';
import type { CalibrationParams } from '../../stages/fit/calibration.js';

/** The other forms need every basis apart, derived factors differ by name, and links of their own undo what fixes links. */
export function refuseForm(params: CalibrationParams, limits: Limits): void {
  const { kernelForm } = params;
  if (limits.metric === 'prediction' && limits.conditionCap !== undefined)
    throw configError(
      'constrain.condition_cap with constrain.metric: prediction is not supported',
      'use metric frobenius, or no condition_cap',
    );
  const other = kernelForm === 'scalar' ? undefined : besideParts(params, limits);
  if (!other) return;
  const { setting, remedy } = other;
  throw configError(
    setting === EQUAL_LINKS
      ? `fit.kernel.form: ${kernelForm} does not keep links equal (${setting})`
      : setting.startsWith('constrain.')
        ? `${setting} with fit.kernel.form: ${kernelForm} is not supported`
        : `fit.kernel.form: ${kernelForm} with ${setting} is not supported`,
    `${remedy}, or keep the scalar kernel`,
  );
}

/** The setting that modes do not go together with, if there is one. */
export const besideModes = (params: CalibrationParams, limits: Limits): string | undefined =>
  besideParts(params, limits)?.setting;

const EQUAL_LINKS = 'fit.links.equal';

/** Several matrices share their bound, but the metric and the cap are those of one. */
function besideParts(
  { estimator, penalty, defactor }: CalibrationParams,
  { metric, conditionCap }: Limits,
): { readonly setting: string; readonly remedy: string } | undefined {
  const remedy = 'use metric frobenius and no condition_cap';
  if (metric !== 'frobenius') return { setting: `constrain.metric: ${metric}`, remedy };
  if (conditionCap !== undefined) return { setting: 'constrain.condition_cap', remedy };
  if (estimator !== 'symmetric' && estimator !== 'rowwise')
    return { setting: `fit.estimator: ${estimator}`, remedy: 'use the estimator symmetric or rowwise' };
  if (penalty.restrictions.equal.length > 0) return { setting: EQUAL_LINKS, remedy: `drop ${EQUAL_LINKS}` };
  if (!defactor.derived) return undefined;
  return {
    setting: 'defactor.factors: derived',
    remedy: 'give factor moves (defactor.factors: given), use none',
  };
}

/**
 * @param beside what the feed has beside the universe, for the message about a name without quotes
 * @param flowAside what of the flow was left out, for the message that there is none
 * @throws XimError when the window has nothing to learn from, or a name never had a quote.
 */
export function refuseEmpty(total: FoldMoments, names: readonly Name[], beside: string, flowAside = ''): void {
  const numerical = (message: string, hint: string) => new XimError('numerical', message, hint);
  if (!(total.buckets > 0))
    throw numerical(
      'the window has no usable bucket: every one lacks most moves or a factor',
      'look at coverage in align.json',
    );
  const silent = names.filter((_, i) => !(total.observed[i] > 0)).map((name) => name.symbol);
  if (silent.length > 0)
    throw new XimError(
      'data',
      `${silent.join(', ')}: no quote gives a move in the whole window${beside}`,
      'remove the name from the universe, map its symbol in symbols.csv, or widen align.max_stale',
    );
  if (!total.flowSquare.some((square) => square > 0))
    throw numerical(
      `no name has any signed flow in the window${flowAside}`,
      flowAside ? 'check the stamps (ts is UTC) and data.rows' : 'check flow.source and the side column',
    );
  const moving = names.some((_, i) => total.rr.data[i * names.length + i] > 0);
  if (!moving) throw numerical('no mid moves in the window', 'check the quotes: every bid and ask is constant');
}

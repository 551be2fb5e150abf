import type { Config } from '../../config/schema.js';
import type { Name } from '../../model/buckets.js';
import type { CalibrationParams } from '../../stages/fit/calibration.js';
import type { CalibrationWindow } from './calibrationWindow.js';
import { championMatrix } from './champion.js';
import { linkRestrictions } from './linkRestrictions.js';

/** What the configuration asks of the estimator, for the names and the champion of this window. */
export function calibrationParams(
  config: Config,
  names: readonly Name[],
  { folds, champion, reports, concave, form }: CalibrationWindow,
): CalibrationParams {
  const { defactor, fit, constrain: limits } = config;
  const blocks = names.map((name) => name.block);
  return {
    defactor: {
      residualize: defactor.residualize,
      ridge: defactor.ridge,
      derived: folds[0].factors === 0 && defactor.factors === 'derived',
      standardised: config.align.units === 'price',
      blocks,
    },
    estimator: fit.estimator,
    kernelForm: fit.kernel.form === 'auto' ? (form?.form ?? 'scalar') : fit.kernel.form,
    weights: fit.weights,
    lambda: fit.penalty.lambda,
    penalty: {
      kind: fit.penalty.kind,
      l1Ratio: fit.penalty.kind === 'elastic_net' ? fit.penalty.l1_ratio : 0,
      restrictions: linkRestrictions(fit.links, names),
      turnover: fit.turnover,
      // Where nothing draws to it, it is there to be compared with.
      champion: fit.turnover > 0 && champion ? championMatrix(champion, names) : undefined,
    },
    target: fit.shrinkage.target,
    intensity: fit.shrinkage.intensity,
    tail: { tMin: fit.tail.t_min, signStability: fit.tail.sign_stability, apply: fit.tail.apply },
    floor: limits.floor,
    ...(concave ? { concave } : {}),
    ...volumesOf(names, reports),
  };
}

/** Volume of every name where one source has all of them: the universe, else the tape of the window. */
function volumesOf(
  names: readonly Name[],
  reports: CalibrationWindow['reports'],
): Pick<CalibrationParams, 'adv' | 'isTape'> {
  const adv = Float64Array.from(names, (name) => name.adv ?? Number.NaN);
  if (adv.every((volume) => volume > 0)) return { adv };
  const tape = adv.map((_, i) => reports.reduce((sum, { coverage }) => sum + coverage[i].volume, 0) / reports.length);
  return tape.every((volume) => volume > 0) ? { adv: tape, isTape: true } : { adv };
}

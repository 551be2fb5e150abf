import { timeConstantText } from '../../model/manifest.js';
import { type MoveUnit, manifestUnits, unitWords } from '../../model/units.js';
import type { FittedWindow } from '../../run/calibration/fittedWindow.js';
import { type DateArgument, requiredDate } from '../options/dates.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb<DateArgument>({
  name: 'fit',
  description: 'moments of the window to the unconstrained model',
  options: [requiredDate],
  computes: true,
  action: async (session, { date }) => {
    const { planOr } = await import('../steps/calibration.js');
    const { withFit } = await import('../steps/fittedWindow.js');
    const { formInWords } = await import('../../stages/fit/form/formWords.js');
    return planOr(session, date, () =>
      withFit(session, date, async (fitted, { basis, form }) => {
        const { units } = session.config.align;
        const why = form && formInWords(form);
        const text = [textOf(fitted, basis.tauSeconds, units), ...(why ? [why] : [])].join('\n');
        return {
          text,
          json: { asof: date, units: manifestUnits(units), ...documentOf(fitted), ...(why ? { why } : {}) },
        };
      }),
    );
  },
});

function textOf({ names, calibration }: FittedWindow, tauSeconds: ArrayLike<number>, units: MoveUnit): string {
  const { move, perMillion } = unitWords(units);
  const n = names.length;
  const { K, estimate, tail } = calibration;
  const { kernel, standardErrors, residualVolBps } = estimate;
  const { lambda, intensity } = shrinkageOf(calibration);
  const weights = Array.from(tauSeconds)
    .map((tau, p) => `${timeConstantText(tau)} ${fixed(kernel.weights[p], 3)}`)
    .join(', ');
  const rows = names.map((name, i) => [
    name.symbol,
    name.block,
    fixed(K.data[i * n + i], 4),
    standardErrors.data[i * n + i] > 0 ? fixed(standardErrors.data[i * n + i], 4) : '–',
    fixed(residualVolBps[i], 3),
  ]);
  return [
    textTable(['name', 'block', `K_ii ${perMillion}`, 's.e.', `resid vol ${move}`], rows),
    `decay: ${weights} (${kernel.status})`,
    `λ ${lambda}, intensity ${fixed(intensity, 3)}, weak links ${tail?.links ?? 0} of ${(n * (n - 1)) / 2}`,
  ].join('\n');
}

function documentOf({ names, calibration }: FittedWindow) {
  const { K, estimate, notes } = calibration;
  const { kernel, rawK, standardErrors } = estimate;
  const { lambda, lambdaPath, intensity } = shrinkageOf(calibration);
  return {
    names: names.map((name) => name.symbol),
    K: rowsOf(K.data, names.length),
    K_raw: rowsOf(rawK.whole.data, names.length),
    K_se: rowsOf(standardErrors.data, names.length).map((row) => row.map((error) => error || null)),
    kernel: { weights: [...kernel.weights], status: kernel.status },
    lambda,
    lambdaPath,
    intensity,
    notes,
  };
}

/** Baselines know neither. */
const shrinkageOf = ({ shrinkage }: FittedWindow['calibration']) =>
  shrinkage ?? { lambda: 0, lambdaPath: [], intensity: 0 };

const rowsOf = (data: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => [...data.subarray(i * n, (i + 1) * n)]);

import type { FittedWindow } from '../../run/calibration/calibrateWindow.js';
import { type DateArgument, requiredDate } from '../options/dates.js';
import type { CommandResult } from '../session.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb<DateArgument>({
  name: 'fit',
  description: 'moments of the window to the unconstrained model',
  options: [requiredDate],
  action: async (session, { date }) => {
    const { planOr } = await import('../steps/calibration.js');
    const { withFit } = await import('../steps/fittedWindow.js');
    return planOr(session, date, () =>
      withFit(session, date, async (fitted, { basis }) => {
        const text = textOf(fitted, basis.tauSeconds);
        return { text, json: documentOf(fitted) };
      }),
    );
  },
});

function textOf({ names, calibration: c }: FittedWindow, tauSeconds: ArrayLike<number>): string {
  const n = names.length;
  const weights = Array.from(tauSeconds)
    .map((tau, p) => `${Number.isFinite(tau) ? `${tau} s` : 'permanent'} ${fixed(c.kernel.weights[p], 3)}`)
    .join(', ');
  const rows = names.map((name, i) => [
    name.symbol,
    name.block,
    fixed(c.K.data[i * n + i], 4),
    fixed(c.standardErrors.data[i * n + i], 4),
    fixed(c.residualVolBps[i], 3),
  ]);
  return [
    textTable(['name', 'block', 'K_ii bps/M', 's.e.', 'resid vol bps'], rows),
    `decay: ${weights} (${c.kernel.status})`,
    `λ ${c.lambda}, intensity ${fixed(c.intensity, 3)}, weak links ${c.tailLinks} of ${(n * (n - 1)) / 2}`,
  ].join('\n');
}

function documentOf({ names, calibration: c }: FittedWindow): CommandResult['json'] {
  return {
    names: names.map((name) => name.symbol),
    K: rowsOf(c.K.data, names.length),
    K_raw: rowsOf(c.rawK.data, names.length),
    K_se: rowsOf(c.standardErrors.data, names.length),
    kernel: { weights: [...c.kernel.weights], status: c.kernel.status },
    lambda: c.lambda,
    lambdaPath: c.lambdaPath,
    intensity: c.intensity,
    notes: c.notes,
  };
}

const rowsOf = (data: Float64Array, n: number): number[][] =>
  Array.from({ length: n }, (_, i) => [...data.subarray(i * n, (i + 1) * n)]);

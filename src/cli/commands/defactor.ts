import type { FittedWindow } from '../../run/calibration/fittedWindow.js';
import { type DateArgument, requiredDate } from '../options/dates.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

export const verb = defineVerb<DateArgument>({
  name: 'defactor',
  description: 'factor loadings and what factors explain',
  options: [requiredDate],
  computes: true,
  action: async (session, { date }) => {
    const { planOr } = await import('../steps/calibration.js');
    const { withFit } = await import('../steps/fittedWindow.js');
    const { writeResiduals } = await import('../../run/publication/residuals.js');
    return planOr(session, date, () =>
      withFit(session, date, async (fitted, moments, engine) => {
        const file = await writeResiduals(session.config, fitted, moments, await engine(), session.effects);
        const { text, json } = loadings(fitted, moments.reports.at(-1)!.factors, file);
        return { text, json: { asof: date, ...json } };
      }),
    );
  },
});

/** Loadings and what factors explain, with the file of the residual moves and flow of the date. */
function loadings({ names, factors }: FittedWindow, labels: readonly string[], residuals: string) {
  const { largestResidualCorrelation } = factors;
  const rows = names.map((name, i) => {
    const own = factors.names[i];
    const shown = labels.map((_, f) => `${fixed(own.loadings[f], 3)} ± ${fixed(own.loadingErrors[f], 3)}`);
    return [name.symbol, name.block, fixed(own.r2, 3), fixed(own.flowR2, 3), ...shown];
  });
  return {
    text: [
      textTable(['name', 'block', 'R²', 'flow R²', ...labels], rows),
      `largest residual–factor correlation ${largestResidualCorrelation.toExponential(1)}`,
      residuals,
    ].join('\n'),
    json: {
      factors: labels,
      names: names.map((name, i) => ({ symbol: name.symbol, ...factors.names[i] })),
      largestResidualCorrelation,
      residuals,
    },
  };
}

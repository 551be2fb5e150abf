import { tableIfAny } from '../elements.js';
import { html, type Markup, shown } from '../html.js';
import type { ReportData, ReportShrinkage } from '../reportData.js';

/** How far links were drawn to their targets, and what the data said on the way. */
export function shrinkage({ shrinkage: s }: ReportData): Markup {
  const sentences = [
    `λ = ${shown(s.lambda)}, intensity ${shown(s.intensity, 3)}; ${weakLinks(s)}`,
    `Optimality residual ${s.optimalityResidual.toExponential(0)}.`,
    ...meanLink(s),
    ...meanLinkWithoutFactors(s),
  ];
  const path = tableIfAny(
    ['λ', 'cross-validated error'],
    s.lambdaPath.map((p) => [shown(p.lambda), p.error.toFixed(6)]),
  );
  return html`<p>${sentences.join(' ')}</p>${path}`;
}

const weakLinks = ({ tailIsCut, tailLinks, links }: ReportShrinkage): string =>
  tailIsCut
    ? `${tailLinks} of ${links} links were too weak or unstable and took their block’s value or zero.`
    : 'weak links were kept: cutting them would lose on held-out folds.';

const meanLink = ({ marketMean, marketT }: ReportShrinkage): string[] =>
  marketMean === null ? [] : [`Mean link over all pairs ${shown(marketMean, 3)} (t = ${shown(marketT, 3)}).`];

function meanLinkWithoutFactors({ meanLinkWithFactors, meanLinkWithoutFactors: without }: ReportShrinkage): string[] {
  if (without === null) return [];
  return [`Mean estimated link with factors ${shown(meanLinkWithFactors, 3)}, without ${shown(without, 3)}.`];
}

import { secantMatrix } from '../../model/concave.js';
import type { FlowShape } from '../../model/familyMoments.js';
import { diagonalOf, zeros } from '../../numerics/dense.js';
import { log } from '../../numerics/elementary/elementary.js';
import type { ReportConcave, ReportFamilies, ReportResponse } from '../../report/impactData.js';
import type { FamilyChoice } from '../../stages/fit/family/familyChoice.js';
import { familyInWords, withheldGain } from '../../stages/fit/family/familyWords.js';
import type { Publication } from './publication.js';

/** What the report says of the shape of impact. */

/** Nothing where γ and shape were given. */
export function familyReport({ moments: { family } }: Publication): ReportFamilies | undefined {
  const sentence = family && familyInWords(family);
  if (sentence === undefined) return undefined;
  const { shape, liquidity, horizonSeconds, comparisons, links } = family!;
  return {
    sentence,
    shape,
    liquidity,
    horizonSeconds,
    comparisons: comparisons.map((each, k) =>
      comparison(each, k === comparisons.length - 1 ? { shape, liquidity } : each),
    ),
    withheldGain: withheldGain(family!) ?? null,
    links: links ?? null,
  };
}

/** @param chosen what was taken of it; concave links may have asked for another power than own flow alone */
function comparison(
  { testGroups, scores }: FamilyChoice,
  chosen: Pick<FamilyChoice, 'shape' | 'liquidity'>,
): ReportFamilies['comparisons'][number] {
  const isChosen = (shape: FlowShape, liquidity: number) =>
    liquidity === chosen.liquidity && JSON.stringify(shape) === JSON.stringify(chosen.shape);
  return {
    testGroups,
    scores: scores.map((score) => ({ ...score, isChosen: isChosen(score.shape, score.liquidity) })),
  };
}

/** Nothing where impact is linear. */
export function concaveReport({ outcome, moments: { basis } }: Publication): ReportConcave | undefined {
  const { calibration, constrained, names } = outcome;
  if (!calibration.concave) return undefined;
  const { hasLinear } = calibration.concave;
  const terms = constrained.full.concave ?? calibration.concave.terms;
  const [concave, whole] = [diagonalOf(secantMatrix(zeros(names.length), terms)), diagonalOf(constrained.full.K)];
  return {
    power: terms.power,
    tauSeconds: Array.from(terms.decay, (d) => (d > 0 ? -basis.bucketMs / 1000 / log(d) : 0)),
    links: hasLinear ? 'linear' : 'concave',
    names: names.map(({ symbol }, i) => ({
      symbol,
      bend: terms.scales[i],
      typical: terms.typical[i],
      share: whole[i] > 0 ? concave[i] / whole[i] : 0,
    })),
    modes: terms.modes.map(({ label, weights }) => ({ label, weights: [...weights] })),
  };
}

export const responseReport = ({ outcome: { names, responseCurves } }: Publication): ReportResponse[] =>
  responseCurves.map(({ name, curve, points }) => ({ symbol: names[name].symbol, curve, points }));

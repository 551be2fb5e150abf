import type { Gate } from '../../model/gate.js';
import type { CrossImpact, Verdict } from '../../model/verdict.js';
import type { Evidence, GateRules } from './gates.js';

/** What is judged of the links. */
type LinkEvidence = Pick<Evidence, 'outOfSample' | 'identification'>;

/** The one place that words come from: headline, links and what a promotion may do follow from the gates and the scores. */
export function verdictOf(
  gates: readonly Gate[],
  evidence: LinkEvidence,
  rules: Pick<GateRules, 'identification'>,
): Verdict {
  const crossImpact = crossImpactOf(evidence);
  const sentence = sentenceOf(crossImpact, evidence);
  const isFrozen = crossImpact === 'not distinguishable from an unrecorded factor' && rules.identification === 'freeze';
  return {
    crossImpact,
    links: isFrozen ? 'frozen' : 'live',
    headline: headlineOf(gates, crossImpact, evidence, isFrozen),
    sentence,
  };
}

export function crossImpactOf({ outOfSample, identification }: LinkEvidence): CrossImpact {
  if (!('scores' in outOfSample)) return 'not evident';
  const { scores, crossGain } = outOfSample;
  if (scores.fitted.pooled <= 0) return 'worse than nothing';
  if (!((crossGain.low ?? 0) > 0)) return 'not evident';
  return identification && !identification.isIdentified ? 'not distinguishable from an unrecorded factor' : 'evident';
}

function sentenceOf(crossImpact: CrossImpact, { outOfSample, identification }: LinkEvidence): string {
  if (!('scores' in outOfSample)) return `cross-impact is not judged: ${outOfSample.reason}`;
  const { crossGain, scores } = outOfSample;
  const gain = `${crossGain.value >= 0 ? '+' : '−'}${Math.abs(100 * crossGain.value).toFixed(2)} points of out-of-sample R²`;
  switch (crossImpact) {
    case 'worse than nothing':
      return `the model predicts worse than nothing: out-of-sample R² is ${scores.fitted.pooled.toFixed(3)}`;
    case 'evident':
      return `cross-impact is evident: ${gain}`;
    case 'not evident':
      return (crossGain.high ?? 0) < 0
        ? `links hurt out of sample: ${gain}`
        : 'no cross-impact is evident: the out-of-sample gain of links is within its interval of zero';
    case 'not distinguishable from an unrecorded factor':
      return `links gain ${gain}, but are not distinguishable from an unrecorded factor that flow follows with correlation ${identification!.robustness.toFixed(2)}`;
  }
}

/** The worst thing known comes first. */
function headlineOf(
  gates: readonly Gate[],
  crossImpact: CrossImpact,
  evidence: LinkEvidence,
  isFrozen: boolean,
): string {
  const named = (verdict: Gate['verdict']) => gates.filter((gate) => gate.verdict === verdict).map(({ name }) => name);
  const [failed, unjudged] = [named('failed'), named('not enough data')];
  const parts = [
    ...(crossImpact === 'worse than nothing' ? [capitalised(sentenceOf(crossImpact, evidence))] : []),
    ...(failed.length > 0 ? [`${failed.length} gate${failed.length > 1 ? 's' : ''} failed: ${failed.join(', ')}`] : []),
    ...(unjudged.length > 0 ? [`not enough data for ${unjudged.join(', ')}`] : []),
  ];
  if (parts.length > 0) return parts.join('; ');
  return isFrozen ? 'All gates pass for self impact; the links start frozen' : 'All gates pass';
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

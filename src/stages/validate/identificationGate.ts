import type { Gate } from '../../model/gate.js';
import type { Interval } from '../../model/interval.js';
import { CERTAIN_SECONDS, type DecayFitPoint } from './decayFit.js';
import { type Identification, ROBUSTNESS_BOUND } from './identification.js';
import { inseparableGate } from './inseparable.js';

/** What tells links from a factor, and names from one another. */
export interface LinkEvidence {
  /** Absent for estimators without links, and for a matrix that came without data. */
  readonly identification?: Identification | undefined;
  /** Groups of names, by symbol, whose flow nothing tells apart though links between them are estimated. */
  readonly inseparable?: readonly (readonly string[])[];
  /** Absent where own flow explains nothing, and for a matrix that came without data. */
  readonly decayFit?: readonly DecayFitPoint[] | undefined;
}

/** What becomes of links that an unrecorded factor could explain. */
export type IdentificationMode = 'freeze' | 'fail' | 'report';

/**
 * Links that are not evident do no harm, and are no case for this gate; names that nothing tells apart are.
 * @param crossGain out of sample, of links; absent where nothing is scored
 */
export function identificationGate(
  evidence: LinkEvidence,
  crossGain: Interval | undefined,
  mode: IdentificationMode,
): Gate {
  const factor = factorGate(evidence, crossGain, mode);
  const inseparable = inseparableGate(factor.name, evidence.inseparable ?? []);
  if (!inseparable) return factor;
  const { verdict, reason } = mode === 'report' ? { ...inseparable, verdict: factor.verdict } : inseparable;
  return { ...factor, verdict, reason: factor.verdict === 'not applicable' ? reason : `${reason}. ${factor.reason}` };
}

function factorGate(
  { identification, decayFit }: LinkEvidence,
  crossGain: Interval | undefined,
  mode: IdentificationMode,
): Gate {
  const name = 'identification';
  if (!identification || !crossGain)
    return { name, verdict: 'not applicable', reason: 'no links are estimated and scored' };
  const { robustness: value } = identification;
  const bound = ROBUSTNESS_BOUND;
  if (identification.isIdentified)
    return {
      name,
      verdict: 'passed',
      value,
      bound,
      reason: 'the links are told apart from an unrecorded factor',
    };
  const factor = 'an unrecorded factor that flow follows with this correlation could pass for the links';
  const overpriced = factorShare(identification.selfShare, decayFit);
  if (mode === 'freeze' && overpriced > FACTOR_BOUND) {
    const share = `${Math.round(100 * overpriced)} % of what an order of one name costs`;
    return { name, verdict: 'failed', value, bound, reason: `${factor}, and for ${share}: give the factor` };
  }
  if (!((crossGain.low ?? 0) > 0))
    return {
      name,
      verdict: 'passed',
      value,
      bound,
      reason: 'no gain of links is established that a factor could explain',
    };
  const consequence = { freeze: 'the links start frozen', fail: 'links are not promoted', report: 'reported only' }[
    mode
  ];
  return { name, verdict: mode === 'fail' ? 'failed' : 'passed', value, bound, reason: `${factor}: ${consequence}` };
}

/** Freezing links does not help where self impact is the factor's too: more than this share of the cost of an order. */
const FACTOR_BOUND = 0.05;

/**
 * Share of the cost of an order up to ten minutes that may be the factor's. Flow that follows the factor moves with it at once
 * and for good: over the order that is half of its share of the impact at once, whatever is left of the impact itself.
 */
function factorShare(selfShare: number, points: LinkEvidence['decayFit'] = []): number {
  const costs = points.filter(({ seconds }) => seconds <= CERTAIN_SECONDS).map(({ published }) => published);
  return Math.max(selfShare, ...costs.map((cost) => (cost > 0 ? Math.min(1, (0.5 * selfShare) / cost) : 1)));
}

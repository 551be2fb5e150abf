import type { Certificate } from '../../model/certificate.js';
import type { Diagnosis } from '../../model/diagnosis.js';
import type { Gate } from '../../model/gate.js';
import type { BasketCap, GuardrailValues } from '../../model/guardrails.js';
import type { LevelJump } from '../../model/levels.js';
import type { OddImpact } from '../../model/oddImpact.js';
import { DECAY_FIT_BOUND } from '../fit/decayProfile.js';
import { type Contradicted, contradictionGate, SIDES_QUESTION } from './contradiction.js';
import { CERTAIN_SECONDS, UNCERTAINTY_BOUND } from './decayFit.js';
import { type IdentificationMode, identificationGate, type LinkEvidence } from './identificationGate.js';
import { curveGap, lateResponse, type ResponseAtLag } from './lateResponse.js';
import { levelGates } from './levels.js';
import { oddGates } from './oddGates.js';
import type { OutOfSample } from './walkForward.js';

/** What a calibration is judged by. */
export interface Evidence extends LinkEvidence {
  readonly certificate: Certificate;
  /** Scores, or why there are none. */
  readonly outOfSample: OutOfSample | Unscored;
  readonly guardrails: GuardrailValues;
  /** Response to own flow lag by lag, and how long a bucket is. */
  readonly response?: { readonly lags: readonly ResponseAtLag[]; readonly bucketMs: number } | undefined;
  readonly diagnoses: readonly Diagnosis[];
  /** Entries that a constraint contradicts; absent where no estimate has errors. */
  readonly contradicted?: readonly Contradicted[] | undefined;
  /** Prices and volumes that cannot be in their unit. */
  readonly levels?: readonly LevelJump[];
  /** Days and venues where own flow, and days where a factor, moves prices otherwise than elsewhere. */
  readonly oddImpacts?: readonly OddImpact[];
}

export interface Unscored {
  readonly verdict: 'not enough data' | 'not applicable';
  readonly reason: string;
}

export interface GateRules {
  readonly conditionCap: number;
  readonly crossShareCap: number;
  /** A number that the norm of links is compared with, or what was made of `auto`. */
  readonly basketCap: number | BasketCap;
  readonly identification: IdentificationMode;
  /** Loss of out-of-sample R² through links that is borne, as a share of what self impact explains. */
  readonly crossGainMargin: number;
  /** Diagnostics that may be red, with the reason. */
  readonly accepted: Readonly<Partial<Record<string, string>>>;
}

/** R² that is too small to care for, whatever share of self impact it is. */
const NEGLIGIBLE_R2 = 5e-4;

/** The gates of a promotion that the market data alone decide. */
export function judge(evidence: Evidence, rules: GateRules): Gate[] {
  const { certificate, outOfSample, guardrails } = evidence;
  return [
    certificateGate(certificate),
    ...('scores' in outOfSample ? scoredGates(outOfSample, rules) : unscoredGates(outOfSample)),
    identificationGate(evidence, 'scores' in outOfSample ? outOfSample.crossGain : undefined, rules.identification),
    decayFitGate(evidence.decayFit, evidence.response),
    orderCostGate(evidence.decayFit),
    diagnosticsGate(evidence.diagnoses, rules.accepted),
    contradictionGate(evidence.contradicted),
    cap(
      'condition_number',
      guardrails.conditionNumber ?? Number.MAX_VALUE,
      rules.conditionCap,
      'condition number of normalised K',
    ),
    guardrails.crossShare === undefined
      ? { name: 'cross_share', verdict: 'not applicable', reason: 'no flow to cost' }
      : cap('cross_share', guardrails.crossShare, rules.crossShareCap, 'share of predicted cost that comes from links'),
    basketGate(guardrails.basketNorm, rules.basketCap),
    ...levelGates(evidence.levels ?? [], rules.accepted.levels),
    ...oddGates(evidence.oddImpacts ?? [], rules.accepted),
  ];
}

function certificateGate({ status, checks }: Certificate): Gate {
  const failed = checks.filter((check) => !check.passed).map((check) => check.name);
  const reasons = {
    passed: `all ${checks.length} checks hold`,
    failed: `failed: ${failed.join(', ')}${failed.includes('positive_diagonal') ? `; ${SIDES_QUESTION}` : ''}`,
    withheld: 'a concave kernel (flow.concavity < 1) always admits manipulation, so no certificate is given',
  };
  return {
    name: 'certificate',
    verdict: status === 'passed' ? 'passed' : 'failed',
    value: failed.length,
    bound: 0,
    reason: reasons[status],
  };
}

const unscoredGates = ({ verdict, reason }: Unscored): Gate[] =>
  ['oos_r2', 'oos_cross_gain'].map((name) => ({ name, verdict, reason }));

function scoredGates({ scores, crossGain }: OutOfSample, { crossGainMargin }: GateRules): Gate[] {
  const r2 = scores.fitted.pooled;
  return [
    {
      name: 'oos_r2',
      verdict: r2 > 0 ? 'passed' : 'failed',
      value: r2,
      bound: 0,
      reason: 'pooled out-of-sample R² of the model is above zero',
    },
    crossGainGate(crossGain, Math.max(NEGLIGIBLE_R2, crossGainMargin * Math.max(0, scores.diagonal.pooled))),
  ];
}

/** The lower bound protects: links that may well lose more than the margin are not published as if they did not. */
function crossGainGate({ value, low, high }: OutOfSample['crossGain'], margin: number): Gate {
  const name = 'oos_cross_gain';
  if (low === undefined || high === undefined)
    return {
      name,
      verdict: 'not enough data',
      value,
      bound: -margin,
      reason: 'fewer than two test folds: the gain of links has no interval',
    };
  const reason =
    low > 0
      ? 'links raise out-of-sample R² beyond self impact'
      : low >= -margin
        ? 'no gain of links is established, and none that matters is lost'
        : 'links may lose more out-of-sample R² than the margin (lower bound)';
  return { name, verdict: low >= -margin ? 'passed' : 'failed', value, low, high, bound: -margin, reason };
}

const NO_PRICE = 'own flow moves no price, or no reference order of ten minutes fits between a bucket and the session';

function decayFitGate(points: Evidence['decayFit'], response: Evidence['response']): Gate {
  const name = 'decay_fit';
  const late = response && lateResponse(response.lags);
  if (late && late.excess > DECAY_FIT_BOUND)
    return {
      name,
      verdict: 'failed',
      value: late.excess,
      bound: DECAY_FIT_BOUND,
      reason: `prices answer own flow late: ${(late.to * response.bucketMs) / 1000} s after it they have moved by ${(1 + late.excess).toPrecision(3)} times the impact at once, or more, which no decay does: are stamps of the flow early, or of the quotes late (align.clock_offsets)?`,
    };
  const curve = response && curveGap(response.lags);
  if (curve && curve.gap > DECAY_FIT_BOUND)
    return {
      name,
      verdict: 'failed',
      value: curve.gap,
      bound: DECAY_FIT_BOUND,
      reason: `${(curve.to * response.bucketMs) / 1000} s after own flow the curve has ${curve.keepsLess ? 'less' : 'more'} left of impact than prices do, by ${curve.gap.toPrecision(2)} of it beyond doubt, so orders are priced too ${curve.keepsLess ? 'low' : 'high'}: use fit.kernel.concave: none, or other time constants`,
    };
  if (!points) return { name, verdict: 'not applicable', reason: 'no decay was estimated from own flow' };
  if (points.length === 0) return { name, verdict: 'not enough data', reason: NO_PRICE };
  const worst = points.reduce((top, point) => (point.outside > top.outside ? point : top));
  const passed = worst.outside <= DECAY_FIT_BOUND;
  return {
    name,
    verdict: passed ? 'passed' : 'failed',
    value: worst.outside,
    bound: DECAY_FIT_BOUND,
    reason: passed
      ? 'orders are priced within what own flow bears, whatever the time constants'
      : `an order of ${worst.seconds} s is priced outside of what own flow bears: use tau: auto, or other time constants`,
  };
}

/** A price that the data leave open by a quarter is no price, however well the model predicts the next bucket. */
function orderCostGate(points: Evidence['decayFit']): Gate {
  const name = 'order_cost';
  if (!points) return { name, verdict: 'not applicable', reason: 'no decay was estimated from own flow' };
  const judged = points.filter(({ seconds }) => seconds <= CERTAIN_SECONDS);
  if (judged.length === 0) return { name, verdict: 'not enough data', reason: NO_PRICE };
  const worst = judged.reduce((top, point) => (point.uncertainty > top.uncertainty ? point : top));
  const isKnown = worst.uncertainty <= UNCERTAINTY_BOUND;
  const share = Number.isFinite(worst.uncertainty) ? `${Math.round(100 * worst.uncertainty)} %` : 'any amount';
  return {
    name,
    verdict: isKnown ? 'passed' : 'not enough data',
    value: Math.min(worst.uncertainty, Number.MAX_VALUE),
    bound: UNCERTAINTY_BOUND,
    reason: isKnown
      ? 'the decay leaves the cost of orders up to ten minutes open by no more than its bound'
      : `the decay leaves the cost of an order of ${worst.seconds} s open by ${share}: use a longer window`,
  };
}

const isJudged = (verdict: Diagnosis['verdict']): boolean =>
  verdict === 'green' || verdict === 'amber' || verdict === 'red';

function diagnosticsGate(diagnoses: readonly Diagnosis[], accepted: GateRules['accepted']): Gate {
  const name = 'diagnostics';
  if (diagnoses.length === 0)
    return { name, verdict: 'not applicable', reason: 'nothing was replayed to be diagnosed' };
  if (!diagnoses.some(({ verdict }) => isJudged(verdict)))
    return { name, verdict: 'not enough data', reason: 'no diagnostic had enough data: use a longer window' };
  const red = diagnoses.filter(({ verdict }) => verdict === 'red').map(({ mode }) => mode);
  const stopping = red.filter((mode) => accepted[mode] === undefined);
  const borne = red.filter((mode) => accepted[mode] !== undefined).map((mode) => `${mode} (${accepted[mode]})`);
  const reasons = [
    ...(stopping.length > 0 ? [`red: ${stopping.join(', ')}`] : []),
    ...(borne.length > 0 ? [`red and accepted: ${borne.join(', ')}`] : []),
  ];
  return {
    name,
    verdict: stopping.length > 0 ? 'failed' : 'passed',
    value: stopping.length,
    bound: 0,
    reason: reasons.length > 0 ? reasons.join('; ') : 'no diagnostic is red',
  };
}

function basketGate(norm: number, limit: GateRules['basketCap']): Gate {
  const name = 'basket_norm';
  if (typeof limit === 'number')
    return cap(name, norm, limit, 'most that links can multiply the self cost of a basket');
  const { value, bound, passed, noise } = limit;
  if (noise === undefined && !passed)
    return {
      name,
      verdict: 'not enough data',
      value,
      bound,
      reason:
        'no errors tell links beyond those of their blocks from noise; a number for guardrails.basket_cap judges by size',
    };
  return {
    name,
    verdict: passed ? 'passed' : 'failed',
    value,
    bound,
    reason:
      'what noise of links may add to the dearest basket, in self costs, is at most one, or half of what links add beyond blocks',
  };
}

function cap(name: string, value: number, bound: number, meaning: string): Gate {
  return { name, verdict: value <= bound ? 'passed' : 'failed', value, bound, reason: `${meaning} within its cap` };
}

import type { Certificate } from '../../model/certificate.js';
import type { Gate } from '../../model/gate.js';
import type { GuardrailValues } from '../../model/guardrails.js';
import type { Interval } from '../../model/interval.js';
import type { OutOfSample } from './walkForward.js';

export interface GateParams {
  readonly conditionCap: number;
  readonly crossShareCap: number;
  readonly basketCap: number;
}

/** The gates of a promotion that the market data alone decide. */
export function judge(
  certificate: Certificate,
  outOfSample: OutOfSample | undefined,
  values: GuardrailValues,
  caps: GateParams,
  unscored = 'one fold only: nothing is out of sample',
): Gate[] {
  return [
    certificateGate(certificate),
    ...outOfSampleGates(outOfSample, unscored),
    cap(
      'condition_number',
      values.conditionNumber ?? Number.MAX_VALUE,
      caps.conditionCap,
      'condition number of normalised K',
    ),
    values.crossShare === undefined
      ? { name: 'cross_share', verdict: 'not applicable', reason: 'no flow to cost' }
      : cap('cross_share', values.crossShare, caps.crossShareCap, 'share of predicted cost that comes from links'),
    cap('basket_norm', values.basketNorm, caps.basketCap, 'most that links can multiply the self cost of a basket'),
  ];
}

function certificateGate({ status, checks }: Certificate): Gate {
  const failed = checks.filter((check) => !check.passed).map((check) => check.name);
  const reasons = {
    passed: `all ${checks.length} checks hold`,
    failed: `failed: ${failed.join(', ')}`,
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

function outOfSampleGates(outOfSample: OutOfSample | undefined, reason: string): Gate[] {
  if (!outOfSample) {
    return ['oos_r2', 'oos_cross_gain'].map((name) => ({ name, verdict: 'not applicable' as const, reason }));
  }
  const { scores, crossGain } = outOfSample;
  const r2 = scores.fitted.pooled;
  const high = crossGain.high ?? crossGain.value;
  return [
    {
      name: 'oos_r2',
      verdict: r2 > 0 ? 'passed' : 'failed',
      value: r2,
      bound: 0,
      reason: 'pooled out-of-sample R² of the model is above zero',
    },
    {
      name: 'oos_cross_gain',
      verdict: high >= 0 ? 'passed' : 'failed',
      value: crossGain.value,
      bound: 0,
      ...(crossGain.low === undefined ? {} : { low: crossGain.low, high }),
      reason: 'links do not make out-of-sample prediction worse than self impact alone (upper bound of the gain ≥ 0)',
    },
  ];
}

function cap(name: string, value: number, bound: number, meaning: string): Gate {
  return { name, verdict: value <= bound ? 'passed' : 'failed', value, bound, reason: `${meaning} within its cap` };
}

/** What the links amount to, in one word a head of execution can use. */
export function crossImpactVerdict({ low, high, value }: Interval): string {
  if (low === undefined || high === undefined) return 'cross-impact cannot be judged: too few test folds';
  if (low > 0) return `cross-impact is evident: +${(100 * value).toFixed(2)} points of out-of-sample R²`;
  return high < 0
    ? 'links hurt out of sample'
    : 'no cross-impact evident: the out-of-sample gain is within its interval of zero';
}

import type { DetailRow, Diagnosis, FailureMode } from '../../model/diagnosis.js';

/**
 * Probability that a diagnostic is significant where nothing is wrong. Eight of them at one percent leave nine clean runs out
 * of ten without any, and what clusters that are few do to a test still keeps each below five percent.
 */
export const ALARM_RATE = 0.01;

/** What is significant is red from this effect on: a desk that is off by a tenth of its cost pays for it. */
export const MATERIAL_EFFECT = 0.1;

/** From playbook 9 where it names the mode, else from the section that deals with it. */
export const REMEDIES: Readonly<Record<FailureMode, string>> = {
  'asynchronous clocks':
    'align the clocks more tightly (align.clock_offsets, by date where a clock was wrong on some days alone) and look at the lead–lag diagnostics again',
  'placebo leads':
    'build features from what was known when the bucket closed; look for late stamps and for flow that follows the move',
  'factor contamination': 'a stronger de-factor stage (defactor.factors, residualize: both) and event controls',
  'over-fitted links':
    'stronger shrinkage (fit.penalty.lambda, fit.shrinkage), PSD projection and a turnover penalty (fit.turnover)',
  'regime portability': 'scale impact by regime (the multipliers of the artifact), not a full intraday refit',
  'bucket size': 'choose a bucket at which links have settled, and leave links that do not persist to the sparse tail',
  crowding: 'condition the scale of impact on same-side market flow, and stagger sectors of large baskets',
  'aggressive tails':
    'impact that is concave after its decay, which a certificate passes (fit.kernel.concave: auto takes it where folds ahead gain, { c: 0.4 } asks for it); else hysteresis bands, a cap on the change of aggression per step, or a concave flow (flow.concavity: auto), which withholds the certificate',
};

export interface Tested {
  readonly value: number;
  readonly bound: number;
}

/** What a fault does to the price of reference orders. */
export interface Effect {
  /** Cost over price, less one: above zero where orders cost more than priced. Finite. */
  readonly relative: number;
  /** Half the width of its 90 % interval, where there is one. */
  readonly reach?: number;
  /** Which orders, as a sentence begins with them. */
  readonly orders: string;
  /** Some orders cost more than priced and others less. */
  readonly isBothWays?: boolean;
}

export const NAME_ORDERS = 'orders in one name';
export const BASKET_ORDERS = 'a one-sided basket';

/** A test and what it would cost if it were right. */
export interface Finding extends Tested {
  readonly effect: Effect;
}

const isSignificant = ({ value, bound }: Tested): boolean => value > bound;

/** The one place where a test and its effect become a verdict. */
export function judged(
  mode: FailureMode,
  tested: Tested,
  effect: Effect,
  evidence: string,
  detail: readonly DetailRow[] = [],
): Diagnosis {
  const size = Math.abs(effect.relative);
  const beyond = size >= MATERIAL_EFFECT ? 'red' : 'amber';
  const { value, bound } = tested;
  return {
    mode,
    verdict: isSignificant(tested) ? beyond : 'green',
    value,
    bound,
    effect: size,
    ...boundsOf(effect),
    evidence: `${evidence}; ${inWords(effect)}`,
    remedy: REMEDIES[mode],
    detail,
  };
}

function boundsOf({ relative, reach }: Effect): { effectLow?: number; effectHigh?: number } {
  if (reach === undefined) return {};
  const size = Math.abs(relative);
  return { effectLow: Math.max(0, size - reach), effectHigh: size + reach };
}

function inWords(effect: Effect): string {
  const { relative, orders, isBothWays } = effect;
  const direction = isBothWays ? 'more or less' : relative < 0 ? 'less' : 'more';
  const { effectLow: low, effectHigh: high } = boundsOf(effect);
  const percent = (share: number) => digits(100 * share);
  const band = low === undefined || high === undefined ? '' : ` (90 %: ${percent(low)} to ${percent(high)} %)`;
  return `${orders} may cost ${percent(Math.abs(relative))} % ${direction} than priced${band}`;
}

export function unjudged(
  mode: FailureMode,
  verdict: 'not enough data' | 'not applicable',
  evidence: string,
  detail: readonly DetailRow[] = [],
): Diagnosis {
  return { mode, verdict, evidence, remedy: REMEDIES[mode], detail };
}

/** Of what is significant, that which costs most; where nothing is, what comes closest to its bound. */
export function worst<T extends Finding>(findings: readonly T[]): T | undefined {
  const significant = findings.filter(isSignificant);
  return significant.length > 0
    ? largest(significant, ({ effect }) => Math.abs(effect.relative))
    : largest(findings, ({ value, bound }) => value / bound);
}

/** The first of the largest. */
export function largest<T>(items: readonly T[], of: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>((top, item) => (top === undefined || of(item) > of(top) ? item : top), undefined);
}

/** For sentences: three significant digits. */
export const digits = (value: number): string => String(Number(value.toPrecision(3)));

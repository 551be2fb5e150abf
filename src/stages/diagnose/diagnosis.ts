import type { DetailRow, Diagnosis, FailureMode } from '../../model/diagnosis.js';

/**
 * Probability that a diagnostic is red where nothing is wrong. Eight of them at one percent leave nine clean runs out of
 * ten without any alarm, and what clusters that are few do to a test still keeps each below five percent.
 */
export const ALARM_RATE = 0.01;

/** From playbook 9 where it names the mode, else from the section that deals with it. */
const REMEDIES: Readonly<Record<FailureMode, string>> = {
  'asynchronous clocks':
    'align the clocks more tightly (align.clock_offsets) and look at the lead–lag diagnostics again',
  'placebo leads':
    'build features from what was known when the bucket closed; look for late stamps and for flow that follows the move',
  'factor contamination': 'a stronger de-factor stage (defactor.factors, residualize: both) and event controls',
  'over-fitted links':
    'stronger shrinkage (fit.penalty.lambda, fit.shrinkage), PSD projection and a turnover penalty (fit.turnover)',
  'regime portability': 'scale impact by regime (the multipliers of the artifact), not a full intraday refit',
  'bucket size': 'choose a bucket at which links have settled, and leave links that do not persist to the sparse tail',
  crowding: 'condition the scale of impact on same-side market flow, and stagger sectors of large baskets',
  'aggressive tails':
    'a concave flow (flow.concavity: auto), hysteresis bands and a cap on the change of aggression per step',
};

export interface Tested {
  readonly value: number;
  readonly bound: number;
}

/** Red where the value lies beyond the bound. */
export function judged(
  mode: FailureMode,
  { value, bound }: Tested,
  evidence: string,
  detail: readonly DetailRow[] = [],
): Diagnosis {
  return { mode, verdict: value > bound ? 'red' : 'green', value, bound, evidence, remedy: REMEDIES[mode], detail };
}

export function unjudged(
  mode: FailureMode,
  verdict: 'not enough data' | 'not applicable',
  evidence: string,
  detail: readonly DetailRow[] = [],
): Diagnosis {
  return { mode, verdict, evidence, remedy: REMEDIES[mode], detail };
}

/** The test that comes closest to its bound, or goes furthest beyond it. */
export function worst<T extends Tested>(tests: readonly T[]): T | undefined {
  return tests.reduce<T | undefined>(
    (top, test) => (top === undefined || test.value / test.bound > top.value / top.bound ? test : top),
    undefined,
  );
}

/** For sentences: three significant digits. */
export const digits = (value: number): string => String(Number(value.toPrecision(3)));

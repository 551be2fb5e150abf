import type { Interval } from './interval.js';

/** Of a gate. `not enough data` stops a promotion as `failed` does; `not applicable` does not. */
export type Verdict = 'passed' | 'failed' | 'not applicable' | 'not enough data';

/** Whether a gate stops a promotion. */
export const isFailing = ({ verdict }: { readonly verdict: string }): boolean =>
  verdict === 'failed' || verdict === 'not enough data';

/** A condition of promotion, and how a version stands to it. Bounds of the value, where it has them, cover 95 %. */
export interface Gate extends Partial<Interval> {
  readonly name: string;
  readonly verdict: Verdict;
  readonly bound?: number;
  /** One sentence for the reader. */
  readonly reason: string;
}

export const gatesPass = (gates: readonly Gate[]): boolean => !gates.some(isFailing);

/** Of a gate. `not enough data` stops a promotion as `failed` does; `not applicable` does not. */
export type Verdict = 'passed' | 'failed' | 'not applicable' | 'not enough data';

/** Whether a gate stops a promotion. */
export const isFailing = ({ verdict }: { readonly verdict: string }): boolean =>
  verdict === 'failed' || verdict === 'not enough data';

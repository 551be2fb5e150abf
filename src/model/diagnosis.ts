/** What goes wrong in cross-impact models (playbook 9, MODEL §8). */
export const FAILURE_MODES = [
  'asynchronous clocks',
  'placebo leads',
  'factor contamination',
  'over-fitted links',
  'regime portability',
  'bucket size',
  'crowding',
  'aggressive tails',
] as const;
export type FailureMode = (typeof FAILURE_MODES)[number];

/** Green: not significant. Amber: significant, and orders are priced well enough all the same. Red: significant and dear. */
export type DiagnosisVerdict = 'green' | 'amber' | 'red' | 'not enough data' | 'not applicable';

/** A row of a small table: plain numbers and words, ready for JSON. */
export type DetailRow = Readonly<Record<string, number | string>>;

export interface Diagnosis {
  readonly mode: FailureMode;
  readonly verdict: DiagnosisVerdict;
  /** Test statistic; what lies beyond the bound is significant. Absent where nothing was tested. */
  readonly value?: number;
  readonly bound?: number;
  /**
   * By what share of their price the cost of the reference orders may be off because of this (0.1 is 10 %): the worse of an
   * order in one name and a basket of all names, where both apply. Absent where nothing was tested.
   */
  readonly effect?: number;
  /** 90 % bounds of the effect, where they are cheap to have. */
  readonly effectLow?: number;
  readonly effectHigh?: number;
  /** The numbers of the test, and what orders may cost more or less than priced. */
  readonly evidence: string;
  readonly remedy: string;
  readonly detail: readonly DetailRow[];
}

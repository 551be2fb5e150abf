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

export type DiagnosisVerdict = 'green' | 'red' | 'not enough data' | 'not applicable';

/** A row of a small table: plain numbers and words, ready for JSON. */
export type DetailRow = Readonly<Record<string, number | string>>;

export interface Diagnosis {
  readonly mode: FailureMode;
  readonly verdict: DiagnosisVerdict;
  /** Test statistic; red lies beyond the bound. Absent where nothing was tested. */
  readonly value?: number;
  readonly bound?: number;
  /** One sentence with the numbers. */
  readonly evidence: string;
  readonly remedy: string;
  readonly detail: readonly DetailRow[];
}

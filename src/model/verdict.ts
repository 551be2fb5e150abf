/** What the links of a model amount to, in one of four words (MODEL §4). */
export const CROSS_IMPACT = [
  'evident',
  'not evident',
  'not distinguishable from an unrecorded factor',
  'worse than nothing',
] as const;
export type CrossImpact = (typeof CROSS_IMPACT)[number];

/** `frozen`: a live system starts with the links held at the multiplier of the calibration, and lets none of them grow. */
export type LinkState = 'live' | 'frozen';

/** What a version says of itself first. Headline, promotion and exit code follow from the same gates. */
export interface Verdict {
  readonly crossImpact: CrossImpact;
  readonly links: LinkState;
  /** The worst thing that is known, as a sentence without its full stop. */
  readonly headline: string;
  /** The same about the links. */
  readonly sentence: string;
}

/** Part of a window where own impact, or the loadings on a factor, are others than in the rest, by more than markets do. */
export interface OddImpact {
  /** Of a name, or of a factor. */
  readonly symbol: string;
  /** A date, or a venue. */
  readonly where: string;
  readonly kind: 'day' | 'venue' | 'factor';
  /** To the rest: negative where prices move the other way, 0 for a factor that does not move at all. */
  readonly ratio: number;
  /** The difference in standard errors, and what it was held to; absent where there is no doubt. */
  readonly t?: number;
  readonly bound?: number;
}

/** Gates that stop what is odd: of own impact, and of factors. A reason why it is right is given under the same name. */
export const ODD_GATES = ['own_impact', 'factor_days'] as const;
export type OddGate = (typeof ODD_GATES)[number];

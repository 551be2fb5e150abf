/** A part of a name's flow whose impact is another than that of the rest, by more than markets do: one day, or one venue. */
export interface OddImpact {
  readonly symbol: string;
  /** A date, or a venue. */
  readonly where: string;
  readonly kind: 'day' | 'venue';
  /** Impact of own flow there over that of the rest; negative where prices move against it. */
  readonly ratio: number;
  /** The difference in standard errors, and what it was held to. */
  readonly t: number;
  readonly bound: number;
}

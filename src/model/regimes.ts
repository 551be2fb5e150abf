/** How the size of impact differs between states of the market (MODEL §6). */
export interface RegimeCell {
  readonly cell: string;
  /** Realised on predicted impact and its standard error (clusters of five minutes). */
  readonly slope: number;
  readonly standardError: number;
  /** Shrunk to 1, bounded, with impact-weighted mean 1. */
  readonly multiplier: number;
  readonly buckets: number;
}

/** Scale multipliers by regime; one regime with multiplier 1 where none are estimated. */
export interface Regimes {
  readonly edges: Readonly<Record<string, readonly number[]>>;
  readonly multipliers: readonly Pick<RegimeCell, 'cell' | 'multiplier'>[];
}

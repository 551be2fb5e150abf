/** A key of the configuration, what it is set to, and why. */
export interface Setting {
  /** Dotted. */
  readonly key: string;
  readonly value: unknown;
  /** One line for a comment. */
  readonly evidence: string;
}

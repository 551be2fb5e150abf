/** Failures that a person can mend. `kind` decides the exit code; `hint` says what to do. */
export type FailureKind =
  | 'usage'
  | 'config'
  | 'data'
  | 'numerical'
  | 'gate'
  | 'notFound'
  | 'locked'
  | 'corrupt'
  /** Nothing is wrong and there is nothing to do: a holiday. */
  | 'noTradingDay';

export class XimError extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'XimError';
  }
}

/** Input that is missing or cannot be used: names the file, column or row and the value found. */
export const dataError = (message: string, hint: string): XimError => new XimError('data', message, hint);
export const configError = (message: string, hint: string): XimError => new XimError('config', message, hint);

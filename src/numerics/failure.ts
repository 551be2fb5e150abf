/** What a numerical routine throws instead of returning something unverified. */
export class NumericalError extends Error {
  readonly kind = 'numerical';
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'NumericalError';
  }
}

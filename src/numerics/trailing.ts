import { squared } from './elementary/elementary.js';

/** The last values of a series, missing ones among them, and their mean in units of its standard error. */
export class TrailingWindow {
  private readonly values: Float64Array;
  private at = 0;

  /** @param length how many values it looks back on, missing ones counted */
  constructor(length: number) {
    this.values = new Float64Array(length).fill(Number.NaN);
  }

  /** NaN: there was none. */
  push(value: number): void {
    this.values[this.at] = value;
    this.at = (this.at + 1) % this.values.length;
  }

  clear(): void {
    this.values.fill(Number.NaN);
  }

  /** Of what is present; summed anew each time, so that rounding does not build up. */
  get sum(): number {
    let sum = 0;
    for (const value of this.values) if (!Number.isNaN(value)) sum += value;
    return sum;
  }

  get count(): number {
    let count = 0;
    for (const value of this.values) if (!Number.isNaN(value)) count++;
    return count;
  }

  /**
   * Mean over its standard error. NaN with fewer values than asked for, or where they do not differ. One wild value
   * cannot make it large: it widens the error as it moves the mean, and the score tends to 1.
   */
  zScore(leastCount: number): number {
    const { sum, count } = this;
    if (count < Math.max(2, leastCount)) return Number.NaN;
    const mean = sum / count;
    let square = 0;
    for (const value of this.values) if (!Number.isNaN(value)) square += squared(value - mean);
    const error = Math.sqrt(square / (count - 1) / count);
    return error > 0 ? mean / error : Number.NaN;
  }
}

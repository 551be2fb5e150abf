import type { DayBuckets } from '../../src/model/buckets.js';
import { randomStream } from '../../src/numerics/random.js';

/** Adds noise with the same correlation between any two names to the moves of a day; one common shock a bucket. */
export function withCorrelatedNoise(day: DayBuckets, noise: number, correlation: number, seed: number): DayBuckets {
  const random = randomStream(seed);
  const { buckets } = day.grid;
  const [shared, own] = [noise * Math.sqrt(correlation), noise * Math.sqrt(1 - correlation)];
  for (let t = 0; t < buckets; t++) {
    const shock = random.normal();
    for (let i = 0; i < day.symbols.length; i++)
      day.market.moveBps[i * buckets + t] += shared * shock + own * random.normal();
  }
  return day;
}

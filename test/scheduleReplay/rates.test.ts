import { describe, expect, it } from 'vitest';
import { replayRates } from '../support/replayRates.js';

/** Small worlds, many of them; `npm run study:replay` has more and larger ones. */
const SMALL = { length: 12, buckets: 80, days: 12, noise: 0.1 };

describe('a replay of schedules over many worlds', () => {
  it('establishes what links are worth where they exist', async () => {
    const { executed, vwap, diagonal } = await replayRates({ ...SMALL, links: 0.8 }, 30);
    expect(vwap.established).toBeGreaterThanOrEqual(0.95);
    expect(executed.established).toBeGreaterThanOrEqual(0.95);
    // The slope holds one in 95 % of worlds, which bounds what can be established.
    expect(diagonal.established).toBeGreaterThanOrEqual(0.8);
    expect(diagonal.allAbove).toBe(0);
    for (const { covered } of [executed, vwap, diagonal]) expect(covered).toBeGreaterThanOrEqual(0.85);
  }, 180_000);

  it('establishes nothing against the optimum without links where there are none', async () => {
    const { vwap, diagonal } = await replayRates({ ...SMALL, links: 0, noise: 0.4 }, 30);
    expect(diagonal.established).toBeLessThanOrEqual(0.05);
    expect(diagonal.rawAbove).toBeLessThanOrEqual(0.05);
    expect(diagonal.covered).toBeGreaterThanOrEqual(0.85);
    // The shape of the schedule saves all the same.
    expect(vwap.truth).toBeGreaterThan(0);
  }, 180_000);

  it('establishes nothing where no schedule is better than another', async () => {
    const { executed, vwap, diagonal } = await replayRates({ ...SMALL, links: 0, impact: 0, noise: 0.4 }, 30);
    for (const { established, truth } of [executed, vwap, diagonal]) {
      expect(truth).toBe(0);
      expect(established).toBeLessThanOrEqual(0.05);
    }
  }, 180_000);

  it('does not believe the model that made the schedule, which promises what is not there', async () => {
    const { diagonal } = await replayRates({ ...SMALL, links: 0, noise: 1 }, 24);
    expect(diagonal.truth).toBeLessThan(0);
    expect(diagonal.promised).toBeGreaterThan(0);
    expect(Math.abs(diagonal.raw - diagonal.truth)).toBeLessThan(0.5 * (diagonal.promised - diagonal.truth));
  }, 180_000);
});

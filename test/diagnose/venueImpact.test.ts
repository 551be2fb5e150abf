import { describe, expect, it } from 'vitest';
import type { DayBuckets } from '../../src/model/buckets.js';
import { type DenseMatrix, fromRows } from '../../src/numerics/dense.js';
import { exp } from '../../src/numerics/elementary/elementary.js';
import { randomStream } from '../../src/numerics/random.js';
import { oddVenues } from '../../src/stages/diagnose/venueImpact.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { replayDay } from '../../src/stages/replay/replay.js';
import { defaultCalibration, train } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const NAMES = 6;
const VENUES = ['', 'X', 'Y'];
const K: DenseMatrix = fromRows(
  Array.from({ length: NAMES }, (_, i) => Array.from({ length: NAMES }, (_, j) => (i === j ? 1 : 0.2))),
);
const DECAY = Float64Array.of(0.9, 1);

interface World {
  readonly seed: number;
  /** What flow of a name at a venue is multiplied by, after it has moved prices: its impact there is the inverse. */
  readonly flowAt?: (name: number, venue: number) => number;
  readonly venues?: number;
}

/** Calibrated on three days of five, replayed on the others; everything that is wrong is so on all of them. */
function found({ seed, flowAt = () => 1, venues = VENUES.length }: World) {
  const random = randomStream(seed);
  const days = [2, 3, 4, 5, 6].map((date) => {
    const market = {
      ...{ names: NAMES, seed: 100 * seed + date, sessionSeconds: [6000], density: 0.3, noise: 2, factors: 1 },
      ...{ decay: DECAY, weights: Float64Array.of(0.5, 0.5), K, date: `2024-01-0${date}` },
    };
    const day: DayBuckets = { ...simulatedBuckets(market), venues: VENUES.slice(0, venues) };
    const { flow } = day;
    flow.name.forEach((name, k) => {
      flow.venue[k] = random.integer(venues);
      flow.signedNotional[k] *= flowAt(name, flow.venue[k]);
    });
    return day;
  });
  const accumulate = { decay: DECAY, transform: LINEAR_FLOW, foldBuckets: 1500 };
  const folds = days.slice(0, 3).flatMap((day) => accumulateDay(day, accumulate));
  const model = train(folds, {
    calibration: defaultCalibration(Array.from({ length: NAMES }, () => 'a')),
    limits: { rho: 0.9, metric: 'frobenius' },
    decay: DECAY,
    transform: LINEAR_FLOW,
    groups: 5,
  });
  const samples = days.slice(3).map((day) => {
    const replay = replayDay(day, model, { decay: DECAY, transform: LINEAR_FLOW, fromBucket: 0 });
    return { day, model, replay };
  });
  return { odd: oddVenues(samples, LINEAR_FLOW), self: model.K.data.filter((_, k) => k % (NAMES + 1) === 0) };
}

const faulty = (flow: number) => (name: number, venue: number) => (name === 2 && venue === 1 ? flow : 1);

describe('venues where own flow moves prices otherwise', () => {
  it('are none where impact is one and the same, or differs by venue as markets do', () => {
    for (let seed = 1; seed <= 12; seed++) {
      expect(found({ seed }).odd).toEqual([]);
      expect(found({ seed, venues: 1 }).odd).toEqual([]);
      const random = randomStream(seed);
      const factors = Array.from({ length: NAMES * VENUES.length }, () => exp(0.3 * random.normal()));
      expect(found({ seed, flowAt: (name, venue) => factors[name * VENUES.length + venue] }).odd).toEqual([]);
    }
  });

  it.each([
    ['its sides the wrong way round', -1, -1],
    ['lots for shares', 10, 0.1],
    ['shares for lots', 0.1, 10],
  ])('are found where one name has %s at one of them on all days, so that its impact is wrong', (_, flow, ratio) => {
    for (const venues of [2, 3]) {
      const { odd, self } = found({ seed: 5, flowAt: faulty(flow), venues });
      if (Math.abs(flow) >= 1) expect(self[2]).toBeLessThan(0.5);
      expect(odd.map(({ symbol, kind }) => `${symbol} ${kind}`)).toEqual(['N2 venue']);
      // Of two venues of which one has ten times the impact of the other, nobody knows which is right.
      if (venues === 3 || flow < 0) {
        expect(odd[0].where).toBe('X');
        expect(Math.abs(odd[0].ratio / ratio - 1)).toBeLessThan(0.35);
      }
    }
  });

  it('are no names where all of them have it: a venue whose flow does not move prices is of another kind', () => {
    const passive = (_: number, venue: number) => (venue === 1 ? 20 : 1);
    expect(found({ seed: 6, flowAt: passive }).odd).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CertifiedModel, propagatorOf } from '../../src/model/certificate.js';
import { scaledLinks } from '../../src/model/fallback.js';
import {
  bearableGrowth,
  bearableGrowths,
  growthBound,
  growthOfPrices,
  heldMultiplier,
} from '../../src/model/growth.js';
import type { Propagator, Trade } from '../../src/model/roundTrip.js';
import { type MultiplierRule, multipliedCost, switchWitness } from '../../src/model/switchWitness.js';
import { fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { closed, oneName, randomConcaveModel, randomSchedule } from '../support/concaveModels.js';
import { seeds } from '../support/matrices.js';

const level: MultiplierRule = { acts: 'level', scalesPermanent: false };
const byTrade: MultiplierRule = { acts: 'trade', scalesPermanent: false };

/** One name of linear impact with one decay. */
const linear = (decay: number, K = 1): CertifiedModel => ({
  K: fromRows([[K]]),
  decay: Float64Array.of(decay),
  weights: Float64Array.of(1),
  concavity: 1,
  floors: Float64Array.of(0),
  rho: 1,
});
const concave = (decay: number, power: number): CertifiedModel => ({
  ...linear(0.5, 0),
  concave: oneName({ power, decay, scale: 1 }),
});

/** Finite parts of a random model: what multipliers scale. */
const finite = (n: number, seed: number): CertifiedModel => {
  const model = randomConcaveModel(n, seed);
  const parts = model.parts!.map((part, p) => (p === 2 ? zeros(n) : part));
  return { ...model, parts };
};

const everyBucket = (trip: ReturnType<typeof randomSchedule>): Trade[] =>
  Array.from({ length: trip.rows }, (_, t) => ({
    bucket: t,
    millions: [...trip.data.subarray(t * trip.cols, (t + 1) * trip.cols)],
  }));

describe('the growth that a time constant bears', () => {
  it('is 1/d² where impact is linear, 1/d^(1+c) where it is concave, none where it is permanent', () => {
    expect(bearableGrowth(0.5)).toBe(4);
    expect(bearableGrowth(0.25, 0.5)).toBe(8);
    expect(bearableGrowth(1)).toBe(1);
    expect(bearableGrowth(0)).toBe(Number.POSITIVE_INFINITY);
    const model = { ...linear(0.5), concave: oneName({ power: 0.5, decay: 0.9, scale: 1 }) };
    expect(bearableGrowths(model)).toEqual([
      { kind: 'linear', decay: 0.5, bears: 4 },
      { kind: 'concave', decay: 0.9, bears: 0.9 ** -1.5 },
    ]);
    expect(growthBound(model)).toBe(0.9 ** -1.5);
    expect(growthBound(linear(0))).toBe(Number.POSITIVE_INFINITY);
    const lasting = { ...linear(0.5), decay: Float64Array.of(0.5, 0.9, 1), weights: Float64Array.of(0.5, 0, 0.5) };
    expect(bearableGrowths(lasting).map(({ bears }) => bears)).toEqual([4, 1]);
    expect(growthBound(lasting)).toBe(4);
  });

  it('pays for nothing up to there: no open schedule and no round trip of random models', () => {
    const random = randomStream(3);
    let lowest = Number.POSITIVE_INFINITY;
    for (let m = 0; m < 100; m++) {
      const n = 1 + random.integer(3);
      const model = finite(n, 1 + 10 * m);
      const propagator = propagatorOf(model);
      const bound = Math.min(growthBound(model), 10);
      for (let k = 0; k < 200; k++) {
        const schedule = randomSchedule(2 + random.integer(7), n, random);
        const trades = everyBucket(random.uniform() < 0.5 ? closed(schedule) : schedule);
        // At the bound, below it, and down.
        const growths = trades.map(() => [bound, bound ** random.uniform(), random.uniform()][random.integer(3)]);
        const multipliers = growths.map((_, t) => growths.slice(1, t + 1).reduce((m_t, growth) => m_t * growth, 1));
        lowest = Math.min(lowest, ratioOfCost(propagator, trades, multipliers, level));
        // The impact of every trade at its own multiplier: the same for 1/m, so it is the fall that is bounded.
        const falling = multipliers.map((value) => 1 / value);
        lowest = Math.min(lowest, ratioOfCost(propagator, trades, falling, byTrade));
      }
    }
    expect(lowest).toBeGreaterThan(-1e-10);
  }, 60_000);

  it.each([
    ['linear', linear(0.9), 0.9 ** -2],
    ['linear, slow', linear(0.99), 0.99 ** -2],
    ['concave, c = .5', concave(0.9, 0.5), 0.9 ** -1.5],
    ['concave, c = .2', concave(0.9, 0.2), 0.9 ** -1.2],
    ['concave, c = .9', concave(0.5, 0.9), 0.5 ** -1.9],
  ])('is the largest: beyond it a round trip earns (%s)', (_, model, bound) => {
    // Large, so that the power counts, and unwound patiently: what is sold after the level is back costs hardly anything.
    const d = model.concave?.decay[0] ?? model.decay[0];
    const size = model.concave ? 1e15 : 1;
    const rest = size * (1 - d);
    const pieces = 20_000;
    const trades = [
      { bucket: 0, millions: [size] },
      { bucket: 1, millions: [-size * d] },
      ...Array.from({ length: pieces }, (_, k) => ({ bucket: 5_000 * (k + 2), millions: [-rest / pieces] })),
    ];
    const propagator = propagatorOf(model);
    const cost = (growth: number) =>
      multipliedCost(
        propagator,
        { names: [0], trades },
        trades.map((_, t) => (t === 0 ? 1 : growth)),
        level,
      );
    expect(cost(bound)).toBeGreaterThan(0);
    expect(cost(1.02 * bound)).toBeLessThan(0);
  });
});

/** Cost over what the same sizes cost when all of them push the same way. */
function ratioOfCost(propagator: Propagator, trades: Trade[], multipliers: number[], rule: MultiplierRule): number {
  const names = trades[0].millions.map((_, i) => i);
  const sizes = trades.map(({ bucket, millions }) => ({ bucket, millions: millions.map(Math.abs) }));
  const modes = propagator.concave!.modes.map((mode) => ({ ...mode, direction: mode.direction.map(Math.abs) }));
  const positive = {
    ...propagator,
    matrices: propagator.matrices.map((matrix) => mapEntries(matrix, Math.abs)),
    concave: { ...propagator.concave!, modes },
  };
  const scale = multipliedCost(positive, { names, trades: sizes }, multipliers, rule);
  return multipliedCost(propagator, { names, trades }, multipliers, rule) / (scale || 1);
}

describe('a multiplier that is held', () => {
  it('grows by the bound at most, falls at once, and starts where it likes', () => {
    expect(heldMultiplier(undefined, 3, 1.1)).toBe(3);
    expect(heldMultiplier(1, 3, 1.1)).toBe(1.1);
    expect(heldMultiplier(1, 0.2, 1.1)).toBe(0.2);
    expect(heldMultiplier(1, 3)).toBe(3);
  });
});

describe('a switch at the worst moment', () => {
  it('earns ¾KQ² where permanent impact is multiplied by 2 and then by ½, trade by trade', () => {
    for (const [K, millions] of [
      [1, 1],
      [0.4, 3],
    ]) {
      const change = { from: 2, to: 0.5, millions, acts: 'trade', scalesPermanent: true } as const;
      const witness = switchWitness(linear(1, K), change)!;
      expect(witness.gain).toBeCloseTo(100 * 0.75 * K * millions ** 2, 10);
      expect(witness.trades.map(({ millions: [v] }) => v)).toEqual([millions, -millions]);
      // As a level it is the rise that pays.
      const risen = switchWitness(linear(1, K), { ...change, from: 0.5, to: 2, acts: 'level' })!;
      expect(risen.gain).toBeCloseTo(witness.gain, 10);
      expect(switchWitness(linear(1, K), { ...change, acts: 'level' })).toBeUndefined();
    }
  });

  it('earns nothing where permanent impact is left alone, or growth keeps to the bound', () => {
    const change = { from: 0.5, to: 2, millions: 1, acts: 'level', scalesPermanent: false } as const;
    expect(switchWitness(linear(1), change)).toBeUndefined();
    expect(switchWitness(linear(0.9), { ...change, from: 1, to: 0.9 ** -2 })).toBeUndefined();
    expect(switchWitness(linear(0.4), change)).toBeUndefined();
    expect(switchWitness(linear(0.9), change)!.gain).toBeGreaterThan(0);
    expect(switchWitness(concave(0.99, 0.5), change)!.gain).toBeGreaterThan(0);
  });

  it('is of the name that earns most, however many there are', () => {
    const random = randomStream(8);
    const self = Array.from({ length: 40 }, () => Math.exp(random.normal()));
    const own = Float64Array.from(self, () => 3 * random.uniform());
    const power = 0.5;
    const terms = { ...oneName({ power, decay: 0.99, scale: 0.1 }), typical: new Float64Array(40) };
    const model = {
      ...linear(0.9),
      K: mapEntries(zeros(40), (_, i, j) => (i === j ? self[i] : 0)),
      concave: { ...terms, scales: new Float64Array(40).fill(0.1), own: { rows: 1, cols: 40, data: own } },
    };
    const change = { ...level, from: 0.5, to: 2, millions: 1 };
    const alone = self.map((K, i) => {
      const concaveOf = oneName({ power, decay: 0.99, scale: 0.1, weight: own[i] });
      return switchWitness({ ...linear(0.9, K), concave: concaveOf }, change)!.gain;
    });
    const { gain, names } = switchWitness(model, change)!;
    expect(gain).toBeCloseTo(Math.max(...alone), 9);
    expect(alone[names[0]]).toBeCloseTo(gain, 9);
  });

  it('makes what it claims, in money, and ends flat', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), seeds, (n, seed) => {
        const model = randomConcaveModel(n, seed);
        for (const acts of ['level', 'trade'] as const) {
          const [from, to] = acts === 'level' ? [0.2, 5] : [5, 0.2];
          const change = { from, to, millions: 2, acts, scalesPermanent: true };
          const witness = switchWitness(model, change);
          if (!witness) continue;
          const multipliers = witness.trades.map((_, t) => (t === 0 ? from : to));
          const cost = multipliedCost(propagatorOf(model), witness, multipliers, change);
          expect(witness.gain).toBeCloseTo(-100 * cost, 8);
          expect(witness.trades.reduce((held, { millions }) => held + millions[0], 0)).toBe(0);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('links and self impact at multipliers of their own', () => {
  const K = fromRows([
    [1, 0.9],
    [0.9, 1],
  ]);
  const eigenvalues = [0.1, 1.9] as const;
  const d = 0.99;

  it('are a growth where links fall alone: a hedged pair is bought while they are there and sold once they are gone', () => {
    const [before, after] = [
      { self: 1, link: 1 },
      { self: 1, link: 0 },
    ];
    expect(growthOfPrices(before, after, eigenvalues)).toBeCloseTo(10, 12);
    // Potential of J of one and −J of the other; neither multiplier grew.
    const potentialOf = (multipliers: typeof before, J: number) => {
      const { data } = scaledLinks(K, multipliers.self, multipliers.link);
      return (J * J * (data[0] - data[1] - data[2] + data[3])) / 2;
    };
    const [bought, sold] = [potentialOf(before, 1), potentialOf(after, d) - potentialOf(after, 0)];
    expect(bought - sold).toBeLessThan(-0.8);
  });

  it('grow as the dearest basket does', () => {
    expect(growthOfPrices({ self: 1, link: 1 }, { self: 2, link: 2 }, eigenvalues)).toBe(2);
    expect(growthOfPrices({ self: 1, link: 1 }, { self: 1.1, link: 1 }, eigenvalues)).toBeCloseTo(2, 12);
    expect(growthOfPrices({ self: 2, link: 1 }, { self: 1, link: 0.5 }, eigenvalues)).toBe(0.5);
    expect(growthOfPrices({ self: 1, link: 0 }, { self: 1, link: 1 }, [1, 1])).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DayBuckets, FLAG } from '../../src/model/buckets.js';
import { type ConcaveMoments, concaveArrays, emptyConcave, sumConcave } from '../../src/model/concaveMoments.js';
import { filterIncrements } from '../../src/model/kernel.js';
import { sumMoments } from '../../src/model/moments.js';
import { zeros } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { accumulateConcave } from '../../src/stages/fit/concave/accumulateConcave.js';
import { type ConcaveFit, secantPart, withoutRemainder } from '../../src/stages/fit/concave/concaveFit.js';
import { smoothedPower } from '../support/concaveTruth.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { seeds } from '../support/matrices.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(0, Math.exp(-1 / 30), 1);
const lagDecay = Float64Array.of(0, Math.exp(-1 / 4), 1);
const basisOf = (names: number) => ({
  power: 0.4,
  scales: Float64Array.from({ length: names }, (_, i) => 0.5 + 0.3 * i),
  decay: Float64Array.of(0, Math.exp(-1 / 5), Math.exp(-1 / 60)),
  modes: [
    { label: 'all', direction: Float64Array.from({ length: names }, (_, i) => 1 + 0.2 * i), scale: 0.9 },
    {
      label: 'first against last',
      direction: Float64Array.from({ length: names }, (_, i) => (i === 0 ? 1 : i === names - 1 ? -0.5 : 0)),
      scale: 0.4,
    },
  ],
});

const cases = fc.record({
  names: fc.integer({ min: 1, max: 4 }),
  seed: seeds,
  density: fc.constantFrom(0, 0.05, 0.5, 1),
  factors: fc.integer({ min: 0, max: 2 }),
  missingShare: fc.constantFrom(0, 0.1),
  foldBuckets: fc.constantFrom('day' as const, 7, 64),
  // Shorter and longer than what passes through the caches at once.
  sessionSeconds: fc.constantFrom([80, 1, 45], [300, 7]),
});

describe('moments of concave own terms', () => {
  it('equal the products of rows, over sessions, folds, halts, masked buckets and missing moves', () => {
    fc.assert(
      fc.property(cases, ({ foldBuckets, ...options }) => {
        const day = simulatedBuckets({ ...options, noise: 1 });
        haltName(day, 0, 20, 33);
        for (let i = 0; i < options.names; i++) day.market.moveBps[i * day.grid.buckets + 50] = Number.NaN;
        const params = { decay, lagDecay, transform: LINEAR_FLOW, foldBuckets };
        const folds = accumulateConcave(day, params, basisOf(options.names));
        expect(folds.map(({ label }) => label)).toEqual(accumulateDay(day, params).map(({ label }) => label));
        expectClose(sumConcave(folds), bruteForce(day));
      }),
      { numRuns: 60 },
    );
  });

  it('take the remainder out of sums of moves as if it had been taken out of the moves, where none is missing', () => {
    fc.assert(
      fc.property(cases, ({ foldBuckets: _folds, missingShare: _none, ...options }) => {
        const day = simulatedBuckets({ ...options, noise: 1 });
        const params = { decay, lagDecay, transform: LINEAR_FLOW, foldBuckets: 'day' as const };
        const basis = basisOf(options.names);
        const weight = (k: number) => 0.2 + 0.1 * k;
        const fit: ConcaveFit = {
          terms: {
            ...basis,
            own: {
              rows: 3,
              cols: options.names,
              data: Float64Array.from({ length: 3 * options.names }, (_, k) => weight(k)),
            },
            typical: Float64Array.from({ length: options.names }, (_, i) => 0.8 + 0.1 * i),
            modes: basis.modes.map((mode) => ({ ...mode, weights: Float64Array.of(0.3, 0, 0.5) })),
          },
          weights: Float64Array.of(0.5, 0.2, 0.3),
          hasLinear: true,
        };
        const [fold] = accumulateDay(day, params);
        const [concave] = accumulateConcave(day, params, basis);
        const found = withoutRemainder(fold, concave, fit, zeros(3, options.names));
        const expected = sumMoments(accumulateDay(withoutRemainderOf(day, fit), params));
        expectNear(found.zr.data, expected.zr.data);
        const diagonal = (data: Float64Array) => data.filter((_, k) => k % (options.names + 1) === 0);
        expectNear(diagonal(found.rr.data), diagonal(expected.rr.data));
      }),
      { numRuns: 40 },
    );
  });
});

/** Rows w of every own term and name, and of every mode and term. */
function concaveRows(day: DayBuckets): { own: Float64Array[][]; modes: Float64Array[][] } {
  const { power, scales, decay: decays, modes } = basisOf(day.symbols.length);
  const names = day.symbols.length;
  const flow = flowRows(day);
  const rows = () => Array.from(decays, () => new Float64Array(day.grid.buckets));
  const own = Array.from(decays, () => flow.map(() => new Float64Array(day.grid.buckets)));
  const together = modes.map(rows);
  decays.forEach((d, q) => {
    for (const { firstBucket, buckets } of day.grid.sessions) {
      const state = new Float64Array(names);
      const ownLevel = (i: number) => smoothedPower(state[i], scales[i], power);
      const modeLevel = (m: number) =>
        smoothedPower(
          state.reduce((sum, x, i) => sum + x * modes[m].direction[i], 0),
          modes[m].scale,
          power,
        );
      for (let t = firstBucket; t < firstBucket + buckets; t++) {
        for (let i = 0; i < names; i++)
          if (t > firstBucket && isHalted(day, i, t) !== isHalted(day, i, t - 1)) state[i] = 0;
        const before = { own: flow.map((_, i) => ownLevel(i)), modes: modes.map((_, m) => modeLevel(m)) };
        for (let i = 0; i < names; i++) state[i] = d * state[i] + flow[i][t];
        for (let i = 0; i < names; i++) own[q][i][t] = ownLevel(i) - before.own[i];
        for (let m = 0; m < modes.length; m++) together[m][q][t] = modeLevel(m) - before.modes[m];
      }
    }
  });
  return { own, modes: together };
}

const isHalted = ({ market, grid }: DayBuckets, i: number, t: number) =>
  (market.flags[i * grid.buckets + t] & FLAG.halted) !== 0;

function flowRows({ flow, symbols, grid }: DayBuckets): Float64Array[] {
  const rows = symbols.map(() => new Float64Array(grid.buckets));
  flow.signedNotional.forEach((u, k) => {
    rows[flow.name[k]][flow.bucket[k]] += u;
  });
  return rows;
}

/** v of every basis and name, cleared by sessions and halts. */
function filteredRows(day: DayBuckets, decays: Float64Array = decay): Float64Array[][] {
  return Array.from(decays, (d) =>
    flowRows(day).map((u, i) => {
      const out = new Float64Array(day.grid.buckets);
      for (const { firstBucket, buckets } of day.grid.sessions) {
        let start = firstBucket;
        for (let t = firstBucket + 1; t <= firstBucket + buckets; t++) {
          if (t < firstBucket + buckets && isHalted(day, i, t) === isHalted(day, i, t - 1)) continue;
          out.set(filterIncrements(u.subarray(start, t), d), start);
          start = t;
        }
      }
      return out;
    }),
  );
}

function usedBuckets({ grid, symbols, market, factors }: DayBuckets): number[] {
  const width = factors.names.length;
  return [...Array(grid.buckets).keys()].filter((t) => {
    const missing = symbols.filter((_, i) => Number.isNaN(market.moveBps[i * grid.buckets + t])).length;
    return missing <= symbols.length / 2 && !factors.moveBps.subarray(t * width, (t + 1) * width).some(Number.isNaN);
  });
}

function bruteForce(day: DayBuckets): ConcaveMoments {
  const names = day.symbols.length;
  const width = day.factors.names.length;
  const [{ own: w, modes }, v] = [concaveRows(day), filteredRows(day)];
  const out = emptyConcave('all', { names, terms: 3, modes: 2, lags: 3, regressors: 1 + width + names * decay.length });
  const lags = filteredRows(day, lagDecay);
  for (let t = 0; t < day.grid.buckets; t++)
    for (let i = 0; i < names; i++)
      lags.forEach((x, l) => {
        for (let q = 0; q < 3; q++) out.withLags.data[(l * 3 + q) * names + i] += x[i][t] * w[q][i][t];
        lags.forEach((y, m) => {
          out.lagSquares.data[(l * 3 + m) * names + i] += x[i][t] * y[i][t];
        });
      });
  for (const t of usedBuckets(day)) {
    const z = [
      1,
      ...day.factors.moveBps.subarray(t * width, (t + 1) * width),
      ...v.flatMap((basis) => basis.map((row) => row[t])),
    ];
    const wide = modes.flatMap((rows) => rows.map((row) => row[t]));
    wide.forEach((value, k) => {
      z.forEach((x, row) => {
        out.modeRegressors.data[row * 6 + k] += x * value;
      });
      wide.forEach((other, l) => {
        out.modeSquares.data[k * 6 + l] += value * other;
      });
    });
    for (let i = 0; i < names; i++) {
      const move = day.market.moveBps[i * day.grid.buckets + t];
      if (Number.isNaN(move)) continue;
      wide.forEach((value, k) => {
        out.modeMoves.data[k * names + i] += value * move;
        for (let q = 0; q < 3; q++) out.modeOwn.data[k * 3 * names + q * names + i] += value * w[q][i][t];
      });
      for (let q = 0; q < 3; q++) {
        z.forEach((value, k) => {
          out.withRegressors[q].data[k * names + i] += value * w[q][i][t];
        });
        out.withMoves.data[q * names + i] += move * w[q][i][t];
        for (let s = 0; s < 3; s++) out.squares.data[(q * 3 + s) * names + i] += w[q][i][t] * w[s][i][t];
      }
    }
  }
  return out;
}

function withoutRemainderOf(day: DayBuckets, fit: ConcaveFit): DayBuckets {
  const names = day.symbols.length;
  const [{ own: w, modes }, v] = [concaveRows(day), filteredRows(day)];
  const S = secantPart(fit);
  const moveBps = day.market.moveBps.map((move, cell) => {
    const [i, t] = [Math.floor(cell / day.grid.buckets), cell % day.grid.buckets];
    let left = move;
    w.forEach((rows, q) => {
      left -= fit.terms.own.data[q * names + i] * rows[i][t];
    });
    fit.terms.modes.forEach(({ direction, weights }, m) => {
      weights.forEach((weight, q) => {
        left -= direction[i] * weight * modes[m][q][t];
      });
    });
    v.forEach((rows, p) => {
      for (let j = 0; j < names; j++) left += S.data[i * names + j] * fit.weights[p] * rows[j][t];
    });
    return left;
  });
  return { ...day, market: { ...day.market, moveBps } };
}

function expectClose(found: ConcaveMoments, expected: ConcaveMoments): void {
  concaveArrays(found).forEach((array, a) => {
    expectNear(array, concaveArrays(expected)[a]);
  });
}

function expectNear(found: Float64Array, expected: Float64Array): void {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((top, value) => Math.max(top, Math.abs(value)), 1);
  found.forEach((value, k) => {
    expect(Math.abs(value - expected[k]) / scale, `entry ${k}: ${value} against ${expected[k]}`).toBeLessThan(1e-10);
  });
}

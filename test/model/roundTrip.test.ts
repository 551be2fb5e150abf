import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asymmetryOf } from '../../src/model/asymmetry.js';
import { type CertifiedModel, certify, propagatorOf } from '../../src/model/certificate.js';
import { decays, kernelCurve } from '../../src/model/kernel.js';
import { scheduleCost, type Trade, type Witness } from '../../src/model/roundTrip.js';
import { diagonalMatrix, fromRows, identity, mapEntries } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { constrain } from '../../src/stages/constrain/constrain.js';
import { randomMatrix, randomSymmetric, seeds } from '../support/matrices.js';

const decay = decays({ bucketMs: 1000, tauSeconds: [5, 60, Number.POSITIVE_INFINITY] });
const weights = Float64Array.of(0.3, 0.3, 0.4);
const withFloors = (model: Omit<CertifiedModel, 'floors' | 'rho' | 'concavity'>): CertifiedModel => ({
  ...model,
  floors: new Float64Array(model.K.rows),
  rho: 1,
  concavity: 1,
});

/** The definition of MODEL §7, trade by trade, with nothing shared with the code under test. */
function literalCost(
  { K, parts, decay: d, weights: a }: CertifiedModel,
  names: readonly number[],
  trades: readonly Trade[],
) {
  const G = (lag: number, i: number, j: number) =>
    parts
      ? parts.reduce((sum, part, p) => sum + part.data[i * K.cols + j] * d[p] ** lag, 0)
      : K.data[i * K.cols + j] * a.reduce((sum, weight, p) => sum + weight * d[p] ** lag, 0);
  let cost = 0;
  trades.forEach((now, t) => {
    trades.slice(0, t + 1).forEach((then, s) => {
      names.forEach((i, x) => {
        names.forEach((j, y) => {
          cost += (s === t ? 0.5 : 1) * now.millions[x] * G(now.bucket - then.bucket, i, j) * then.millions[y];
        });
      });
    });
  });
  return cost;
}

/** Executes the round trip: it ends flat and makes what it claims. */
function expectPaid(model: CertifiedModel, witness: Witness | undefined): void {
  expect(witness).toBeDefined();
  const { names, trades, gain, gainBps, turnover } = witness!;
  names.forEach((_, x) => {
    expect(trades.reduce((held, { millions }) => held + millions[x], 0)).toBe(0);
  });
  const earned = -literalCost(model, names, trades);
  expect(earned).toBeGreaterThan(0);
  expect(gain).toBeCloseTo(100 * earned, 8);
  expect(gainBps).toBeCloseTo(earned / turnover, 10);
  const gross = trades.reduce((sum, { millions }) => sum + millions.reduce((part, v) => part + Math.abs(v), 0), 0);
  expect(turnover).toBeCloseTo(gross, 10);
}

describe('witness', () => {
  const failing: readonly (readonly [string, CertifiedModel])[] = [
    [
      'a link larger than both self impacts',
      withFloors({
        K: fromRows([
          [1, 1.5],
          [1.5, 1],
        ]),
        decay,
        weights,
      }),
    ],
    [
      'three links that cannot hold together',
      withFloors({
        K: fromRows([
          [1, 0.9, -0.9],
          [0.9, 1, 0.9],
          [-0.9, 0.9, 1],
        ]),
        decay,
        weights,
      }),
    ],
    [
      'a negative self impact',
      withFloors({
        K: fromRows([
          [1, 0],
          [0, -0.2],
        ]),
        decay,
        weights,
      }),
    ],
    [
      'links of a name without self impact',
      withFloors({
        K: fromRows([
          [1, 0.3],
          [0.3, 0],
        ]),
        decay,
        weights,
      }),
    ],
    [
      'asymmetry that lasts',
      withFloors({
        K: fromRows([
          [1, 0.3],
          [0.1, 1],
        ]),
        decay,
        weights,
      }),
    ],
    [
      'asymmetry alone, with an impact that never decays',
      withFloors({
        K: fromRows([
          [1, 0.1],
          [-0.1, 1],
        ]),
        decay: Float64Array.of(1),
        weights: Float64Array.of(1),
      }),
    ],
    [
      'a kernel that rises before it falls',
      withFloors({ K: identity(2), decay: Float64Array.of(0.5, 0.9), weights: Float64Array.of(-1, 2) }),
    ],
    [
      'one indefinite matrix of two',
      withFloors({
        K: diagonalMatrix([2, 2]),
        parts: [
          fromRows([
            [1, 1.4],
            [1.4, 1],
          ]),
          fromRows([
            [1, -1.4],
            [-1.4, 1],
          ]),
        ],
        decay: Float64Array.of(0.2, 0.95),
        weights: Float64Array.of(0.5, 0.5),
      }),
    ],
  ];

  it.each(failing)('%s', (_, model) => {
    const certificate = certify(model);
    expect(certificate.status).toBe('failed');
    expectPaid(model, certificate.witness);
  });

  it('of a large noisy estimate is shorter to read than all names bought and sold once', () => {
    const K = mapEntries(randomSymmetric(60, 5), (v, i, j) => (i === j ? 1 : 0.4 * v));
    const model = withFloors({ K, decay, weights });
    const { witness } = certify(model);
    expectPaid(model, witness);
    expect(witness!.names.length * witness!.trades.length).toBeLessThan(120);
  });

  it('there is one for every indefinite matrix whose impact decays', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), seeds, (n, seed) => {
        const K = mapEntries(randomSymmetric(n, seed), (v, i, j) => (i === j ? 1 + 0.1 * v : 0.8 * v));
        const model = withFloors({ K, decay, weights });
        const { status, checks, witness } = certify(model);
        const psd = checks.find(({ name }) => name === 'psd_min_eigenvalue')!;
        if (psd.passed) expect(witness).toBeUndefined();
        else expectPaid(model, witness);
        expect(status).toBe(checks.every(({ passed }) => passed) ? 'passed' : 'failed');
      }),
      { numRuns: 40 },
    );
  });

  it('limits of the desk’s own have none: a bound, a floor, a cap on the condition number', () => {
    const K = fromRows([
      [1, 0.5],
      [0.5, 1],
    ]);
    const model = { ...withFloors({ K, decay, weights }), rho: 0.3, floors: Float64Array.of(2, 2), conditionCap: 2 };
    const { status, checks, witness } = certify(model);
    expect(status).toBe('failed');
    expect(checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([
      'diagonal_floor',
      'cross_bound',
      'condition_number',
    ]);
    expect(witness).toBeUndefined();
  });
});

describe('a certified model', () => {
  it('offers no paid round trip to 100 000 random schedules', () => {
    const random = randomStream(11);
    const n = 4;
    let lowest = Number.POSITIVE_INFINITY;
    for (let artifact = 0; artifact < 20; artifact++) {
      const K = mapEntries(randomMatrix(n, n, 100 + artifact), (v, i, j) => (i === j ? 1 + 0.2 * v : 0.8 * v));
      const { full } = constrain(
        {
          K,
          isZero: new Uint8Array(n * n),
          floors: new Float64Array(n).fill(0.1),
          decay,
          weights,
          concavity: 1,
        },
        { rho: 0.9, metric: 'frobenius', blocks: ['a', 'a', 'b', 'b'] },
      );
      expect(full.certificate.status).toBe('passed');
      const propagator = propagatorOf(withFloors({ K: full.K, decay, weights }));
      for (let k = 0; k < 5000; k++) lowest = Math.min(lowest, scheduleCost(propagator, [0, 1, 2, 3], flat(n, random)));
    }
    expect(lowest).toBeGreaterThanOrEqual(-1e-9);
  });

  /** Up to eight trades of random size at random times; the last one closes everything. */
  function flat(n: number, random: ReturnType<typeof randomStream>): Trade[] {
    const held = new Float64Array(n);
    let bucket = 0;
    const count = 2 + random.integer(7);
    return Array.from({ length: count }, (_, t) => {
      bucket += 1 + random.integer(t % 2 === 0 ? 3 : 60);
      const millions = Array.from(held, (position, i) => {
        const trade = t === count - 1 ? -position : random.normal() * (random.integer(2) === 0 ? 0 : 1);
        held[i] += trade;
        return trade;
      });
      return { bucket, millions };
    });
  }
});

describe('scheduleCost', () => {
  it('is the literal sum, for one matrix with weights and for a matrix per term', () => {
    const K = randomMatrix(3, 3, 7);
    const parts = [randomMatrix(3, 3, 8), randomMatrix(3, 3, 9), randomMatrix(3, 3, 10)];
    const names = [0, 2];
    const trades = [0, 1, 5, 40].map((bucket, t) => ({ bucket, millions: [1 - t, 0.3 * t] }));
    for (const model of [withFloors({ K, decay, weights }), withFloors({ K, parts, decay, weights })])
      expect(scheduleCost(propagatorOf(model), names, trades)).toBeCloseTo(literalCost(model, names, trades), 10);
  });
});

describe('asymmetry', () => {
  const turned = (size: number) =>
    fromRows([
      [1, size],
      [-size, 1],
    ]);
  const oneDecay = (q: number) => ({ decay: Float64Array.of(q), weights: Float64Array.of(1) });

  it('may reach (1−q²)/(2q) for one decay q (MODEL §5), and nothing where impact is permanent', () => {
    for (const q of [0.2, 0.5, 0.9]) {
      const { decay: d, weights: a } = oneDecay(q);
      expect(asymmetryOf(turned(0.1), d, a).bound).toBeCloseTo((1 - q * q) / (2 * q), 10);
    }
    expect(asymmetryOf(turned(0.1), decay, weights).bound).toBe(0);
  });

  it('is measured in units of the symmetric part', () => {
    const { decay: d, weights: a } = oneDecay(0.5);
    expect(asymmetryOf(turned(0.3), d, a).ratio).toBeCloseTo(0.3, 12);
    expect(
      asymmetryOf(
        fromRows([
          [4, 1.2],
          [-1.2, 4],
        ]),
        d,
        a,
      ).ratio,
    ).toBeCloseTo(0.3, 12);
    expect(asymmetryOf(identity(3), d, a).ratio).toBe(0);
    expect(
      asymmetryOf(
        fromRows([
          [1, 3],
          [2, 1],
        ]),
        d,
        a,
      ).ratio,
    ).toBeUndefined();
  });

  it('is paid for above the bound and not below it', () => {
    const q = 0.5;
    const bound = (1 - q * q) / (2 * q);
    const model = (size: number) => withFloors({ K: turned(size), ...oneDecay(q) });
    const above = model(1.1 * bound);
    expectPaid(above, certify(above).witness);
    expect(certify(model(0.95 * bound)).witness).toBeUndefined();
    expect(kernelCurve(oneDecay(q).decay, oneDecay(q).weights, 2)[1]).toBe(q);
  });
});

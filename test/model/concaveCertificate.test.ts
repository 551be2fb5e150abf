import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CertifiedModel, certify, propagatorOf } from '../../src/model/certificate.js';
import type { ConcaveTerms } from '../../src/model/concave.js';
import { scheduleCost, type Witness } from '../../src/model/roundTrip.js';
import { fromRows, identity, mapEntries, zeros } from '../../src/numerics/dense.js';
import { explain } from '../../src/run/setup/explain.js';
import { randomConcaveModel } from '../support/concaveModels.js';
import { seeds } from '../support/matrices.js';

const bent = (change: Partial<ConcaveTerms> = {}): ConcaveTerms => ({
  power: 0.5,
  decay: Float64Array.of(0, 0.8),
  scales: Float64Array.of(0.3, 0.5),
  own: fromRows([
    [0.5, 0.2],
    [1, 0.7],
  ]),
  typical: Float64Array.of(0.3, 0.5),
  modes: [{ label: 'market', direction: Float64Array.of(1, 2), scale: 1, weights: Float64Array.of(0, 0.1) }],
  ...change,
});
/** All concave: what is linear is zero. */
const model = (change: Partial<CertifiedModel> = {}): CertifiedModel => ({
  K: zeros(2),
  decay: Float64Array.of(0.9),
  weights: Float64Array.of(1),
  concavity: 1,
  floors: Float64Array.of(0.1, 0.1),
  rho: 0.9,
  concave: bent(),
  ...change,
});
const broken = (change: Partial<CertifiedModel>): string[] =>
  certify(model(change)).checks.flatMap(({ name, passed }) => (passed ? [] : [name]));

/** Executes the round trip: it ends flat and makes what it claims. */
function expectPaid(certified: CertifiedModel, witness: Witness | undefined): void {
  expect(witness).toBeDefined();
  const { names, trades, gain, gainBps, turnover } = witness!;
  names.forEach((_, k) => {
    expect(trades.reduce((held, { millions }) => held + millions[k], 0)).toBe(0);
  });
  const earned = -scheduleCost(propagatorOf(certified), names, trades);
  expect(earned).toBeGreaterThan(0);
  expect(gain).toBeCloseTo(100 * earned, 8);
  expect(gainBps).toBeCloseTo(earned / turnover, 10);
}

describe('the certificate of concave terms', () => {
  it('passes where nothing is linear, and is withheld where flow is concave before the decay as well', () => {
    expect(certify(model()).status).toBe('passed');
    expect(certify(model({ concavity: 0.5 })).status).toBe('withheld');
  });

  it('has the same lines as before where there are none', () => {
    const { concave, ...linear } = model({ K: identity(2) });
    expect(concave).toBeDefined();
    const names = certify(linear).checks.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('concave'))).toEqual([]);
  });

  it('asks floors, links and condition of what typical flow meets', () => {
    // h(m)/m = 2(√2 − 1) at m = s, for own terms; the market's volume is √(.3² + 1) at the scale 1.
    const secant = 2 * (Math.SQRT2 - 1);
    const size = Math.hypot(0.3, 1);
    const market = (0.1 * 2 * (Math.sqrt(1 + size) - 1)) / size;
    const value = (name: string) => certify(model({ conditionCap: 100 })).checks.find((c) => c.name === name)!.value;
    const [one, two] = [1.5 * secant + market, 0.9 * secant + 4 * market];
    expect(value('diagonal_floor')).toBeCloseTo(Math.min(one, two) / 0.1, 12);
    const link = (2 * market) / Math.sqrt(one * two);
    expect(value('cross_bound')).toBeCloseTo(link, 12);
    expect(value('condition_number')).toBeCloseTo((1 + link) / (1 - link), 12);
    expect(broken({ floors: Float64Array.of(5, 0.1) })).toEqual(['diagonal_floor']);
  });

  it.each<[string, string, Partial<ConcaveTerms>]>([
    [
      'a negative own weight',
      'concave_min_weight',
      {
        own: fromRows([
          [0.5, 0.2],
          [1, -1e-9],
        ]),
      },
    ],
    ['a negative mode', 'concave_min_weight', { modes: [{ ...bent().modes[0], weights: Float64Array.of(0, -0.1) }] }],
    ['a negative decay', 'concave_min_decay', { decay: Float64Array.of(-0.1, 0.8) }],
    ['a concave term that is permanent', 'concave_max_decay', { decay: Float64Array.of(0, 1) }],
    ['a power above one', 'concave_max_power', { power: 1.2 }],
    ['a power of zero', 'concave_min_power', { power: 0 }],
    ['an infinite slope at zero', 'concave_min_scale', { scales: Float64Array.of(0, 0.5) }],
    ['a mode without a scale', 'concave_min_scale', { modes: [{ ...bent().modes[0], scale: 0 }] }],
    ['a power that is no number', 'concave_max_power', { power: Number.NaN }],
  ])('fails %s', (_, name, change) => {
    const { status } = certify(model({ concave: bent(change), conditionCap: 100 }));
    expect(status).toBe('failed');
    expect(broken({ concave: bent(change) })).toContain(name);
  });

  it('every line has a paragraph', () => {
    for (const { name } of certify(model()).checks)
      expect(explain(name).map(({ kind }) => kind)).toContain('check of the certificate');
  });
});

describe('a broken premise', () => {
  const cases: readonly (readonly [string, Partial<CertifiedModel>])[] = [
    [
      'a negative own weight',
      {
        concave: bent({
          own: fromRows([
            [0.5, 0.2],
            [1, -0.7],
          ]),
        }),
      },
    ],
    [
      'a negative weight beside a larger linear one of another decay',
      {
        K: identity(2),
        decay: Float64Array.of(0.2),
        concave: bent({
          modes: [],
          own: fromRows([
            [0, 0],
            [-0.3, 0],
          ]),
        }),
      },
    ],
    ['a mode that pays', { concave: bent({ modes: [{ ...bent().modes[0], weights: Float64Array.of(0, -2) }] }) }],
    ['a decay above one', { concave: bent({ decay: Float64Array.of(0, 1.2) }) }],
    [
      'a linear matrix that is indefinite, whatever is concave beside it',
      {
        K: fromRows([
          [0.1, 0.4],
          [0.4, 0.1],
        ]),
      },
    ],
    [
      'one indefinite part',
      {
        K: identity(2),
        parts: [
          fromRows([
            [0.5, 0.8],
            [0.8, 0.5],
          ]),
          fromRows([
            [0.5, -0.8],
            [-0.8, 0.5],
          ]),
        ],
        decay: Float64Array.of(0.2, 0.9),
        weights: Float64Array.of(0.5, 0.5),
      },
    ],
  ];

  it.each(cases)('%s has its round trip', (_, change) => {
    const certified = model({ rho: 10, ...change });
    const { status, witness } = certify(certified);
    expect(status).toBe('failed');
    expectPaid(certified, witness);
  });

  it('an indefinite linear matrix is covered in small trades and shows in large ones', () => {
    const certified = model({
      K: fromRows([
        [0.1, 0.4],
        [0.4, 0.1],
      ]),
      rho: 10,
    });
    const { witness } = certify(certified);
    const { names, trades } = witness!;
    const small = trades.map(({ bucket, millions }) => ({ bucket, millions: millions.map((v) => v / 1e6) }));
    expect(scheduleCost(propagatorOf(certified), names, small)).toBeGreaterThan(0);
  });

  it('is found in random models, for a negative weight of a name alone and for an indefinite matrix', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), seeds, (n, seed) => {
        const good = randomConcaveModel(n, seed);
        const { concave } = good;
        const power = Math.min(concave!.power, 0.8);
        // Nothing else of its decay, or of another, makes up for it.
        const own = mapEntries(concave!.own, (value, _, i) => (i === 0 ? -0.1 - value : value));
        const without = mapEntries(zeros(n), () => 0);
        const negative = {
          ...good,
          K: without,
          parts: [without, without, without],
          concave: { ...concave!, own, modes: [], power },
        };
        expectPaid(negative, certify(negative).witness);
        const parts = good.parts!.map((part, p) => mapEntries(part, (v, i, j) => (p === 1 && i + j === 1 ? v + 5 : v)));
        const K = mapEntries(good.K, (v, i, j) => (i + j === 1 ? v + 5 : v));
        const indefinite = { ...good, K, parts, concave: { ...concave!, power } };
        const { checks, witness } = certify(indefinite);
        if (!checks.find(({ name }) => name === 'psd_min_eigenvalue')!.passed) expectPaid(indefinite, witness);
      }),
      { numRuns: 40 },
    );
  });

  it('without a round trip is none that is paid: powers above one, permanent terms, floors', () => {
    for (const change of [{ power: 1.7 }, { decay: Float64Array.of(0, 1) }, { decay: Float64Array.of(-0.5, 0.8) }]) {
      const { status, witness } = certify(model({ concave: bent(change) }));
      expect(status).toBe('failed');
      expect(witness).toBeUndefined();
    }
    expect(certify(model({ floors: Float64Array.of(9, 9) })).witness).toBeUndefined();
  });
});

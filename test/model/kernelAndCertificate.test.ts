import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/model/canonicalJson.js';
import { certify } from '../../src/model/certificate.js';
import { basisSpectrum, decays, filterIncrements, kernelCurve } from '../../src/model/kernel.js';
import { fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { randomMatrix, seeds } from '../support/matrices.js';

const decay = decays({ bucketMs: 1000, tauSeconds: [5, 300, Number.POSITIVE_INFINITY] });
const weights = Float64Array.of(0.3, 0.3, 0.4);
const K = fromRows([
  [2, 0.5],
  [0.5, 1],
]);
const model = { K, decay, weights, concavity: 1, floors: Float64Array.of(0.1, 0.1), rho: 0.9 };

describe('kernel', () => {
  it('one pulse of flow decays: the level is the kernel, and it does not pile up', () => {
    const pulse = Float64Array.from({ length: 400 }, (_, t) => (t === 0 ? 1 : 0));
    const curve = kernelCurve(decay, weights, 400);
    let level = 0;
    const increments = [...decay].map((d) => filterIncrements(pulse, d));
    for (let t = 0; t < 400; t++) {
      level += weights.reduce((sum, a, p) => sum + a * increments[p][t], 0);
      expect(level).toBeCloseTo(curve[t], 12);
    }
    expect(level).toBeLessThan(0.5);
  });

  it('has the spectrum of its autocovariance', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.95, noNaN: true }),
        fc.double({ min: 0, max: Math.PI, noNaN: true }),
        (d, omega) => {
          let sum = 1;
          for (let k = 1; k < 2000; k++) sum += 2 * d ** k * Math.cos(k * omega);
          expect(basisSpectrum(d, omega)).toBeCloseTo(sum, 8);
        },
      ),
    );
  });

  it('non-negative and non-increasing is not enough: (1, 1, 0) has a Toeplitz eigenvalue of −0.414', () => {
    const g = [1, 1, 0];
    expect(smallestEigenvalue(mapEntries(zeros(3), (_, s, t) => g[Math.abs(s - t)]))).toBeCloseTo(1 - Math.SQRT2, 12);
  });
});

describe('certificate', () => {
  const failed = (change: Partial<typeof model>) => {
    const { status, checks } = certify({ ...model, ...change });
    return { status, names: checks.filter((check) => !check.passed).map((check) => check.name) };
  };

  it('passes an admissible model and is withheld from a concave one', () => {
    expect(certify(model).status).toBe('passed');
    expect(certify({ ...model, concavity: 0.5 }).status).toBe('withheld');
  });

  it.each([
    [
      'an indefinite matrix',
      {
        K: fromRows([
          [1, 2],
          [2, 1],
        ]),
      },
      'psd_min_eigenvalue',
    ],
    [
      'an asymmetric matrix',
      {
        K: fromRows([
          [1, 0.2],
          [0.1, 1],
        ]),
      },
      'symmetric',
    ],
    ['a link above the bound', { rho: 0.2 }, 'cross_bound'],
    ['self impact below its floor', { floors: Float64Array.of(3, 0.1) }, 'diagonal_floor'],
    ['a negative weight', { weights: Float64Array.of(-0.2, 0.6, 0.6) }, 'kernel_min_weight'],
    ['weights that do not sum to one', { weights: Float64Array.of(0.3, 0.3, 0.3) }, 'kernel_weight_sum'],
    [
      'a zero diagonal',
      {
        K: fromRows([
          [0, 0],
          [0, 1],
        ]),
      },
      'positive_diagonal',
    ],
  ])('fails %s', (_, change, check) => {
    const { status, names } = failed(change);
    expect(status).toBe('failed');
    expect(names).toContain(check);
  });

  it('sees an indefinite matrix whatever basis carries the weight', () => {
    const indefinite = fromRows([
      [1, 0.9, -0.9],
      [0.9, 1, 0.9],
      [-0.9, 0.9, 1],
    ]);
    const floors = Float64Array.of(0.1, 0.1, 0.1);
    for (const w of [Float64Array.of(0, 0, 1), Float64Array.of(1, 0, 0)])
      expect(certify({ ...model, K: indefinite, floors, rho: 0.95, weights: w }).status).toBe('failed');
  });

  it('a certified model offers no profitable round trip to a random search', () => {
    const cost = scheduleCost(model);
    fc.assert(
      fc.property(seeds, (seed) => {
        const u = randomMatrix(12, 2, seed);
        for (let i = 0; i < 2; i++) {
          let net = 0;
          for (let t = 0; t < 12; t++) net += u.data[t * 2 + i];
          for (let t = 0; t < 12; t++) u.data[t * 2 + i] -= net / 12;
        }
        expect(cost(u)).toBeGreaterThanOrEqual(-1e-10);
      }),
      { numRuns: 2000 },
    );
  });
});

/** `Σ_t u_tᵀ[½G(0)u_t + Σ_{s<t} G(t−s)u_s]` of MODEL §7, literally. */
function scheduleCost({ K: impact, decay: d, weights: a }: typeof model) {
  return (u: ReturnType<typeof zeros>) => {
    const g = kernelCurve(d, a, u.rows);
    let sum = 0;
    for (let t = 0; t < u.rows; t++)
      for (let s = 0; s <= t; s++)
        for (let i = 0; i < u.cols; i++)
          for (let j = 0; j < u.cols; j++)
            sum +=
              u.data[t * u.cols + i] *
              impact.data[i * u.cols + j] *
              u.data[s * u.cols + j] *
              g[t - s] *
              (s === t ? 0.5 : 1);
    return sum;
  };
}

describe('canonicalJson', () => {
  it('does not depend on the order of keys and refuses what JSON cannot hold', () => {
    expect(canonicalJson({ b: [1, { d: 0.1, c: null }], a: 'é' })).toBe('{"a":"é","b":[1,{"c":null,"d":0.1}]}');
    expect(canonicalJson({ a: undefined })).toBe('{}');
    expect(() => canonicalJson({ a: [1, Number.NaN] })).toThrow(/\$\.a\[1\] is NaN/);
  });
});

import { describe, expect, it } from 'vitest';
import type { CertifiedModel } from '../../src/model/certificate.js';
import { certifyInTime, leastBearable } from '../../src/model/certificateInTime.js';
import { decays, timeConstant } from '../../src/model/kernel.js';
import { fromRows } from '../../src/numerics/dense.js';
import { oneName } from '../support/concaveModels.js';

const regimes = (...multipliers: number[]) => multipliers.map((multiplier, k) => ({ cell: `${k}`, multiplier }));
const seconds = [0, 2, 100, Number.POSITIVE_INFINITY];
const model: CertifiedModel = {
  K: fromRows([[2]]),
  decay: decays({ bucketMs: 500, tauSeconds: seconds }),
  weights: Float64Array.of(0.1, 0.4, 0.3, 0.2),
  concave: oneName({ power: 0.5, decay: Math.exp(-0.5 / 30), scale: 1 }),
  concavity: 1,
  floors: Float64Array.of(0),
  rho: 1,
};

describe('a certificate in time', () => {
  it('has what every time constant bears that passes and lasts', () => {
    const { growth } = certifyInTime(model, regimes(1), 500);
    expect(growth.map(({ kind, tauSeconds }) => [kind, tauSeconds])).toEqual([
      ['linear', 2],
      ['linear', 100],
      ['concave', 30],
    ]);
    [Math.exp(0.5), Math.exp(0.01), Math.exp(0.025)].forEach((bears, k) => {
      expect(growth[k].largestGrowthPerBucket).toBeCloseTo(bears, 12);
    });
    expect(leastBearable({ growth })).toBe(growth[1]);
    expect(leastBearable({ growth: [] })).toBeUndefined();
  });

  it('says whether regimes keep to it, and what a switch earns where they do not', () => {
    expect(certifyInTime(model, regimes(1), 500)).toMatchObject({ regimeGrowth: 1, isBorne: true });
    expect(certifyInTime(model, [], 500)).toMatchObject({ regimeGrowth: 1, isBorne: true });
    const kept = certifyInTime(model, regimes(1.004, 0.999, 1), 500);
    expect(kept).toMatchObject({ regimeGrowth: 1.004 / 0.999, isBorne: true });
    expect(kept.witness).toBeUndefined();
    const { isBorne, witness } = certifyInTime(model, regimes(1, 0.5, 2), 500);
    expect(isBorne).toBe(false);
    expect(witness!.gain).toBeGreaterThan(0);
    expect(witness!.turnover).toBe(2);
    expect(witness!.trades[0]).toEqual({ bucket: 0, millions: [1] });
  });
});

describe('the time constant of a decay', () => {
  it('is what was configured, to the last digit, and gives the decay again to the last bit', () => {
    for (const bucketMs of [100, 250, 1000, 60_000])
      for (const tau of [0.1, 0.25, 1, 5, 7.5, 30, 100, 1800, 14_400]) {
        const [decay] = decays({ bucketMs, tauSeconds: [tau] });
        if (decay === 0) continue;
        const found = timeConstant(decay, bucketMs);
        expect(decays({ bucketMs, tauSeconds: [found] })[0]).toBe(decay);
        expect(found).toBe(tau);
      }
    expect(timeConstant(0, 1000)).toBe(0);
    expect(timeConstant(1, 1000)).toBe(Number.POSITIVE_INFINITY);
  });
});

import { describe, expect, it } from 'vitest';
import { methodConfig } from '../../src/config/methodConfig.js';
import { configSchema } from '../../src/config/schema.js';
import { certify } from '../../src/model/certificate.js';
import { moveBetween } from '../../src/model/moveBetween.js';
import { inCurrency } from '../../src/model/roundTrip.js';
import { asMove, asPrice, currencyPerMoveMillion, moveUnitOf } from '../../src/model/units.js';
import { fromRows } from '../../src/numerics/dense.js';
import { levelJumps } from '../../src/stages/validate/levels.js';

describe('units', () => {
  it('are the money of a trade in either', () => {
    // 100 contracts of 1000 barrels from 40.00 to 40.02 earn 2000, to the second order of the move.
    const [from, to, barrels] = [40, 40.02, 100_000];
    const bps = moveBetween('bps')(from, to) * ((barrels * from) / 1e6) * currencyPerMoveMillion('bps');
    const points = moveBetween('price')(from, to) * (barrels / 1e6) * currencyPerMoveMillion('price');
    expect(points).toBeCloseTo(2000, 8);
    expect(Math.abs(bps / points - 1)).toBeLessThan(3e-4);
    expect(moveBetween('price')(0.5, -37.63)).toBeCloseTo(-38.13, 12);
    for (const unit of ['bps', 'price'] as const)
      expect(asPrice(asMove(0.02, 40, unit), 40, unit)).toBeCloseTo(0.02, 14);
  });

  it('stand in a manifest only where they are not bps', () => {
    const [plain, price] = [{}, { align: { units: 'price' } }].map((c) => methodConfig(configSchema.parse(c)));
    expect(plain.align).not.toHaveProperty('units');
    expect(price.align).toHaveProperty('units', 'price');
    expect([plain, price, undefined, {}].map(moveUnitOf)).toEqual(['bps', 'price', 'bps', 'bps']);
  });

  it('decide what a paid round trip earns', () => {
    const model = {
      K: fromRows([
        [1, 3],
        [3, 1],
      ]),
      decay: Float64Array.of(0.9),
      weights: Float64Array.of(1),
      concavity: 1,
      floors: new Float64Array(2),
      rho: 1,
    };
    const [bps, price] = [certify(model).witness!, certify({ ...model, units: 'price' as const }).witness!];
    expect(price.trades).toEqual(bps.trades);
    expect(price.gainBps).toBe(bps.gainBps);
    expect(bps.gain).toBeGreaterThan(0);
    expect(price.gain / bps.gain).toBeCloseTo(1e4, 6);
    expect(price.gain).toBeCloseTo(price.gainBps * price.turnover * 1e6, 3);
    expect(inCurrency(2, {})).toBe(200);
  });
});

describe('levels in price points', () => {
  const names = [{ symbol: 'OIL' }];
  const day = (date: string, levels: object) => ({
    date,
    seconds: 3600,
    names: [{ volume: 1, trades: 100, ...levels }],
  });
  const through = { mid: 0.1, lowestMid: -2, highestMid: 3 };

  it('are not compared as ratios', () => {
    const days = [day('2024-01-02', through), day('2024-01-03', { mid: -30, lowestMid: -38, highestMid: 10 })];
    expect(levelJumps(names, days, 'price')).toEqual([]);
    expect(levelJumps(names, days)).not.toEqual([]);
  });

  it('name fills and trades that lie far from the mids of their day', () => {
    const found = (fillPrice: number) => levelJumps(names, [day('2024-01-02', { ...through, fillPrice })], 'price');
    for (const near of [0, -2.5, 7.9]) expect(found(near)).toEqual([]);
    expect(found(50)).toMatchObject([{ symbol: 'OIL', ratio: 9.4 }]);
    expect(found(-7.5)[0].evidence).toMatch(/own fills is -7\.5, its mids went from -2 to 3/);
  });
});

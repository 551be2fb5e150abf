import { describe, expect, it } from 'vitest';
import type { OwnLevels } from '../../src/model/levels.js';
import { bucketUnitGaps } from '../../src/stages/validate/bucketUnits.js';

const fine: OwnLevels = { turnover: 3, notionalRatio: 1, moves: 900, moveRms: 2, moveMedian: 1.5 };
const name = (own: Partial<OwnLevels>, days = 2) => ({
  symbol: 'A',
  adv: 20,
  days: Array.from({ length: days }, (_, d) => ({ date: `2024-03-0${d + 4}`, volume: 15, own: { ...fine, ...own } })),
});
const evidence = (own: Partial<OwnLevels>, units: 'bps' | 'price' = 'bps') =>
  bucketUnitGaps([name(own)], units).map((jump) => jump.evidence);

describe('units of own buckets', () => {
  it('that fit say nothing, nor does what cannot be compared', () => {
    expect(evidence({})).toEqual([]);
    expect(
      bucketUnitGaps([{ symbol: 'A', days: [{ date: '2024-03-04', volume: 0, own: { turnover: 1e9 } }] }], 'bps'),
    ).toEqual([]);
    expect(bucketUnitGaps([{ symbol: 'A', days: [{ date: '2024-03-04', volume: 5 }] }], 'bps')).toEqual([]);
    // A multiplier of 20 that the universe does not know is none of ours.
    expect(evidence({ notionalRatio: 20 })).toEqual([]);
  });

  it.each<[string, Partial<OwnLevels>, RegExp[]]>([
    [
      'dollars',
      { turnover: 3e6, notionalRatio: 1e6 },
      [/1000000 times signed_qty × mid/, /150000 times adv/, /200000 times the volume/],
    ],
    ['billions', { turnover: 3e-3, notionalRatio: 1e-3 }, [/0\.001 times signed_qty × mid/]],
    ['fractions', { moveRms: 2e-4, moveMedian: 1.5e-4 }, [/root mean square of ret_bps is 0.0002/]],
    ['millionths', { moveRms: 2e4, moveMedian: 1.5e4 }, [/median of \|ret_bps\| is 15000/]],
  ])('are named: %s', (_, own, expected) => {
    const found = evidence(own);
    expect(found).toHaveLength(expected.length);
    expected.forEach((pattern, k) => {
      expect(found[k]).toMatch(pattern);
    });
  });

  it('are named where volume is in dollars, and not where a name or two are hardly traded', () => {
    const traded = (symbol: string, turnover: number, volume: number) => ({
      symbol,
      days: ['2024-03-04', '2024-03-05'].map((date) => ({ date, volume, own: { ...fine, turnover } })),
    });
    const [gap, ...none] = bucketUnitGaps([traded('A', 3, 15e6), traded('B', 1, 8e6), traded('C', 0, 9e6)], 'bps');
    expect(gap).toMatchObject({ symbol: 'the universe', dates: ['2024-03-04', '2024-03-05'] });
    expect(gap.evidence).toMatch(/is 1\.6\de-7 times the volume \(both are to be in millions\)/);
    expect(none).toEqual([]);
    expect(bucketUnitGaps([traded('A', 3, 15), traded('B', 5e-4, 1e4), traded('C', 1, 9)], 'bps')).toEqual([]);
  });

  it('know no scale of moves in price points', () => {
    expect(evidence({ moveRms: 2e-4, moveMedian: 1.5e-4 }, 'price')).toEqual([]);
  });

  it('are wrong on most days, not on one', () => {
    const [first, ...rest] = name({}, 3).days;
    const odd = { ...first, own: { ...fine, turnover: 1e6 } };
    expect(bucketUnitGaps([{ symbol: 'A', adv: 20, days: [odd, ...rest] }], 'bps')).toEqual([]);
  });
});

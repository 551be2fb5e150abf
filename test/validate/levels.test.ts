import { describe, expect, it } from 'vitest';
import type { DayLevels } from '../../src/stages/validate/levelFindings.js';
import { levelGates, levelJumps } from '../../src/stages/validate/levels.js';

type Levels = DayLevels['names'][number];

const NAMES = ['A', 'B', 'C', 'D'].map((symbol) => ({ symbol, adv: 100 }));
const usual: Levels = {
  mid: 50,
  lowestMid: 49,
  highestMid: 51,
  trades: 400,
  tradePrice: 50,
  fillPrice: 50,
  volume: 100,
};

/** Four days on which every name is as usual but for changes of the first, by day. */
const days = (...changes: readonly Partial<Levels>[]): DayLevels[] =>
  Array.from({ length: 4 }, (_, d) => ({
    date: `2024-01-0${d + 1}`,
    seconds: 23_400,
    names: NAMES.map((_, i) => (i === 0 ? { ...usual, ...changes[d] } : usual)),
  }));

const pence = { mid: 5000, lowestMid: 4900, highestMid: 5100, tradePrice: 5000, fillPrice: 5000, volume: 10_000 };

describe('levels that do not fit', () => {
  it('are none where days differ by what markets do', () => {
    const news = { mid: 20, lowestMid: 20, highestMid: 80, volume: 1500, trades: 4000, tradePrice: 30 };
    expect(levelJumps(NAMES, days({}, news, {}, { volume: 4, trades: 20 }))).toEqual([]);
    expect(levelGates([], undefined)).toEqual([]);
  });

  it('are pence on some days', () => {
    const jumps = levelJumps(NAMES, days({}, pence, pence, {}));
    expect(jumps.map(({ symbol, dates }) => [symbol, dates])).toEqual([
      ['A', ['2024-01-02', '2024-01-04']],
      ['A', ['2024-01-02', '2024-01-04']],
    ]);
    expect(jumps[0]).toMatchObject({ ratio: 100, evidence: 'its mid is 100 times that of 2024-01-01' });
    expect(jumps[1].evidence).toMatch(/mean value of its trades is 100 times/);
  });

  it('are pence on all days, where adv tells', () => {
    const always = days(pence, pence, pence, pence);
    expect(levelJumps(NAMES, always)).toMatchObject([
      { symbol: 'A', ratio: 100, evidence: expect.stringMatching(/volume over its adv is 100 times/) },
    ]);
    expect(
      levelJumps(
        NAMES.map(({ symbol }) => ({ symbol })),
        always,
      ),
    ).toEqual([]);
  });

  it('are pence of every name, on a tape of part of the day too', () => {
    const all = days().map((day) => ({
      ...day,
      seconds: 6300,
      names: day.names.map((name) => ({ ...name, ...pence, volume: 2700 })),
    }));
    expect(levelJumps(NAMES, all)).toMatchObject([{ symbol: 'the universe', dates: all.map(({ date }) => date) }]);
    expect(
      levelJumps(
        NAMES,
        all.map((day) => ({ ...day, names: day.names.map((name) => ({ ...name, volume: 27 })) })),
      ),
    ).toEqual([]);
  });

  it('are lots for shares from one day on', () => {
    const [found, ...more] = levelJumps(NAMES, days({}, {}, { volume: 1 }, { volume: 1 }));
    expect(found).toMatchObject({ symbol: 'A', dates: ['2024-01-03'], ratio: 0.01 });
    expect(found.evidence).toBe('the mean value of its trades is 1/100 of that of 2024-01-02');
    // Two days of four are no usual volume: adv stays silent.
    expect(more).toEqual([]);
  });

  it.each([
    ['trades of the tape', { tradePrice: 5000 }],
    ['own fills', { fillPrice: 0.5 }],
  ])('are prices of %s in another unit than the quotes', (who, change) => {
    const [found, ...more] = levelJumps(NAMES, days({}, {}, {}, change));
    expect(found).toMatchObject({ symbol: 'A', dates: ['2024-01-04'] });
    expect(found.evidence).toContain(`the mean price of ${who}`);
    expect(more).toEqual([]);
  });

  it('are a switch of the unit within a day', () => {
    expect(levelJumps(NAMES, days({}, { highestMid: 4900 }))).toMatchObject([{ dates: ['2024-01-02'], ratio: 100 }]);
  });

  it('call a split what it may be', () => {
    const after = { mid: 5, lowestMid: 5, highestMid: 5, tradePrice: 5, fillPrice: 5 };
    expect(levelJumps(NAMES, days({}, after, after, after))).toMatchObject([
      { evidence: expect.stringMatching(/1\/10 of that of 2024-01-01; a split/) },
    ]);
  });

  it('look over days without quotes', () => {
    const silent = {
      mid: undefined,
      lowestMid: undefined,
      highestMid: undefined,
      volume: 0,
      trades: 0,
    } as unknown as Levels;
    expect(
      levelJumps(
        NAMES,
        days({}, silent, { mid: 5000, lowestMid: 5000, highestMid: 5000, tradePrice: 5000, fillPrice: 5000 }),
      )[0],
    ).toMatchObject({
      dates: ['2024-01-03', '2024-01-04'],
      evidence: 'its mid is 100 times that of 2024-01-01; a split, if money traded went on as before',
    });
  });

  it('stop a promotion until they are accepted with a reason', () => {
    const jumps = levelJumps(NAMES, days({}, pence, pence, {}));
    const [gate] = levelGates(jumps, undefined);
    expect(gate).toMatchObject({ name: 'levels', verdict: 'failed', value: 2 });
    expect(gate.reason).toMatch(/^units do not fit: A \(2024-01-02, 2024-01-04\): its mid is 100 times/);
    expect(levelGates(jumps, 'split of 1:100')[0]).toMatchObject({
      verdict: 'passed',
      reason: expect.stringMatching(/accepted: split of 1:100$/),
    });
  });
});

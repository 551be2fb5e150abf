import { describe, expect, it } from 'vitest';
import { contradictionGate } from '../../src/stages/validate/contradiction.js';
import type { DayLevels } from '../../src/stages/validate/levelFindings.js';
import { levelGates, levelJumps } from '../../src/stages/validate/levels.js';

type Levels = DayLevels['names'][number];

const NAMES = ['A', 'B', 'C', 'D'].map((symbol) => ({ symbol, adv: 100 }));
/** A tenth of the tape, in fills half as large as its trades. */
const usual: Levels = {
  mid: 50,
  lowestMid: 49,
  highestMid: 51,
  spreadBps: 2,
  trades: 400,
  tradePrice: 50,
  fills: 80,
  fillPrice: 50,
  volume: 100,
  ownVolume: 10,
  moveSquares: 1000,
};

/** Four days on which every name is as usual but for changes of the first, by day. */
const days = (...changes: readonly Partial<Levels>[]): DayLevels[] =>
  Array.from({ length: 4 }, (_, d) => ({
    date: `2024-01-0${d + 1}`,
    seconds: 23_400,
    names: NAMES.map((_, i) => (i === 0 ? { ...usual, ...changes[d] } : usual)),
  }));
const always = (change: Partial<Levels>) => days(change, change, change, change);
const everyone = (change: Partial<Levels>): DayLevels[] =>
  days().map((day) => ({ ...day, names: day.names.map((name) => ({ ...name, ...change })) }));
const evidenceOf = (found: DayLevels[]) =>
  levelJumps(NAMES, found).map(({ symbol, evidence }) => `${symbol}: ${evidence}`);

describe('own quantities', () => {
  it('are silent where a desk trades as desks do', () => {
    const block = { fills: 2, ownVolume: 60 };
    const oddLots = { fills: 2000, ownVolume: 20 };
    const nearlyAll = { fills: 390, ownVolume: 98 };
    const quiet = { fills: 0, ownVolume: 0 };
    expect(levelJumps(NAMES, days(block, oddLots, nearlyAll, quiet))).toEqual([]);
    expect(levelJumps(NAMES, everyone({ fills: 4000, ownVolume: 30 }))).toEqual([]);
    // More than adv, and all of it on the tape.
    expect(levelJumps(NAMES, days({ volume: 900, trades: 3600, ownVolume: 300, fills: 1000 }))).toEqual([]);
  });

  it('are in lots for one name', () => {
    expect(evidenceOf(always({ ownVolume: 0.1 }))).toEqual([
      'A: the mean value of its own fills over that of its trades is 1/100 of that of the other names',
    ]);
  });

  it('are a hundred times what they were', () => {
    expect(evidenceOf(always({ ownVolume: 1000 }))).toEqual([
      'A: own volume is 10 times what the tape traded',
      'A: the mean value of its own fills over that of its trades is 100 times that of the other names',
    ]);
  });

  it('are above adv where there is no tape', () => {
    const untaped = { volume: 0, trades: undefined, tradePrice: undefined, ownVolume: 151 } as unknown as Levels;
    expect(evidenceOf(everyone(untaped))).toHaveLength(4);
    expect(evidenceOf(everyone(untaped))[0]).toBe('A: own volume is 1.51 times its adv');
    expect(evidenceOf(everyone({ ...untaped, ownVolume: 149 }))).toEqual([]);
  });

  it('are in lots for every name', () => {
    expect(evidenceOf(everyone({ ownVolume: 0.1 }))).toEqual([
      'the universe: the mean value of own fills is 1/200 of that of trades, as a median over names',
    ]);
  });

  it('are in lots for one of two names, of which none is the usual one', () => {
    const two = always({ ownVolume: 0.1 }).map((day) => ({ ...day, names: day.names.slice(0, 2) }));
    expect(levelJumps(NAMES.slice(0, 2), two)).toMatchObject([{ symbol: 'the universe', ratio: 0.005 }]);
  });

  it('are in lots until one day, of all names', () => {
    const all = days().map((day, d) => ({
      ...day,
      names: day.names.map((name) => (d < 2 ? { ...name, ownVolume: 0.1 } : name)),
    }));
    const found = levelJumps(NAMES, all);
    expect(found.map(({ symbol, dates }) => [symbol, dates])).toEqual(
      NAMES.map(({ symbol }) => [symbol, ['2024-01-03']]),
    );
    expect(found[0].evidence).toBe('the mean value of own fills is 100 times that of 2024-01-02');
  });
});

describe('prices beside the mids of their day', () => {
  it('may be a tenth outside, and half a spread more', () => {
    expect(levelJumps(NAMES, days({ fillPrice: 55.9 }, { tradePrice: 45 }))).toEqual([]);
    const pennies = {
      mid: 0.015,
      lowestMid: 0.015,
      highestMid: 0.015,
      spreadBps: 6667,
      tradePrice: 0.02,
      fillPrice: 0.011,
    };
    expect(evidenceOf(always(pennies))).toEqual([]);
    expect(evidenceOf(always({ ...pennies, spreadBps: 100 }))).toHaveLength(2);
  });

  it('may be anywhere between mids that went far', () => {
    expect(levelJumps(NAMES, days({ lowestMid: 20, highestMid: 80, fillPrice: 22, tradePrice: 78 }))).toEqual([]);
  });

  it('are not adjusted where quotes are', () => {
    expect(evidenceOf(always({ mid: 25, lowestMid: 24.5, highestMid: 25.5 }))).toEqual([
      'A: the mean price of trades of the tape is 2 times its mid',
      'A: the mean price of own fills is 2 times its mid',
    ]);
  });
});

describe('a tape in lots of ten', () => {
  const lots = everyone({
    volume: 6,
    ownVolume: undefined,
    fills: undefined,
    fillPrice: undefined,
  } as unknown as Levels);

  it('is found where it is the flow, and may be a small venue where it is not', () => {
    expect(levelJumps(NAMES, lots, 'bps', 'trades')).toMatchObject([{ symbol: 'the universe', ratio: 0.06 }]);
    expect(levelJumps(NAMES, lots, 'bps', 'fills')).toEqual([]);
  });

  it('is shares in lots the other way round', () => {
    expect(levelJumps(NAMES, everyone({ volume: 600 }))).toMatchObject([{ symbol: 'the universe', ratio: 6 }]);
  });
});

describe('moves that were taken back at once', () => {
  const largest = { at: '2024-01-02T10:08:20.000Z', moveBps: -693.147, seconds: 2 };
  const spike = (squares: number) => ({ reversedMoves: { count: 2, squares, largest }, moveSquares: 1000 + squares });

  it('are named with their share of the squares of the window', () => {
    const [found, ...more] = levelJumps(NAMES, days({}, spike(4000), {}, spike(4000)));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ symbol: 'A', dates: ['2024-01-02', '2024-01-04'], isSpike: true });
    expect(found.ratio).toBeCloseTo(8000 / 12_000, 12);
    expect(found.evidence).toBe(
      'its mid moved by -693 bps at 2024-01-02T10:08:20.000Z and back within 2 s; 4 such moves are 67 % of its squared moves',
    );
  });

  it('are silent where they matter little', () => {
    expect(levelJumps(NAMES, days({}, spike(200)))).toEqual([]);
    expect(levelJumps(NAMES, days({}, spike(220)))).toHaveLength(1);
  });

  it('stop a promotion beside units that do not fit, until they are accepted', () => {
    const jumps = levelJumps(NAMES, days({ fillPrice: 0.5 }, spike(4000)));
    const [gate] = levelGates(jumps, undefined);
    expect(gate).toMatchObject({ name: 'levels', verdict: 'failed', value: 2 });
    expect(gate.reason).toMatch(
      /^units do not fit: A .*; moves that were taken back at once: A \(2024-01-02\): its mid/,
    );
    expect(gate.reason).toMatch(/mask them in the events/);
    expect(levelGates(jumps, 'flash crash')[0]).toMatchObject({ verdict: 'passed' });
  });
});

describe('prices that move against own flow', () => {
  const entry = { constraint: 'floors', low: -22, high: -20, published: 0 };

  it('make the gate ask for the sides', () => {
    const { reason } = contradictionGate([
      { ...entry, entry: 'A', isOwn: true },
      { ...entry, entry: 'A–B' },
      { ...entry, entry: 'B', isOwn: true },
    ]);
    expect(reason).toMatch(/the price of A and 1 more moves against own flow: are the sides swapped/);
  });

  it('are not negative links, nor own impact that a constraint lowers', () => {
    const others = [
      { ...entry, entry: 'A–B' },
      { ...entry, entry: 'B', isOwn: true, low: 20, high: 22 },
    ];
    expect(contradictionGate(others).reason).not.toMatch(/sides/);
  });
});

import { describe, expect, it } from 'vitest';
import { guessCalendar, type MinuteCounts, shareInside } from '../../src/run/setup/calendarGuess.js';
import { datasetByColumns, findColumns, stampCount } from '../../src/run/setup/columns.js';
import { sideCodes } from '../../src/run/setup/sides.js';

/** Quotes in every minute of the UTC stretches given, ends left out. */
function day(date: string, ...stretches: readonly (readonly [from: string, to: string])[]): MinuteCounts {
  const minutes = new Map<number, number>();
  for (const [from, to] of stretches) {
    const [start, end] = [from, to].map((time) => Date.parse(`${date}T${time}:00Z`) / 60_000);
    for (let minute = start; minute < end; minute++) minutes.set(minute, 100);
  }
  return { date, minutes };
}

const guessed = (...days: MinuteCounts[]) => {
  const { timezone, sessions, notes } = guessCalendar(days)!;
  return { timezone, sessions, notes };
};

describe('time zone and sessions', () => {
  it('follows New York through the change of its clocks', () => {
    const { timezone, sessions } = guessed(
      day('2024-03-08', ['14:30', '21:00']),
      day('2024-03-11', ['13:30', '20:00']),
    );
    expect([timezone, sessions]).toEqual(['America/New_York', [['09:30', '16:00']]]);
  });

  it('finds the hours of a venue below quotes before and after them', () => {
    const quiet = day('2024-07-02', ['08:00', '24:00']);
    const minutes = new Map([...quiet.minutes].map(([minute]) => [minute, 3]));
    for (const [minute, n] of day('2024-07-02', ['13:30', '20:00']).minutes) minutes.set(minute, n);
    const found = guessed({ date: '2024-07-02', minutes });
    expect([found.timezone, found.sessions]).toEqual(['America/New_York', [['09:30', '16:00']]]);
  });

  it('tells London from New York', () => {
    expect(guessed(day('2024-07-02', ['07:00', '15:30']))).toMatchObject({
      timezone: 'Europe/London',
      sessions: [['08:00', '16:30']],
    });
  });

  it('finds lunch breaks', () => {
    expect(guessed(day('2024-07-02', ['01:30', '04:00'], ['05:00', '08:00']))).toMatchObject({
      timezone: 'Asia/Hong_Kong',
      sessions: [
        ['09:30', '12:00'],
        ['13:00', '16:00'],
      ],
    });
  });

  it('keeps to a break that the venue does not have', () => {
    const { sessions, notes } = guessed(day('2024-07-02', ['13:30', '15:00'], ['17:00', '20:00']));
    expect(notes.join()).toMatch(/only a part of the hours of US equities: check calendar.sessions/);
    expect(sessions).toEqual([
      ['09:30', '11:00'],
      ['13:00', '16:00'],
    ]);
  });

  it('takes a market that never closes for what it is', () => {
    const days = ['2024-07-05', '2024-07-06'].map((date) => day(date, ['00:00', '24:00']));
    expect(guessed(...days)).toMatchObject({ timezone: 'UTC', sessions: [['00:00', '24:00']] });
  });

  it('says that stamps in the clock of the venue are no UTC', () => {
    const { timezone, sessions, notes } = guessed(
      day('2024-03-08', ['09:30', '16:00']),
      day('2024-03-11', ['09:30', '16:00']),
    );
    expect([timezone, sessions]).toEqual(['UTC', [['09:30', '16:00']]]);
    expect(notes.join()).toMatch(/wall clock of a venue, not UTC/);
  });

  it('names no place where none fits', () => {
    const { timezone, sessions, notes } = guessed(day('2024-07-02', ['21:00', '23:30']));
    expect([timezone, sessions]).toEqual(['UTC', [['21:00', '23:30']]]);
    expect(notes.join()).toMatch(/set calendar.timezone/);
  });

  it('says which other venue fits as well', () => {
    // One winter hour, eleven in New York and one in São Paulo: nothing but a second day could tell.
    const [{ timezone, notes }, { notes: twoDays }] = [
      guessed(day('2024-01-10', ['16:00', '17:00'])),
      guessed(day('2024-01-10', ['16:00', '17:00']), day('2024-07-10', ['15:00', '16:00'])),
    ];
    expect(timezone).toBe('America/New_York');
    expect(notes.join()).toMatch(/fit .*America\/Sao_Paulo.* as well: check calendar.timezone/);
    expect(twoDays.join()).not.toMatch(/Sao_Paulo/);
  });

  it('has nothing to say without quotes', () => {
    expect(guessCalendar([])).toBeUndefined();
    expect(guessCalendar([{ date: '2024-07-02', minutes: new Map() }])).toBeUndefined();
  });

  it('measures how much of a dataset lies in the sessions', () => {
    const calendar = { timezone: 'America/New_York', sessions: [['09:30', '16:00']] as const };
    expect(shareInside(day('2024-07-02', ['13:00', '14:00']), calendar)).toBeCloseTo(0.5, 10);
  });
});

const columns = (...names: string[]) => names.map((name) => ({ name, type: 'DOUBLE' }));
const mapped = (dataset: 'quotes' | 'trades' | 'fills', ...names: string[]) => {
  const { found, missing } = findColumns(dataset, columns(...names));
  return { found: Object.fromEntries([...found].map(([ours, { name }]) => [ours, name])), missing };
};

describe('columns', () => {
  it('takes our own names first, whatever else is there', () => {
    const { found, missing } = mapped(
      'quotes',
      'time',
      'ts',
      'symbol',
      'bidPrice',
      'bid',
      'ask',
      'bid_size',
      'ask_size',
    );
    expect(found).toEqual({
      ts: 'ts',
      symbol: 'symbol',
      bid: 'bid',
      ask: 'ask',
      bid_size: 'bid_size',
      ask_size: 'ask_size',
    });
    expect(missing).toEqual([]);
  });

  it.each([
    ['timestamp', 'ticker', 'bidPrice', 'askPrice', 'bidSize', 'askSize'],
    ['ts_event', 'symbol', 'bid_px_00', 'ask_px_00', 'bid_sz_00', 'ask_sz_00'],
    ['event_time', 'sym', 'best_bid', 'best_ask', 'best_bid_qty', 'best_ask_qty'],
    ['Time', 'Instrument', 'bid_px', 'offer_px', 'bid_qty', 'offer_qty'],
  ])('knows quotes of %s, %s, %s, …', (...names) => {
    const { found, missing } = mapped('quotes', ...names);
    expect(missing).toEqual([]);
    expect(['ts', 'symbol', 'bid', 'ask', 'bid_size', 'ask_size'].map((ours) => found[ours])).toEqual(names);
    expect(datasetByColumns(columns(...names))).toBe('quotes');
  });

  it('says which columns it does not find', () => {
    expect(mapped('trades', 'ts', 'price', 'volume')).toEqual({
      found: { ts: 'ts', price: 'price', size: 'volume' },
      missing: ['symbol', 'side'],
    });
  });

  it('tells fills from trades by identifiers of orders, and factors', () => {
    expect(datasetByColumns(columns('time', 'sym', 'px', 'qty', 'side', 'parent_id'))).toBe('fills');
    expect(datasetByColumns(columns('time', 'sym', 'px', 'qty', 'aggressor'))).toBe('trades');
    expect(datasetByColumns(columns('ts', 'factor', 'ret_bps'))).toBe('factors');
    expect(datasetByColumns(columns('name', 'age'))).toBeUndefined();
  });
});

describe('stamps that are numbers', () => {
  const at = Date.parse('2024-03-13T14:00:00Z') / 1000;
  it.each([
    ['s', 1],
    ['ms', 1e3],
    ['us', 1e6],
    ['ns', 1e9],
  ] as const)('count %s after 1970 or midnight by their size', (unit, scale) => {
    expect(stampCount({ low: at * scale, high: (at + 3600) * scale })).toEqual({ unit });
    expect(stampCount({ low: 34_200 * scale, high: 57_600 * scale })).toEqual({ unit, after: 'midnight' });
  });
  it('are not guessed where they could be anything', () => {
    expect(stampCount({ low: 1, high: 500 })).toBeUndefined();
    expect(stampCount({ low: -5, high: 60_000 })).toBeUndefined();
  });
});

describe('codes of sides', () => {
  it.each([
    ['side', ['-1', '0', '1'], undefined, false],
    ['side', ['1', '2'], { '1': 'buy', '2': 'sell' }, false],
    ['side', ['BUY', 'SELL'], { BUY: 'buy', SELL: 'sell' }, false],
    ['isBuyerMaker', ['false', 'true'], { false: 'buy', true: 'sell' }, false],
    ['side', ['0', '1'], undefined, true],
    ['side', ['ask', 'bid'], undefined, true],
    ['side', ['7', '9'], undefined, true],
  ])('%s %j', (name, values, meaning, isUnclear) => {
    const codes = sideCodes(name, values);
    expect([codes.meaning, codes.isUnclear]).toEqual([meaning, isUnclear]);
  });
});

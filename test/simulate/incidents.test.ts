import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario.js';
import { bucketGrid } from '../../src/model/grid.js';
import { toNormalised } from '../../src/model/normalise.js';
import { scenarioDates } from '../../src/model/scenario.js';
import { diagonalOf } from '../../src/numerics/dense.js';
import { openMarket } from '../../src/stages/simulate/marketSession.js';
import { simulateDay } from '../../src/stages/simulate/simulateDay.js';
import { drawTruth } from '../../src/stages/simulate/truth.js';
import { failure } from '../support/failure.js';

const base = {
  seed: 3,
  names: 4,
  blocks: 2,
  days: 2,
  timezone: 'UTC',
  sessions: [
    ['10:00', '10:20'],
    ['13:00', '13:10'],
  ],
};
const DATE = '2024-03-07';
const MINUTE_NS = 60e9;
const TEN = 600 * MINUTE_NS;

/** All days of a scenario as they are written. */
function simulated(more: Record<string, unknown> = {}) {
  const scenario = parseScenario({ ...base, ...more });
  const truth = drawTruth(scenario);
  const market = openMarket(truth, scenario.seed);
  const { timezone, sessions, overrides = {} } = scenario;
  const days = scenarioDates(scenario).map((date, index) =>
    simulateDay(scenario, truth, bucketGrid({ timezone, sessions, overrides }, date, 1e9), index, market),
  );
  return { scenario, truth, days };
}

const usual = simulated();

describe('a halt', () => {
  const halt = { date: DATE, symbol: 'SIM2', from: '10:05', to: '10:15' };
  const { days } = simulated({ halts: [halt] });
  const [startNs, endNs] = [TEN + 5 * MINUTE_NS, TEN + 15 * MINUTE_NS];
  const inside = ({ timeNs, name }: { timeNs: number[]; name: number[] }, of: number) =>
    timeNs.filter((t, k) => name[k] === of && t >= startNs && t < endNs).length;

  it('leaves no quote, trade, fill or new order of that name, and the others theirs', () => {
    for (const events of [days[1].quotes, days[1].trades, days[1].fills]) {
      expect(inside(events, 1)).toBe(0);
      for (const other of [0, 2, 3]) expect(inside(events, other)).toBeGreaterThan(0);
    }
    const { arrivalNs, name } = days[1].parents;
    expect(inside({ timeNs: arrivalNs, name }, 1)).toBe(0);
    expect(inside(usual.days[1].quotes, 1)).toBeGreaterThan(0);
  });

  it('is over when it is over, and of its date', () => {
    const reopened = days[1].quotes.timeNs.find((t, k) => days[1].quotes.name[k] === 1 && t >= endNs)!;
    expect(reopened - endNs).toBeLessThan(1e9);
    expect(days[1].halts).toEqual([{ name: 1, startNs, endNs }]);
    expect(days[0]).toEqual(usual.days[0]);
  });
});

describe('a venue that is late for some minutes', () => {
  const late = { date: DATE, venue: 'BATS', from: '10:00', to: '10:10', seconds: 1.5 };
  const { days, scenario } = simulated({ late_venues: [late] });
  const bats = scenario.venues.indexOf('BATS');

  it('stamps fills and trades of these minutes that much later, and nothing else', () => {
    for (const dataset of ['fills', 'trades'] as const) {
      const before = usual.days[1][dataset];
      const stamps = before.timeNs.map((t, k) =>
        before.venue[k] === bats && t < TEN + 10 * MINUTE_NS ? t + 1.5e9 : t,
      );
      expect([...stamps].sort((a, b) => a - b)).toEqual(days[1][dataset].timeNs);
      expect(stamps).not.toEqual(before.timeNs);
    }
    expect(days[1].quotes).toEqual(usual.days[1].quotes);
    expect(days[0]).toEqual(usual.days[0]);
  });
});

describe('an event', () => {
  const news = { date: DATE, symbol: 'SIM3', from: '10:02', to: '10:05', label: 'news', jump_bps: -40 };
  const figures = { date: DATE, from: '13:05', to: '13:06', label: 'figures', jump_bps: 25 };
  type Market = ReturnType<typeof simulated>;
  const lastMid = ({ days }: Market, name: number, before: number) => {
    const { timeNs, name: names, bid, ask } = days[1].quotes;
    const k = timeNs.findLastIndex((t, at) => names[at] === name && t < before);
    return (bid[k] + ask[k]) / 2;
  };
  /** Of every name against the market without it. Afterwards other quotes are written, and other random numbers drawn. */
  const jumpsBps = (market: Market, before: number) =>
    [0, 1, 2, 3].map((name) => 1e4 * Math.log(lastMid(market, name, before) / lastMid(usual, name, before)));

  it('moves its name in its first second', () => {
    const [market, startNs] = [simulated({ events: [news] }), TEN + 2 * MINUTE_NS];
    expect(jumpsBps(market, startNs)).toEqual([0, 0, 0, 0]);
    const jumps = jumpsBps(market, startNs + 1e9);
    expect(Math.abs(jumps[2] + 40)).toBeLessThan(2);
    expect(jumps.filter((_, name) => name !== 2)).toEqual([0, 0, 0]);
  });

  it('moves every name where it names none', () => {
    const [market, startNs] = [simulated({ events: [figures] }), TEN + 185 * MINUTE_NS];
    expect(jumpsBps(market, startNs)).toEqual([0, 0, 0, 0]);
    for (const jump of jumpsBps(market, startNs + 1e9)) expect(Math.abs(jump - 25)).toBeLessThan(2);
  });

  it('is what events.csv will say', () => {
    const { days } = simulated({ events: [news, figures] });
    expect(days[1].events.map(({ name, label }) => [name, label])).toEqual([
      [2, 'news'],
      ['all', 'figures'],
    ]);
    expect(days[0].events).toEqual([]);
  });
});

describe('a thin name', () => {
  it('gets its share of orders, and the others theirs', () => {
    const long = { ...base, days: 12, sessions: [['10:00', '12:00']] };
    const orders = (more: Record<string, unknown>) => {
      const counts = new Array<number>(4).fill(0);
      for (const { parents } of simulated({ ...long, ...more }).days) for (const name of parents.name) counts[name]++;
      return counts;
    };
    const [all, thin] = [orders({}), orders({ flow: { thin: { SIM4: 0.1 } } })];
    // Five standard deviations of a count.
    const near = (count: number, expected: number) =>
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(2 * expected));
    near(thin[3], 0.1 * all[3]);
    for (const name of [0, 1, 2]) near(thin[name], all[name]);
  });
});

describe('twins', () => {
  const twins = { symbols: ['SIM3', 'SIM4'], link: 0.95 };
  const { truth } = simulated({ impact: { twins } });

  it('have the link that was asked for, and links and loadings of each other', () => {
    const n = 4;
    const C = toNormalised(truth.K, diagonalOf(truth.K)).data;
    expect(C[2 * n + 3]).toBeCloseTo(0.95, 6);
    for (const other of [0, 1]) expect(C[3 * n + other]).toBeCloseTo(C[2 * n + other], 6);
    const { cols, data } = truth.loadings;
    expect(data.slice(3 * cols, 4 * cols)).toEqual(data.slice(2 * cols, 3 * cols));
    expect(truth.adv).toEqual(usual.truth.adv);
  });
});

describe('sessions of a single date', () => {
  it('are those that are traded', () => {
    const { days } = simulated({ overrides: { [DATE]: [['10:00', '10:05']] } });
    expect(Math.max(...days[1].trades.timeNs)).toBeLessThan(TEN + 5 * MINUTE_NS);
    expect(days[0]).toEqual(usual.days[0]);
  });
});

const hours = { date: DATE, from: '10:05', to: '10:10' };
const REFUSED: readonly (readonly [Record<string, unknown>, RegExp])[] = [
  [{ halts: [{ ...hours, symbol: 'SIM9' }] }, /scenario halts\.0\.symbol: "SIM9"/],
  [{ halts: [{ ...hours, symbol: 'SIM1', date: '2024-03-09' }] }, /scenario halts\.0\.date: "2024-03-09"/],
  [{ halts: [{ ...hours, symbol: 'SIM1', to: '10:05' }] }, /scenario halts\.0\.to: "10:05"/],
  [{ halts: [{ ...hours, symbol: 'SIM1', to: '13:05' }] }, /scenario halts\.0\.from: "10:05 to 13:05"/],
  [{ halts: [{ ...hours, symbol: 'SIM1', from: 'noon' }] }, /scenario halts\.0\.from/],
  [{ late_venues: [{ ...hours, venue: 'NYSE', seconds: 1 }] }, /scenario late_venues\.0\.venue: "NYSE"/],
  [{ events: [{ ...hours, symbol: 'X', label: 'a' }] }, /scenario events\.0\.symbol: "X"/],
  [{ events: [{ ...hours, label: 'a, b' }] }, /scenario events\.0\.label: "a, b"/],
  [{ impact: { twins: { symbols: ['SIM1', 'SIM1'], link: 1 } } }, /scenario impact\.twins\.symbols/],
  [{ impact: { twins: { symbols: ['SIM1', 'SIM7'], link: 1 } } }, /scenario impact\.twins\.symbols\.1: "SIM7"/],
  [{ flow: { thin: { SIM0: 0.5 } } }, /scenario flow\.thin\.SIM0: "SIM0"/],
  [{ flow: { thin: { SIM1: 0 } } }, /scenario flow\.thin\.SIM1/],
  [{ overrides: { '2024-03-10': [['10:00', '10:05']] } }, /scenario overrides\.2024-03-10/],
];

it.each(REFUSED)('%j is refused by name', (more, message) => {
  const { kind, message: said, hint } = failure(() => parseScenario({ ...base, ...more }));
  expect(kind).toBe('config');
  expect(said).toMatch(message);
  expect(hint).not.toBe('');
});

import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario.js';
import { XimError } from '../../src/model/failure.js';
import { bucketAt, bucketGrid } from '../../src/model/grid.js';
import type { ScheduleDocument } from '../../src/model/scheduleDocument.js';
import { fromRows, mapEntries, transpose } from '../../src/numerics/dense.js';
import { mean } from '../../src/numerics/statistics.js';
import { planOf } from '../../src/run/simulate.js';
import { costParts } from '../../src/stages/schedule/costParts.js';
import { executedCost, openExecution } from '../../src/stages/simulate/executionPlan.js';
import { openMarket } from '../../src/stages/simulate/marketSession.js';
import { simulateDay } from '../../src/stages/simulate/simulateDay.js';
import type { SimulatedDay } from '../../src/stages/simulate/simulatedDay.js';
import { drawTruth, type Truth } from '../../src/stages/simulate/truth.js';
import { ImpactLevel } from '../support/concaveTruth.js';
import { type ScheduleCase, scheduleToExecute, trueProblem } from '../support/executedSchedule.js';
import { settled } from '../support/settled.js';

const DATE = '2024-03-07';
const SECONDS = 900;
const concave = { power: 0.5, scale: 3, tau_seconds: [10, 60], weights: [0.4, 0.3], links: 0.3 };
const base = {
  seed: 11,
  names: 4,
  blocks: 2,
  days: 3,
  timezone: 'UTC',
  sessions: [
    ['10:00', '10:15'],
    ['13:00', '13:05'],
  ],
  impact: { wide_multiplier: 1 },
};
/** Nobody else trades. */
const alone = { rate: 1e-12 };

/** Twelve rows of a minute from 10:01 on: heavy at both ends, two names bought, one sold, one left alone. */
const WEIGHTS = [5, 2, 1, 1, 0, 1, 1, 1, 0, 1, 2, 4];
const schedule = (more: Partial<ScheduleCase> = {}, document: Record<string, unknown> = base): ScheduleDocument => {
  const { startPrice, symbols, childMillions } = drawTruth(parseScenario(document));
  // Forty typical child orders of each name.
  const shares = (i: number, side: number) =>
    WEIGHTS.map((w) => side * Math.round((w / 19) * ((40e6 * childMillions[i]) / startPrice[i])));
  return scheduleToExecute({
    date: DATE,
    start: '10:01:00',
    bucketSeconds: 60,
    children: { [symbols[0]]: shares(0, 1), [symbols[1]]: shares(1, 1), [symbols[3]]: shares(3, -1) },
    price: (symbol) => startPrice[symbols.indexOf(symbol)],
    ...more,
  });
};

/** All days of a scenario, with what the schedule did. */
function simulated(document: Record<string, unknown>, executed?: ScheduleDocument) {
  const scenario = parseScenario(document);
  const truth = drawTruth(scenario);
  const market = openMarket(truth, scenario.seed);
  const execution = executed && openExecution(planOf(scenario, executed, truth));
  const days = ['2024-03-06', DATE, '2024-03-08'].slice(0, scenario.days).map((date, index) => {
    const grid = bucketGrid({ timezone: scenario.timezone, sessions: scenario.sessions }, date, 1e9);
    const day = simulateDay(scenario, truth, grid, index, market, date === executed?.date ? execution : undefined);
    return { grid, day, close: market.mid.slice(), undisturbed: market.undisturbedMid?.slice() };
  });
  return { truth, days, execution };
}

const ofOthers = ({ fills, parents }: SimulatedDay) => ({
  fills: fills.parent.flatMap((id, k) =>
    id < 0 ? [] : [[fills.timeNs[k], fills.name[k], fills.qty[k], id, fills.child[k]]],
  ),
  parents: parents.parent.flatMap((id, k) =>
    id < 0 ? [] : [[id, parents.qty[k], parents.arrivalNs[k], parents.basket[k]]],
  ),
});

describe('a market that executes a schedule', () => {
  const faults = {
    venue_clock_ms: { BATS: 20 },
    flow_follows_moves: 0.3,
    link_reversion: 0.4,
    crowding: 0.3,
    concavity: 0.8,
  };
  const arms = { unit: 'parent', share: 0.5, saving_bps: 1 };
  const liquidity = { gamma: 0.4, spread: 0.6 };
  it.each([
    ['linear', {}],
    ['concave, with depth that varies and heavy tails', { impact: { concave }, liquidity, flow: { tails: 2 } }],
    ['with arms and whatever breaks the model', { faults, arms }],
  ])('is the same market without it: %s', (_, more) => {
    const document = { ...base, ...more };
    const [usual, answered] = [simulated(document), simulated(document, schedule())];
    answered.days.forEach(({ day, close, undisturbed }, d) => {
      expect(undisturbed ?? close).toEqual(usual.days[d].close);
      expect(ofOthers(day)).toEqual(ofOthers(usual.days[d].day));
      expect(day.factors).toEqual(usual.days[d].day.factors);
      if (d === 0) expect(day).toEqual(usual.days[0].day);
      else expect(close).not.toEqual(undisturbed);
    });
  });

  it('trades every share, evenly in its rows, as a basket of its own', () => {
    const executed = schedule();
    const { truth, days } = simulated(base, executed);
    const { grid, day } = days[1];
    const { fills, parents } = day;
    const own = [...fills.parent.keys()].filter((k) => fills.parent[k] < 0);
    const first = bucketAt(grid, grid.sessions[0].startNs + 60e9 + 1);
    for (const { symbol, row, qty } of executed.children) {
      const bySecond = new Array<number>(60).fill(0);
      for (const k of own) {
        const second = bucketAt(grid, fills.timeNs[k]) - first - 60 * row;
        if (truth.symbols[fills.name[k]] !== symbol || second < 0 || second >= 60) continue;
        expect(fills.side[k]).toBe(Math.sign(qty!));
        bySecond[second] += fills.qty[k];
      }
      expect(bySecond.reduce((sum, n) => sum + n, 0)).toBe(Math.abs(qty!));
      expect(Math.max(...bySecond) - Math.min(...bySecond)).toBeLessThanOrEqual(1);
    }
    const baskets = parents.basket.filter((_, k) => parents.parent[k] < 0);
    expect(baskets).toEqual([-1, -1, -1]);
    expect(parents.basket.filter((id) => id === -1)).toHaveLength(3);
    parents.parent.forEach((id, k) => {
      if (id >= 0) return;
      const filled = own.filter((f) => fills.parent[f] === id).reduce((sum, f) => sum + fills.qty[f], 0);
      expect(filled).toBe(parents.qty[k]);
      expect(parents.arrivalNs[k]).toBe(grid.sessions[0].startNs + 60e9);
      expect(parents.deadlineNs[k]).toBe(grid.sessions[0].startNs + 13 * 60e9);
    });
    expect(new Set(own.map((k) => fills.child[k])).size).toBe(own.length);
    expect(day.trades.timeNs.length).toBeGreaterThan(own.length);
  });

  it('buys at the ask that stands and sells at the bid, and walks through half of what it does in its second', () => {
    const { days, truth } = simulated({ ...base, noise_bps: 0, flow: alone }, schedule());
    const { grid, day } = days[1];
    const { fills, quotes } = day;
    const prices = fills.parent.map((_, k) => {
      const last = quotes.timeNs.findLastIndex((t, q) => quotes.name[q] === fills.name[k] && t < fills.timeNs[k]);
      return fills.side[k] > 0 ? quotes.ask[last] : quotes.bid[last];
    });
    const seconds = fills.timeNs.map((timeNs) => bucketAt(grid, timeNs));
    let largest = 0;
    fills.parent.forEach((_, k) => {
      const beyond = (1e4 * (fills.price[k] - prices[k])) / prices[k];
      let push = 0;
      seconds.forEach((second, j) => {
        if (second !== seconds[k]) return;
        push += truth.K.data[fills.name[k] * 4 + fills.name[j]] * ((fills.side[j] * fills.qty[j] * prices[j]) / 1e6);
      });
      // Prices have four decimals.
      expect(Math.abs(beyond - push / 2)).toBeLessThan(0.51 / prices[k] + 1e-4);
      largest = Math.max(largest, Math.abs(beyond));
    });
    expect(largest).toBeGreaterThan(0.05);
  });

  it('splits a name that is bought and sold, and turns money into shares at arrival', () => {
    const { symbols, startPrice } = drawTruth(parseScenario(base));
    const children = { [symbols[0]]: [0.5, -0.25, 0.25] };
    const { days } = simulated(base, schedule({ children, inMoney: true }));
    const { parents } = days[1].day;
    const own = [...parents.parent.keys()].filter((k) => parents.parent[k] < 0);
    expect(own.map((k) => parents.side[k])).toEqual([1, -1]);
    expect((parents.qty[own[0]] * parents.arrivalMid[own[0]]) / 1e6).toBeCloseTo(0.75, 3);
    expect((parents.qty[own[1]] * startPrice[0]) / 1e6).toBeCloseTo(0.25, 2);
  });
});

const impactOf = (truth: Truth): ImpactLevel => {
  const perSecond = (tau: number) => Math.exp(-1 / tau);
  return new ImpactLevel(
    {
      linear: {
        K: mapEntries(truth.K, (k) => (truth.concave?.linearShare ?? 1) * k),
        decay: truth.tauSeconds.map(perSecond),
        weights: truth.weights,
      },
      concave: truth.concave && {
        power: truth.concave.power,
        scales: [...truth.concave.scaleMillions],
        decay: truth.concave.tauSeconds.map(perSecond),
        own: truth.concave.own.map((g) => [...g]),
        modes: truth.concave.modes.map((mode) => ({
          ...mode,
          direction: [...mode.direction],
          scale: mode.scaleMillions,
        })),
      },
    },
    truth.symbols.length,
  );
};

/** Mids as quoted at the end of every second of the first session, by name. */
function quotedMids(
  { grid, day: { quotes } }: ReturnType<typeof simulated>['days'][number],
  names: number,
): Float64Array[] {
  const mids = Array.from({ length: names }, () => new Float64Array(SECONDS));
  quotes.timeNs.forEach((timeNs, k) => {
    const second = bucketAt(grid, timeNs);
    if (second < SECONDS) mids[quotes.name[k]][second] = (quotes.bid[k] + quotes.ask[k]) / 2;
  });
  for (const row of mids) for (let t = 1; t < SECONDS; t++) row[t] ||= row[t - 1];
  return mids;
}

/** Signed millions of a day's schedule in every second of its first session. */
function executedFlow({ grid, day: { fills } }: ReturnType<typeof simulated>['days'][number]): Float64Array[] {
  const flow = Array.from({ length: SECONDS }, () => new Float64Array(4));
  fills.parent.forEach((id, k) => {
    if (id >= 0) return;
    flow[bucketAt(grid, fills.timeNs[k])][fills.name[k]] += (fills.side[k] * fills.qty[k] * fills.price[k]) / 1e6;
  });
  return flow;
}

describe('what prices answer', () => {
  it.each([
    ['linear', base],
    [
      'linear, links that are negative, no permanent part',
      { ...base, impact: { ...base.impact, within: -0.3, between: -0.1, tau_seconds: [5, 60], weights: [0.5, 0.5] } },
    ],
    ['concave after the decay', { ...base, flow: alone, impact: { ...base.impact, concave } }],
  ])('is the true propagator applied to the schedule, to a tick: %s', (_, document) => {
    const [usual, answered] = [simulated(document), simulated(document, schedule({}, document))];
    const [before, after] = [usual, answered].map(({ days }) => quotedMids(days[1], 4));
    const level = impactOf(answered.truth);
    const flow = executedFlow(answered.days[1]);
    let largest = 0;
    flow.forEach((u, t) => {
      level.step(u);
      level.level().forEach((expected, i) => {
        // Half a tick on either side, and others whose shares are worth more or less by now.
        const tolerance = 1e4 * (0.01 / before[i][t]) + 0.01 * Math.abs(expected) + 0.02;
        expect(Math.abs(1e4 * Math.log(after[i][t] / before[i][t]) - expected)).toBeLessThan(tolerance);
        largest = Math.max(largest, Math.abs(expected));
      });
    });
    expect(largest).toBeGreaterThan(3);
    // What is not rounded to ticks: the level at the close of the session, which stays until the next day.
    level.level().forEach((expected, i) => {
      const { close, undisturbed } = answered.days[1];
      expect(Math.abs(1e4 * Math.log(close[i] / undisturbed![i]) - expected)).toBeLessThan(
        0.02 + 0.005 * Math.abs(expected),
      );
    });
  });
});

/** Of trades that pay the level of the second before and half of what they do themselves, bps × millions. */
function costAsMet(level: ImpactLevel, flow: readonly Float64Array[]): number {
  let cost = 0;
  for (const u of flow) {
    const before = level.level();
    const fading = level.peek(new Float64Array(4));
    const moves = level.step(u);
    u.forEach((millions, i) => {
      cost += millions * (before[i] + (moves[i] - fading[i]) / 2);
    });
  }
  return cost;
}

describe('the shortfall of a schedule', () => {
  const oneDay = { ...base, days: 2, sessions: [['10:00', '10:15']] };
  const seeds = Array.from({ length: 30 }, (_, k) => 100 + k);

  /**
   * By seed, bps: what the truth makes one expect, what was paid, the same without what prices did by themselves, and what it
   * should be of a market that quotes at the end of every second.
   */
  const outcome = (document: Record<string, unknown>) => {
    const executed = schedule({}, document);
    const { truth, execution, days } = simulated(document, executed);
    const { mid } = execution!.arrived!;
    const millions = transpose(
      fromRows(
        truth.symbols.map((symbol, i) =>
          executed.rows.map((_, row) => {
            const child = executed.children.find((c) => c.symbol === symbol && c.row === row);
            return ((child?.qty ?? 0) * mid[i]) / 1e6;
          }),
        ),
      ),
    );
    // Two ticks on either side until 10:10, three after it: the share that trades then.
    const late = WEIGHTS.slice(9).reduce((sum, w) => sum + w, 0) / 19;
    const problem = trueProblem(truth, millions, {
      bucketSeconds: 60,
      halfSpreadBps: (i) => (1e4 * 0.01 * (2 + late)) / mid[i],
    });
    const { expected, spread } = costParts(problem, millions);
    const gross = millions.data.reduce((sum, u) => sum + Math.abs(u), 0);
    const { shortfallBps, driftBps } = executedCost(execution!);
    return {
      expected: expected / gross,
      paid: shortfallBps,
      answered: shortfallBps - driftBps,
      asMet: (spread + costAsMet(impactOf(truth), executedFlow(days[1]))) / gross,
    };
  };

  it.each([
    ['linear', {}],
    ['linear, where nobody else trades', { flow: alone }],
    ['concave', { impact: { ...base.impact, concave }, flow: alone }],
  ])('is what is expected under the truth: %s', async (_, more) => {
    const outcomes: ReturnType<typeof outcome>[] = [];
    for (const seed of seeds) {
      outcomes.push(outcome({ ...oneDay, seed, ...more }));
      await settled();
    }
    const errors = outcomes.map(({ paid, expected }) => paid - expected);
    const variance = errors.reduce((sum, e) => sum + (e - mean(errors)) ** 2, 0) / (errors.length - 1);
    expect(Math.abs(mean(errors)) / Math.sqrt(variance / errors.length)).toBeLessThan(3);
    for (const { answered, expected, asMet } of outcomes) {
      expect(expected).toBeGreaterThan(3);
      // A trade meets what faded until the second before it, not until its own.
      expect(Math.abs(answered / expected - 1)).toBeLessThan(0.02);
      expect(Math.abs(answered - asMet)).toBeLessThan(0.1);
    }
  });
});

describe('a schedule that does not fit the scenario', () => {
  const scenario = parseScenario(base);
  const refusal = (document: ScheduleDocument): string => {
    try {
      planOf(scenario, document);
    } catch (error) {
      if (error instanceof XimError) return `${error.kind}: ${error.message}`;
      throw error;
    }
    return 'accepted';
  };
  const ok = schedule();
  it.each<[string, ScheduleDocument, RegExp]>([
    ['another date', schedule({ date: '2024-03-11' }), /^usage: .*2024-03-11.*3 days from 2024-03-06 to 2024-03-08/],
    [
      'symbols',
      schedule({ children: { AAPL: [1], SIM1: [2] } }),
      /^usage: the schedule trades AAPL, and the scenario has SIM1, SIM2/,
    ],
    ['another time zone', schedule({ timezone: 'Europe/Paris' }), /^usage: .*Europe\/Paris.*UTC/],
    [
      'out of the sessions',
      schedule({ start: '10:05:00' }),
      /^usage: .*10:15:00–10:16:00 on 2024-03-07.*no session.*10:00–10:15, 13:00–13:05/,
    ],
    ['half seconds', schedule({ start: '10:01:00.5' }), /^usage: .*not in whole seconds/],
    ['buckets of the model', schedule({ modelBuckets: 120 }), /^usage: .*60 s in 120 of the model/],
    ['price points', { ...ok, units: 'price' }, /^usage: .*price.*bps/],
    ['another unit', schedule({ price: () => 8000 }), /^usage: a unit of SIM1 is worth 8000 /],
    [
      'an auction',
      { ...ok, rows: ok.rows.map((row, t) => (t === 11 ? { ...row, kind: 'auction' as const } : row)) },
      /^usage: .*SIM1 in an auction/,
    ],
    ['a broken child', { ...ok, children: [{ ...ok.children[0], row: 99 }] }, /^data: .*SIM1 in row 99/],
  ])('is refused by name: %s', (_, document, message) => {
    expect(refusal(ok)).toBe('accepted');
    expect(refusal(document)).toMatch(message);
  });

  it('is refused where a name of it is halted', () => {
    const halting = (symbol: string) => {
      const halt = { date: DATE, symbol, from: '10:05', to: '10:10' };
      return () => planOf(parseScenario({ ...base, halts: [halt] }), ok);
    };
    expect(halting('SIM3')).not.toThrow();
    expect(halting('SIM2')).toThrow(/trades SIM2, which the scenario halts on 2024-03-07 from 10:05 to 10:10/);
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario.js';
import type { Engine } from '../../src/io/duckdb.js';
import { type BucketGrid, bucketAt } from '../../src/model/grid.js';
import type { Scenario } from '../../src/model/scenario.js';
import { fromRows, identity, mapEntries, multiply, transpose } from '../../src/numerics/dense.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { writeSimulation } from '../../src/run/simulate.js';
import { type Execution, openExecution } from '../../src/stages/simulate/executionPlan.js';
import { openMarket } from '../../src/stages/simulate/marketSession.js';
import { simulateDay } from '../../src/stages/simulate/simulateDay.js';
import type { SimulatedDay } from '../../src/stages/simulate/simulatedDay.js';
import { drawTruth, type Truth } from '../../src/stages/simulate/truth.js';
import { readJson } from '../support/cli.js';
import { ImpactLevel } from '../support/concaveTruth.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { largestDifference } from '../support/matrices.js';
import { testGrid } from '../support/simulatedBuckets.js';

const concave = { power: 0.4, scale: 2, tau_seconds: [3, 40], weights: [0.5, 0.2], links: 0.3 };
const quiet = {
  seed: 6,
  names: 4,
  blocks: 2,
  impact: { concave, per_child_bps: 3, wide_multiplier: 1 },
  flow: { rate: 0.3, minutes: 1 },
  factors: { market_bps: 0, block_bps: 0 },
  noise_bps: 0,
};
const liquidity = { gamma: 0.4, spread: 0.6, half_life_minutes: 1 };

/** Thirty seconds of one name bought and two sold, in both sessions. */
function executed({ sessions }: BucketGrid): Execution {
  const children = [0, 1, 2].map((order) => ({ order, qty: 400 + 301 * order, millions: 1 }));
  return openExecution({
    arrivalNs: sessions[0].startNs + 10e9,
    deadlineNs: sessions[1].startNs + 40e9,
    orders: [
      { name: 0, side: 1 },
      { name: 1, side: -1 },
      { name: 3, side: -1 },
    ],
    rows: sessions.map(({ startNs }) => ({ startNs: startNs + 10e9, seconds: 30, children })),
  });
}

function market(document: Record<string, unknown>, sessionSeconds: number[] = [80, 60], isExecuting = false) {
  const scenario = parseScenario(document);
  const truth = drawTruth(scenario);
  const state = openMarket(truth, scenario.seed);
  const grid = testGrid(sessionSeconds);
  const day = simulateDay(scenario, truth, grid, 0, state, isExecuting ? executed(grid) : undefined);
  return { scenario, truth, grid, day, close: state.mid };
}

/** Mids at the end of every second that own flow gives, from the fills, the quoted sizes and the truth. */
function midsFromFills({
  scenario,
  truth,
  grid,
  day,
}: {
  scenario: Scenario;
  truth: Truth;
  grid: BucketGrid;
  day: SimulatedDay;
}): Float64Array[] {
  const names = truth.symbols.length;
  const { concave: terms, liquidity: depth } = truth;
  const perSecond = (tau: number) => (tau === Number.POSITIVE_INFINITY ? 1 : Math.exp(-1 / tau));
  const mid = truth.startPrice.slice();
  const out: Float64Array[] = [];
  for (const { firstBucket, buckets } of grid.sessions) {
    const level = new ImpactLevel(
      {
        linear: {
          K: mapEntries(truth.K, (k) => (terms?.linearShare ?? 1) * k),
          decay: truth.tauSeconds.map(perSecond),
          weights: truth.weights,
        },
        concave: terms && {
          power: scenario.impact.concave!.power,
          scales: [...truth.childMillions].map((child) => scenario.impact.concave!.scale * child),
          decay: scenario.impact.concave!.tau_seconds.map(perSecond),
          own: terms.own.map((g) => [...g]),
          modes: terms.modes.map((mode) => ({ ...mode, direction: [...mode.direction], scale: mode.scaleMillions })),
        },
      },
      names,
    );
    const depths = new Float64Array(names).fill(Number.NaN);
    for (let t = firstBucket; t < firstBucket + buckets; t++) {
      const flow = new Float64Array(names);
      day.fills.timeNs.forEach((timeNs, k) => {
        if (bucketAt(grid, timeNs) !== t) return;
        const i = day.fills.name[k];
        const typical = depth && !Number.isNaN(depths[i]) ? depth.depthMillions[i] / depths[i] : 1;
        flow[i] += (day.fills.side[k] * day.fills.qty[k] * mid[i] * typical ** (depth?.gamma ?? 0)) / 1e6;
      });
      level.step(flow).forEach((move, i) => {
        mid[i] *= Math.exp(move / 1e4);
      });
      day.quotes.timeNs.forEach((timeNs, k) => {
        if (bucketAt(grid, timeNs) !== t) return;
        const { name, bid, ask, bidSize, askSize } = day.quotes;
        depths[name[k]] = ((bidSize[k] + askSize[k]) / 2) * ((bid[k] + ask[k]) / 2e6);
      });
      out.push(mid.slice());
    }
  }
  return out;
}

describe('a scenario with impact that is concave after the decay', () => {
  it.each(
    (
      [
        ['alone', quiet],
        ['without links', { ...quiet, impact: { ...quiet.impact, concave: { ...concave, links: 0 } } }],
        ['with depth that varies', { ...quiet, liquidity }],
        ['with heavy tails', { ...quiet, flow: { ...quiet.flow, tails: 1.5 }, liquidity }],
        ['not, and depth that varies', { ...quiet, impact: { ...quiet.impact, concave: undefined }, liquidity }],
      ] as [string, Record<string, unknown>][]
    ).flatMap(([name, document]) => [false, true].map((isExecuting) => [name, isExecuting, document] as const)),
  )('moves mids by the formula: %s, executing a schedule: %s', (_, isExecuting, document) => {
    const run = market(document, undefined, isExecuting);
    expect(run.day.fills.parent.filter((id) => id < 0).length).toBeCloseTo(isExecuting ? 180 : 0, 0);
    expect(run.day.fills.qty.length).toBeGreaterThan(50);
    const mids = midsFromFills(run);
    run.close.forEach((mid, i) => {
      expect(Math.abs(1e4 * Math.log(mid / mids.at(-1)![i]))).toBeLessThan(1e-9);
      expect(Math.abs(1e4 * Math.log(mid / run.truth.startPrice[i]))).toBeGreaterThan(0.1);
    });
    // Every quote is the mid of its second to half a tick.
    const { name, bid, ask, timeNs } = run.day.quotes;
    name.forEach((i, k) => {
      const mid = mids[bucketAt(run.grid, timeNs[k])][i];
      expect(Math.abs((bid[k] + ask[k]) / 2 - mid)).toBeLessThan(0.005 + 1e-6);
    });
  });

  it('is the linear one with power 1, permanent linear part aside', () => {
    const linear = { ...quiet.impact, dispersion: 0, within: 0, between: 0, tau_seconds: [40], weights: [1] };
    const bent = { power: 1, scale: 1, tau_seconds: [40], weights: [0.6] };
    const [one, other] = [{}, { concave: bent }].map(
      (more) => market({ ...quiet, impact: { ...linear, concave: undefined, ...more } }).close,
    );
    one.forEach((mid, i) => {
      expect(other[i]).toBeCloseTo(mid, 9);
    });
  });

  it('has terms that are the shares that were asked for', () => {
    const { truth } = market(quiet);
    const { own, modes, linearShare, scaleMillions } = truth.concave!;
    expect(linearShare).toBeCloseTo(0.3, 12);
    truth.childMillions.forEach((child, i) => {
      const self = truth.K.data[i * 5];
      expect(self * child).toBeCloseTo(3, 9);
      expect(own.map((g) => g[i] / self)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.2, 12)]);
      expect(scaleMillions[i]).toBeCloseTo(2 * child, 12);
      for (const { direction, lambda, name } of modes) {
        const added = lambda.reduce((sum, l) => sum + l * direction[i] ** 2, 0);
        expect(added / self).toBeCloseTo(name === 'MARKET' || name === truth.blocks[i] ? 0.3 : 0, 9);
      }
    });
    expect(modes.map(({ name }) => name)).toEqual(['MARKET', 'SECTORA', 'SECTORB']);
  });
});

describe('heavy tails of child orders', () => {
  const sizes = (tails?: number) => {
    const { truth, day } = market({ ...quiet, flow: { ...quiet.flow, tails } }, [1200]);
    const { qty, name, price } = day.fills;
    return { day, orders: qty.map((q, k) => (q * price[k]) / 1e6 / truth.childMillions[name[k]]) };
  };

  it('are there where they are asked for', () => {
    const [usual, heavy] = [sizes().orders, sizes(1.5).orders];
    expect(Math.max(...usual)).toBeLessThan(1.7);
    expect(Math.max(...heavy)).toBeGreaterThan(40);
    // Three in a hundred |t| of 1.5 degrees are above 8.6.
    expect(Math.abs(heavy.filter((order) => order > 8.6).length / heavy.length - 0.03)).toBeLessThan(0.01);
  });

  it('leave no parent with more filled than it asked for', () => {
    const { parents, fills } = sizes(1.5).day;
    const filled = new Map<number, number>();
    fills.parent.forEach((parent, k) => {
      filled.set(parent, (filled.get(parent) ?? 0) + fills.qty[k]);
    });
    parents.parent.forEach((parent, k) => {
      expect(filled.get(parent) ?? 0).toBeLessThanOrEqual(parents.qty[k]);
    });
    expect(parents.parent.some((parent, k) => filled.get(parent) === parents.qty[k])).toBe(true);
  });
});

describe('depth that varies', () => {
  const { truth, grid, day } = market({ ...quiet, liquidity }, [3600]);
  const logs = truth.symbols.map((_, i) => {
    const out = new Float64Array(grid.buckets);
    day.quotes.name.forEach((name, k) => {
      if (name !== i) return;
      const { bid, ask, bidSize, askSize, timeNs } = day.quotes;
      const depth = ((bidSize[k] + askSize[k]) * (bid[k] + ask[k])) / 4e6;
      out[bucketAt(grid, timeNs[k])] = Math.log(depth / truth.liquidity!.depthMillions[i]);
    });
    return out;
  });
  const products = (lag: number) =>
    logs.reduce((sum, log) => sum + log.slice(lag).reduce((s, x, t) => s + x * log[t], 0) / (log.length - lag), 0) / 4;

  it('is in every second of the quotes, around its typical value', () => {
    expect(day.quotes.name.length).toBe(4 * 3600);
    expect(Math.sqrt(products(0))).toBeGreaterThan(0.45);
    expect(Math.sqrt(products(0))).toBeLessThan(0.75);
  });

  it('loses half of an excess in the half-life', () => {
    expect(products(60) / products(0)).toBeGreaterThan(0.35);
    expect(products(60) / products(0)).toBeLessThan(0.65);
    expect(products(1) / products(0)).toBeGreaterThan(0.97);
  });
});

describe('the files of a concave scenario', () => {
  const folder = temporaryFolder();
  let engine: Engine;
  beforeAll(async () => {
    engine = await testEngine(folder);
  });
  afterAll(() => engine.close());
  const written = async (document: Record<string, unknown>, name: string) => {
    const target = join(folder, name);
    await writeSimulation(parseScenario(document), target, engine, () => {});
    return readJson(join(target, 'truth.json'));
  };
  const short = { ...quiet, days: 1, sessions: [['10:00', '10:02']], liquidity };

  it('hold its truth: linear part, terms, secant and slope at zero', async () => {
    const truth = drawTruth(parseScenario(short));
    const document = await written(short, 'concave');
    const { linear, own, modes, scaleMillions, secant, tangent, power, tauSeconds } = document.concave;
    expect([power, tauSeconds]).toEqual([0.4, [3, 40]]);
    expect(scaleMillions).toEqual([...truth.concave!.scaleMillions]);
    expect(
      largestDifference(
        fromRows(linear),
        mapEntries(truth.K, (k) => truth.concave!.linearShare * k),
      ),
    ).toBe(0);
    let expected = mapEntries(fromRows(linear), (k, i, j) => k + (i === j ? own[0][i] + own[1][i] : 0));
    for (const { direction, lambda } of modes) {
      const outer = multiply(transpose(fromRows([direction])), fromRows([direction]));
      expected = mapEntries(expected, (k, i, j) => k + (lambda[0] + lambda[1]) * outer.data[4 * i + j]);
    }
    expect(largestDifference(fromRows(tangent), expected)).toBeLessThan(1e-9);
    expect(smallestEigenvalue(fromRows(tangent))).toBeGreaterThan(0);
    const child = mapEntries(identity(4), (one, i) => one * truth.childMillions[i]);
    const level = new ImpactLevel(
      {
        linear: { K: fromRows(linear), decay: [1], weights: [1] },
        concave: {
          power,
          scales: scaleMillions,
          decay: [0, 0],
          own,
          modes: modes.map((m: { scaleMillions: number }) => ({ ...m, scale: m.scaleMillions })),
        },
      },
      4,
    );
    level.step(child.data.subarray(0, 4)).forEach((move, i) => {
      expect(move / truth.childMillions[0]).toBeCloseTo(secant[i][0], 9);
      expect(Math.abs(secant[i][0])).toBeLessThanOrEqual(Math.abs(tangent[i][0]));
    });
    expect(document.liquidity).toEqual({ gamma: 0.4, depthMillions: [...truth.childMillions].map((c) => 4 * c) });
  });

  it('say nothing of it where nothing is asked for', async () => {
    const plain = await written({ names: 2, days: 1, sessions: [['10:00', '10:01']] }, 'plain');
    expect(Object.keys(plain)).toEqual([
      'scenario',
      'symbols',
      'blocks',
      'K',
      'kernel',
      'factors',
      'loadings',
      'regimes',
    ]);
    expect(JSON.stringify(plain.scenario)).not.toMatch(/concave|tails|liquidity/);
  });
});

describe('what a concave scenario may not ask for', () => {
  it.each([
    [{ ...concave, weights: [0.5] }, 'impact.concave.weights'],
    [{ ...concave, weights: [0.8, 0.3] }, 'impact.concave.weights'],
    [{ ...concave, power: 0 }, 'impact.concave.power'],
    [{ ...concave, tau_seconds: ['permanent', 3] }, 'impact.concave.tau_seconds'],
  ])('%j', (bad, key) => {
    expect(() => parseScenario({ impact: { concave: bad } })).toThrow(key);
  });

  it('no more than tails with a mean', () => {
    expect(() => parseScenario({ flow: { tails: 1 } })).toThrow('flow.tails');
  });
});

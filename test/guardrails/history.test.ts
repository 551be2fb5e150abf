import { describe, expect, it } from 'vitest';
import type { Guardrail, GuardrailHistory } from '../../src/model/guardrails.js';
import { fromRows } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { TrailingWindow } from '../../src/numerics/trailing.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { bucketMultipliers, guardrailDay } from '../../src/stages/guardrails/guardrailDay.js';
import { feedLagMs, type HistoricalDay } from '../../src/stages/guardrails/historicalDay.js';
import { guardrailHistory } from '../../src/stages/guardrails/history.js';
import { ResidualMonitor } from '../../src/stages/guardrails/monitor.js';
import type { Thresholds } from '../../src/stages/guardrails/thresholds.js';
import { marketStates } from '../../src/stages/replay/marketStates.js';
import { regimeSample, regimeTable } from '../../src/stages/replay/regimes.js';
import { replayDay } from '../../src/stages/replay/replay.js';
import { defaultCalibration, train } from '../support/calibration.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const thresholds: Thresholds = {
  conditionCap: 1000,
  crossShareCap: 0.6,
  basketCap: 3,
  capRelease: 0.9,
  residualZ: 4,
  residualRelease: 0.5,
  dataLagMs: 5000,
  recoveryBuckets: 20,
  windowBuckets: 100,
  canary: [],
  linksAreFrozen: false,
};

const NAMES = 3;
const BUCKETS = 1000;
const LUNCH = 600;
const BREAK = { from: 200, to: 400 };

/** Predictions that are right, and wrong by a factor while the regime is broken. */
function historicalDay(options: Partial<HistoricalDay> & { readonly factor?: number; readonly seed?: number } = {}) {
  const { factor = 1, seed = 1, ...rest } = options;
  const random = randomStream(seed);
  const cells = NAMES * BUCKETS;
  const draw = () => Float64Array.from({ length: cells }, () => random.normal());
  const [ownBps, links, noise] = [draw(), draw().map((x) => 0.5 * x), draw()];
  const predictedBps = ownBps.map((own, k) => own + links[k]);
  const isBroken = (k: number) => k >= BREAK.from * NAMES && k < BREAK.to * NAMES;
  const residualBps = predictedBps.map((bps, k) => (isBroken(k) ? factor : 1) * bps + noise[k]);
  return {
    date: '2024-01-02',
    replay: {
      names: NAMES,
      sessions: [
        { firstBucket: 0, buckets: LUNCH },
        { firstBucket: LUNCH, buckets: BUCKETS - LUNCH },
      ],
      residualBps,
      predictedBps,
      ownBps,
      residualFlow: ownBps.map((bps) => bps / 2),
    },
    fromBucket: 0,
    residualVolBps: Float64Array.of(1, 2, 0.5),
    conditionNumber: 5,
    basketNorm: 0.8,
    ...rest,
  } satisfies HistoricalDay;
}

const record = (history: GuardrailHistory, guardrail: Guardrail) =>
  history.guardrails.find((one) => one.guardrail === guardrail)!;

/** Segments are what a timeline draws: they have to cover the scored buckets, each once, and differ from their neighbours. */
function expectCover({ segments, totals }: GuardrailHistory, fromBucket: number) {
  let next = fromBucket;
  const inState = { full: 0, crossFrozen: 0, blockDiagonal: 0, diagonal: 0 };
  segments.forEach((segment, k) => {
    expect(segment.fromBucket).toBe(next);
    expect(segment.toBucket).toBeGreaterThan(next);
    const before = segments[k - 1];
    if (before) expect([segment.state, segment.reasons]).not.toEqual([before.state, before.reasons]);
    inState[segment.state] += segment.toBucket - segment.fromBucket;
    next = segment.toBucket;
  });
  expect(next).toBe(BUCKETS);
  expect(inState).toEqual(totals.inState);
}

describe('guardrails over days that have passed', () => {
  it('stay out of the way of a model that is right', () => {
    const history = guardrailHistory([historicalDay()], thresholds);
    expect(history.segments).toEqual([
      { date: '2024-01-02', fromBucket: 0, toBucket: BUCKETS, state: 'full', reasons: [] },
    ]);
    expect(history.totals.belowFull.buckets).toBe(0);
  });

  it.each([-1, 4])('freeze links soon after impact changes by a factor of %d, and let go some time after', (factor) => {
    const history = guardrailHistory([historicalDay({ factor })], thresholds);
    expectCover(history, 0);
    const broken = record(history, 'regimeBreak');
    expect(broken.fired).toBe(1);
    const [, frozen] = history.segments;
    expect(frozen.state).toBe('crossFrozen');
    expect(frozen.fromBucket).toBeGreaterThan(BREAK.from);
    expect(frozen.fromBucket).toBeLessThan(BREAK.from + thresholds.windowBuckets);
    expect(frozen.toBucket).toBeGreaterThan(BREAK.to);
    expect(frozen.toBucket).toBeLessThan(BREAK.to + thresholds.windowBuckets + 2 * thresholds.recoveryBuckets);
    // Without a multiplier of the regime, frozen links are the links.
    expect(broken.squaredErrorFallback).toBeCloseTo(broken.squaredErrorFull, 8);
  });

  it('hold links at the multiplier that they were frozen at', () => {
    const frozenBy = (BREAK.from + BREAK.to) / 2;
    const multiplier = new Float64Array(BUCKETS).fill(1).fill(2, frozenBy, BREAK.to);
    const history = guardrailHistory([historicalDay({ factor: -1, multiplier })], thresholds);
    expect(history.segments[1]).toMatchObject({ state: 'crossFrozen' });
    expect(history.segments[1].fromBucket).toBeLessThan(frozenBy);
    const { squaredErrorFull, squaredErrorFallback, moneyFull, moneyFallback } = record(history, 'regimeBreak');
    // Moves went the other way: links at their old size predict less badly than links that follow the regime.
    expect(squaredErrorFallback).toBeLessThan(squaredErrorFull);
    expect(moneyFallback).not.toBeCloseTo(moneyFull, 6);
  });

  it('have the errors and the money of the fallback, summed by hand', () => {
    const outage = new Uint8Array(BUCKETS).fill(1, 300, 310);
    const day = historicalDay({ outage });
    const history = guardrailHistory([day], thresholds);
    const sums = { full: 0, own: 0, moneyFull: 0, moneyOwn: 0 };
    const until = 310 + thresholds.recoveryBuckets - 1;
    for (let k = 300 * NAMES; k < until * NAMES; k++) {
      const { residualBps, predictedBps, ownBps, residualFlow } = day.replay;
      const vol = day.residualVolBps[k % NAMES];
      sums.full += ((residualBps[k] - predictedBps[k]) / vol) ** 2;
      sums.own += ((residualBps[k] - ownBps[k]) / vol) ** 2;
      sums.moneyFull += 100 * residualFlow[k] * predictedBps[k];
      sums.moneyOwn += 100 * residualFlow[k] * ownBps[k];
    }
    const out = record(history, 'venueOutage');
    expect(out).toMatchObject({ fired: 1, buckets: until - 300, longest: until - 300, demands: 'diagonal' });
    expect(out.moves).toBe(NAMES * out.buckets);
    expect(out.squaredErrorFull).toBeCloseTo(sums.full, 8);
    expect(out.squaredErrorFallback).toBeCloseTo(sums.own, 8);
    expect(out.moneyFull).toBeCloseTo(sums.moneyFull, 6);
    expect(out.moneyFallback).toBeCloseTo(sums.moneyOwn, 6);
    const states = history.segments.map(({ state }) => state);
    expect(states).toEqual(['full', 'diagonal', 'blockDiagonal', 'crossFrozen', 'full']);
    expect(history.totals.belowFull.buckets).toBe(out.buckets + 2 * thresholds.recoveryBuckets);
    expectCover(history, 0);
  });

  it('score blocks as blocks where their prediction is given, and say so', () => {
    const day = historicalDay({ conditionNumber: 5000 });
    const half = day.replay.predictedBps.map((bps, k) => (bps + day.replay.ownBps[k]) / 2);
    const blocks = guardrailHistory([{ ...day, blockBps: half }], thresholds);
    const own = guardrailHistory([day], thresholds);
    expect([blocks.totals.blocksScoredAs, own.totals.blocksScoredAs]).toEqual(['blocks', 'own flow']);
    const error = (history: GuardrailHistory) => record(history, 'conditionNumber').squaredErrorFallback;
    expect(error(blocks)).toBeLessThan(error(own));
    expect(record(blocks, 'conditionNumber').buckets).toBe(BUCKETS);
    expect(blocks.totals.inState).toEqual({ full: 0, crossFrozen: 0, blockDiagonal: BUCKETS, diagonal: 0 });
  });

  it('decide a bucket by those before it, and start every day anew', () => {
    const [one, other] = [historicalDay({ factor: -1 }), historicalDay({ factor: -1 })];
    const [frozen] = guardrailHistory([one], thresholds).segments.filter(({ state }) => state === 'crossFrozen');
    // The bucket in which links are frozen, and all after it, have yet to happen.
    other.replay.residualBps.fill(Number.NaN, frozen.fromBucket * NAMES);
    const told = guardrailHistory([one, other], thresholds).segments;
    const again = told.filter(({ state }) => state === 'crossFrozen').map(({ fromBucket }) => fromBucket);
    expect(again).toEqual([frozen.fromBucket, frozen.fromBucket]);
    expect(told.filter(({ fromBucket }) => fromBucket === 0)).toHaveLength(2);
  });

  it('see a lag in the bucket after it, and know nothing of it when a session opens', () => {
    const lagMs = new Float64Array(BUCKETS).fill(100).fill(9000, 50, 52);
    lagMs[LUNCH - 1] = 9000;
    const lag = record(guardrailHistory([historicalDay({ lagMs })], thresholds), 'dataLag');
    expect(lag).toMatchObject({ fired: 1, buckets: 2 + thresholds.recoveryBuckets - 1 });
  });

  it('do with missing moves, and with what was not scored', () => {
    const day = historicalDay({ factor: -1, fromBucket: 150 });
    const { residualBps, predictedBps, ownBps, residualFlow } = day.replay;
    for (let k = 0; k < 150 * NAMES; k++) residualBps[k] = residualFlow[k] = Number.NaN;
    predictedBps.fill(0, 0, 150 * NAMES);
    ownBps.fill(0, 0, 150 * NAMES);
    for (let k = 0; k < residualBps.length; k += 4) residualBps[k] = Number.NaN;
    const history = guardrailHistory([day], thresholds);
    expectCover(history, 150);
    const { moves, buckets, squaredErrorFull } = record(history, 'regimeBreak');
    expect(moves).toBeLessThan(NAMES * buckets);
    expect(Number.isFinite(squaredErrorFull)).toBe(true);
  });
});

describe('what is watched', () => {
  it('is the cross share of the predicted cost of the window', () => {
    const monitor = new ResidualMonitor(Float64Array.of(1, 1), { windowBuckets: 2 });
    expect(monitor.crossShare).toBeNaN();
    const show = (flow: number[], own: number[], all: number[]) =>
      monitor.show({
        residualBps: Float64Array.of(0, 0),
        flow: Float64Array.from(flow),
        ownBps: Float64Array.from(own),
        predictedBps: Float64Array.from(all),
      });
    show([9, 9], [9, 9], [0, 0]);
    show([1, Number.NaN], [2, 2], [3, 3]);
    show([-1, 0], [-2, 0], [-5, 1]);
    expect(monitor.crossShare).toBeCloseTo(4 / 8, 12);
    monitor.startSession();
    expect(monitor.crossShare).toBeNaN();
  });

  it('is a z-score that one wild value does not move, and that waits for enough', () => {
    const window = new TrailingWindow(40);
    const random = randomStream(3);
    for (let t = 0; t < 29; t++) window.push(random.normal());
    window.push(Number.NaN);
    expect(window.zScore(30)).toBeNaN();
    window.push(1e6);
    expect(Math.abs(window.zScore(30))).toBeLessThan(1.01);
    const values = Array.from({ length: 40 }, () => 0.3 + random.normal());
    for (const value of values) window.push(value);
    const mean = values.reduce((sum, v) => sum + v, 0) / 40;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 39;
    expect(window.zScore(30)).toBeCloseTo(mean / Math.sqrt(variance / 40), 10);
  });

  it('is the freshest quote of the universe', () => {
    const ages = Float64Array.of(7000, 10, Number.NaN, 6000, Number.NaN, Number.NaN);
    expect([...feedLagMs(ages, 3)]).toEqual([6000, 10, Number.NaN]);
  });

  it('trips by chance in few of many days', () => {
    const days = Array.from({ length: 40 }, (_, seed) => historicalDay({ seed: 100 + seed }));
    const { fired } = record(guardrailHistory(days, thresholds), 'regimeBreak');
    expect(fired).toBeLessThanOrEqual(2);
  });
});

describe('a day as the guardrails would have seen it', () => {
  const decay = Float64Array.of(Math.exp(-1 / 5), 1);
  const K = fromRows([
    [2, 0.6, 0.1],
    [0.6, 1, 0.1],
    [0.1, 0.1, 1],
  ]);
  const blocks = ['a', 'a', 'b'];
  const params = {
    calibration: defaultCalibration(blocks),
    limits: { rho: 0.9, metric: 'frobenius' as const },
    decay,
    transform: LINEAR_FLOW,
    groups: 5,
  };
  const day = (seed: number) =>
    simulatedBuckets({ names: 3, K, decay, weights: Float64Array.of(0.5, 0.5), density: 0.3, noise: 1, seed });
  const model = train(
    [1, 2, 3].flatMap((seed) => accumulateDay(day(seed), { decay, transform: LINEAR_FLOW, foldBuckets: 'day' })),
    params,
  );

  const replayed = (seen: ReturnType<typeof day>) => {
    const from = { decay, transform: LINEAR_FLOW, fromBucket: 0 };
    return guardrailDay(seen, replayDay(seen, model, from), model, from, blocks);
  };

  it('has blocks between own flow and the full model, and does not alarm on a model that is right', () => {
    const seen = replayed(day(9));
    const { predictedBps, ownBps } = seen.replay;
    // The third name is alone in its block.
    for (let k = 2; k < predictedBps.length; k += 3) expect(seen.blockBps![k]).toBeCloseTo(ownBps[k], 10);
    expect(seen.blockBps!.some((bps, k) => Math.abs(bps - ownBps[k]) > 1e-3)).toBe(true);
    const history = guardrailHistory([seen], { ...thresholds, windowBuckets: 300 });
    expect(history.totals.inState.full).toBe(history.totals.buckets);
    const capped = guardrailHistory([seen], { ...thresholds, conditionCap: 1 });
    const { squaredErrorFull, squaredErrorFallback } = record(capped, 'conditionNumber');
    expect(squaredErrorFallback).toBeGreaterThan(squaredErrorFull);
  });

  it('has the multiplier of every bucket as the table of regimes has it', () => {
    const seen = day(8);
    const table = regimeTable([regimeSample(seen.grid, marketStates(seen), replayed(seen).replay, 0)]);
    const marked = { ...table, cells: table.cells.map((cell, k) => ({ ...cell, multiplier: 2 + k })) };
    const states = marketStates(seen);
    const multipliers = bucketMultipliers(states, marked);
    const { spread } = states;
    multipliers.forEach((multiplier, t) => {
      expect(multiplier === 1).toBe(Number.isNaN(spread[t]));
    });
    marked.cells.forEach(({ buckets }, k) => {
      expect(multipliers.filter((multiplier) => multiplier === 2 + k)).toHaveLength(buckets);
    });
  });
});

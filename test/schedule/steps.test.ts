import { describe, expect, it } from 'vitest';
import { mapEntries } from '../../src/numerics/dense.js';
import { staggered, twap, vwap } from '../../src/stages/schedule/baselines.js';
import { costParts } from '../../src/stages/schedule/costParts.js';
import { optimal } from '../../src/stages/schedule/policies.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';
import { restOf, rowsFrom } from '../../src/stages/schedule/replan.js';
import { keepsSteps, namesWithoutRoom } from '../../src/stages/schedule/rooms.js';
import { judgedPlan } from '../support/judgedPlan.js';
import { scheduleMarket } from '../support/scheduleMarket.js';
import { aRandomProblem, literalObjective } from './aRandomProblem.js';
import { byQuadraticProgram } from './otherSolver.js';

const SHARP = { tolerance: 1e-11, maxIterations: 100_000 };

const steppedProblem = (seed: number, side: 'same' | 'free'): ScheduleProblem => {
  const problem = aRandomProblem(seed, { names: 1 + (seed % 3), buckets: 2 + (seed % 7), side });
  const maxStep = [0.02, 0.1, 0.5][seed % 3];
  const participationBefore = problem.quantity.map((q) => (seed % 2 ? Number.NaN : 0.1 * q));
  return { ...problem, maxStep, participationBefore };
};

describe('a limit of how fast participation may change', () => {
  it.each(['same', 'free'] as const)('has the optimum that another solver finds, %s side', (side) => {
    let solved = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const problem = steppedProblem(seed, side);
      if (namesWithoutRoom(problem).length > 0) continue;
      solved++;
      const other = byQuadraticProgram(problem);
      const { schedule, gap } = optimal(problem, SHARP);
      const [ours, theirs] = [schedule, other.schedule].map((each) => literalObjective(problem, each));
      const size = Math.abs(theirs) + problem.quantity.reduce((sum, q) => sum + q * q, 0);
      expect(ours).toBeLessThanOrEqual(theirs + 1e-9 * size);
      expect(ours).toBeGreaterThanOrEqual(theirs - other.slack - 1e-8 * size);
      expect(gap).toBeLessThan(1e-8);
      expect(keepsSteps(problem, schedule.data)).toBe(true);
    }
    expect(solved).toBeGreaterThan(20);
  });

  it('holds for the other ways to work a basket too, and costs what it costs', () => {
    const free = scheduleMarket({ names: 6, buckets: 40, aversion: 1e-5 });
    const problem = { ...free, maxStep: 0.004 };
    for (const baseline of [twap, vwap, staggered]) expect(keepsSteps(problem, baseline(problem).data)).toBe(true);
    expect(keepsSteps(problem, staggered(free).data)).toBe(false);
    const [held, loose] = [problem, free].map((each) => optimal(each));
    expect(keepsSteps(problem, held.schedule.data)).toBe(true);
    expect(keepsSteps(problem, loose.schedule.data)).toBe(false);
    expect(held.status).toBe('optimal');
    const [dear, cheap] = [held, loose].map(({ schedule }) => costParts(free, schedule).objective);
    expect(dear).toBeGreaterThan(cheap * (1 + 1e-4));
  });

  it('that is wide enough changes nothing', () => {
    const free = scheduleMarket({ names: 4, buckets: 20, aversion: 1e-5 });
    const [held, loose] = [{ ...free, maxStep: 1 }, free].map(
      (each) => optimal(each, { tolerance: -1, maxIterations: 500 }).schedule,
    );
    held.data.forEach((u, k) => {
      expect(u).toBeCloseTo(loose.data[k], 9);
    });
  });

  it('follows a plan from the rate that it ran at', () => {
    const problem = { ...scheduleMarket({ names: 4, buckets: 20, aversion: 3e-5 }), maxStep: 0.01 };
    const { schedule } = optimal(problem, { tolerance: -1, maxIterations: 4000 });
    const passed = 5;
    const executed = { ...schedule, rows: passed, data: schedule.data.slice(0, passed * schedule.cols) };
    const rest = restOf(problem, executed);
    const plan = rowsFrom(schedule, passed);
    const last = (passed - 1) * schedule.cols;
    rest.participationBefore!.forEach((rate, i) => {
      expect(rate).toBeCloseTo(schedule.data[last + i] / problem.volume.data[last + i], 14);
    });
    const again = optimal(rest, { tolerance: -1, maxIterations: 4000 }).schedule;
    const largest = Math.max(...plan.data);
    again.data.forEach((u, k) => {
      expect(Math.abs(u - plan.data[k])).toBeLessThan(1e-8 * largest);
    });
    expect(judgedPlan(rest, plan).isKept).toBe(true);
    const jump = { ...rest, participationBefore: rest.participationBefore!.map((rate) => rate + 0.05) };
    expect(judgedPlan(jump, plan)).toMatchObject({ fits: false, isKept: false });
  });

  it('is told where it leaves too little room, and by what', () => {
    const market = scheduleMarket({ names: 3, buckets: 10 });
    expect(namesWithoutRoom(market)).toEqual([]);
    const tooMuch = { ...market, quantity: market.quantity.map((q, i) => (i === 1 ? 9 * q : q)) };
    expect(namesWithoutRoom(tooMuch)).toMatchObject([{ name: 1, why: 'bounds' }]);
    const standing = { ...market, maxStep: 0.001, participationBefore: Float64Array.of(0.1, 0, Number.NaN) };
    const [slow, ...others] = namesWithoutRoom(standing);
    expect(others).toEqual([]);
    expect(slow).toMatchObject({ name: 1, why: 'steps', least: 0 });
    // A thousandth of the volume more from bucket to bucket.
    const reached = Array.from({ length: 10 }, (_, t) => 0.001 * (t + 1) * market.volume.data[3 * t + 1]);
    expect(slow.most).toBeCloseTo(
      reached.reduce((sum, u) => sum + u, 0),
      10,
    );
    const fast = { ...standing, participationBefore: Float64Array.of(0.9, 0.1, 0.1) };
    expect(namesWithoutRoom(fast)).toMatchObject([{ name: 0, why: 'contradiction' }]);
  });

  it('leaves no rate to a bucket without volume', () => {
    const market = scheduleMarket({ names: 2, buckets: 12 });
    const isHalted = (t: number) => t === 5 || t === 6;
    const without = (matrix: typeof market.volume) => mapEntries(matrix, (value, t) => (isHalted(t) ? 0 : value));
    const problem = {
      ...market,
      volume: without(market.volume),
      upper: without(market.upper),
      maxStep: 0.005,
      quantity: market.quantity.map((q) => 0.8 * q),
    };
    expect(namesWithoutRoom(problem)).toEqual([]);
    const { schedule, status } = optimal(problem);
    expect(status).toBe('optimal');
    expect([...schedule.data.slice(10, 14)]).toEqual([0, 0, 0, 0]);
    expect(keepsSteps(problem, schedule.data)).toBe(true);
  });
});

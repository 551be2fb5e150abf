import { describe, expect, it } from 'vitest';
import { restState } from '../../src/model/impactState.js';
import { mapEntries } from '../../src/numerics/dense.js';
import { costParts } from '../../src/stages/schedule/costParts.js';
import { optimal } from '../../src/stages/schedule/policies.js';
import { restOf, rowsFrom } from '../../src/stages/schedule/replan.js';
import { judgedPlan } from '../support/judgedPlan.js';
import { scheduleMarket } from '../support/scheduleMarket.js';

const SHARP = { tolerance: -1, maxIterations: 4000 };
const PASSED = 4;

describe.each([
  { name: 'linear impact', concave: false, children: 1, close: 1e-8 },
  { name: 'linear impact in children', concave: false, children: 5, close: 1e-8 },
  { name: 'concave impact', concave: true, children: 1, close: 1e-6 },
])('the rest of a plan: $name', ({ concave, children, close }) => {
  const market = scheduleMarket({ names: 6, buckets: 12, concave, aversion: 3e-5, slow: 4 });
  const problem = { ...market, children };
  const { schedule } = optimal(problem, SHARP);
  const executed = { ...schedule, rows: PASSED, data: schedule.data.slice(0, PASSED * schedule.cols) };
  const plan = rowsFrom(schedule, PASSED);
  const rest = restOf(problem, executed);

  it('is planned again as it was, what was executed being known', () => {
    const again = optimal(rest, SHARP).schedule;
    const largest = Math.max(...plan.data);
    again.data.forEach((u, k) => {
      expect(Math.abs(u - plan.data[k])).toBeLessThan(close * largest);
    });
    expect(judgedPlan(rest, plan).isKept).toBe(true);
  });

  it('costs more where it is not', () => {
    const blind = optimal({ ...rest, state: restState(rest.propagator) }, SHARP).schedule;
    const [known, unknown] = [plan, blind].map((each) => costParts(rest, each).objective);
    expect(unknown).toBeGreaterThan(known * (1 + 1e-5));
  });

  it('is given up for what is cheaper by more than the band, and only for that', () => {
    const worse = mapEntries(plan, (u, t, i) => {
      const shift = 0.2 * Math.min(plan.data[i], plan.data[plan.cols + i]);
      return t === 0 ? u - shift : t === 1 ? u + shift : u;
    });
    const free = { ...rest, upper: mapEntries(rest.upper, (cap) => 2 * cap) };
    const { saving } = judgedPlan(free, worse, 0);
    expect(saving).toBeGreaterThan(0);
    const share = saving / Math.abs(costParts(free, worse).objective);
    expect(judgedPlan(free, worse, 0.5 * share).isKept).toBe(false);
    expect(judgedPlan(free, worse, 2 * share).isKept).toBe(true);
  });

  it('is no plan where it breaks a bound or misses a total', () => {
    const capped = { ...rest, upper: mapEntries(rest.upper, (cap, t) => (t === 0 ? 0 : 3 * cap)) };
    expect(judgedPlan(capped, plan)).toMatchObject({ fits: false, isKept: false });
    const short = { ...rest, quantity: rest.quantity.map((q) => 0.99 * q) };
    expect(judgedPlan(short, plan)).toMatchObject({ fits: false, isKept: false });
    expect(judgedPlan(rest, rowsFrom(plan, 1))).toMatchObject({ fits: false, isKept: false });
  });
});

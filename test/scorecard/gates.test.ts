import { describe, expect, it } from 'vitest';
import { gatesPass } from '../../src/model/gate.js';
import { type Scorecard, type ScorecardParams, scorecard } from '../../src/stages/scorecard/scorecard.js';
import { type ParentCost, SHORTFALL_PARTS } from '../../src/stages/scorecard/shortfall.js';
import { cost, type DrawnArms, drawnCosts } from './orders.js';

const params: ScorecardParams = {
  limits: { q95Improvement: 0.08, completionMargin: 0.005, driftZ: 3 },
  arms: { control: 'auto', split: {} },
  seed: 1,
  replicates: 399,
  permutations: 199,
};
const told = { impact: true, factors: true };
const card = (costs: readonly ParentCost[], changes: Partial<ScorecardParams> = {}) =>
  scorecard(costs, told, { ...params, ...changes });
const gate = (found: Scorecard, name: string) => found.gates.find((g) => g.name === name)!;
const large: DrawnArms = { days: 20, baskets: 20, orders: 5, unit: 'basket' };
const state = (k: number) => ({ spread: k % 2, volatility: (k >> 1) % 2, crowding: 0 });
const withStates = (costs: readonly ParentCost[]) => costs.map((c, k) => ({ ...c, state: state(k) }));

describe('promotion gates', () => {
  it('pass where the tail is better, completion alike and the residual steady', () => {
    const found = card(withStates(drawnCosts({ ...large, effect: 0.7 }, 1)));
    expect(found.gates.map((g) => [g.name, g.verdict])).toEqual([
      ['q95_improvement', 'passed'],
      ['completion', 'passed'],
      ['residual_drift', 'passed'],
      ['sample_ratio', 'passed'],
    ]);
    for (const g of found.gates.slice(0, 3)) {
      expect(g.low!).toBeLessThanOrEqual(g.value!);
      expect(g.high!).toBeGreaterThanOrEqual(g.value!);
    }
    expect(gatesPass(found.gates)).toBe(true);
  });

  it('judge the q95 by its lower bound, not by its value', () => {
    const found = [1, 2, 3, 4, 5, 6].map((seed) =>
      gate(card(drawnCosts({ ...large, effect: 0.85 }, seed)), 'q95_improvement'),
    );
    for (const q95 of found) expect(q95.verdict).toBe(q95.low! >= 0.08 ? 'passed' : 'failed');
    expect(found.filter((q95) => q95.value! > 0.08 && q95.verdict === 'failed').length).toBeGreaterThan(0);
  });

  it('fail where less is completed, by more than the margin can explain', () => {
    const costs = withStates(drawnCosts({ ...large, effect: 0.7 }, 2)).map((c, k) => ({
      ...c,
      completion: c.arm === 'treatment' && k % 20 === 0 ? 0.5 : 1,
    }));
    const completion = gate(card(costs), 'completion');
    expect(completion).toMatchObject({ verdict: 'failed', bound: -0.005 });
    expect(completion.value).toBeLessThan(-0.005);
  });

  it('fail where the residual depends on the regime', () => {
    const costs = withStates(drawnCosts({ ...large, effect: 0.7 }, 3)).map((c) => ({
      ...c,
      parts: { ...c.parts, residual: c.parts.residual + (c.state.spread > 0.5 ? 8 : 0) },
    }));
    const drift = gate(card(costs, { regimeEdges: { spread: 0.5, volatility: 0.5, crowding: 0.5 } }), 'residual_drift');
    expect(drift.verdict).toBe('failed');
    expect(drift.reason).toMatch(/spread:/);
  });

  it('say that an arm is too small, and then do not pass', () => {
    const costs = drawnCosts(large, 5);
    const few = costs
      .filter((c) => c.arm === 'control')
      .concat(costs.filter((c) => c.arm === 'treatment').slice(0, 29));
    const found = card(few);
    for (const name of ['q95_improvement', 'completion', 'residual_drift'])
      expect(gate(found, name)).toMatchObject({ verdict: 'not enough data', value: 29, bound: 30 });
    expect(gate(found, 'q95_improvement').reason).toBe('the arm "treatment" has 29 parent orders, fewer than 30');
    expect(gatesPass(found.gates)).toBe(false);
  });

  it('do not apply without arms, which is no failure', () => {
    const found = card(drawnCosts(large, 6).map(({ arm: _, ...c }) => c));
    expect(new Set(found.gates.map((g) => g.verdict))).toEqual(new Set(['not applicable']));
    expect(found.experiment).toBeNull();
    expect(gatesPass(found.gates)).toBe(true);
  });

  it('lack data where no regime is known, or the control has no tail to improve', () => {
    expect(gate(card(drawnCosts(large, 7)), 'residual_drift').verdict).toBe('not enough data');
    const gains = drawnCosts(large, 8).map((c) => ({ ...c, totalBps: c.totalBps - 200 }));
    expect(gate(card(gains), 'q95_improvement')).toMatchObject({ verdict: 'not enough data' });
  });

  it('carry the name of each treatment where there are several', () => {
    const costs = drawnCosts(large, 9).map((c, k) =>
      c.arm === 'treatment' && k % 2 === 0 ? { ...c, arm: 'other' } : c,
    );
    const names = card(costs).gates.map((g) => g.name);
    expect(names).toContain('q95_improvement:other');
    expect(names).toContain('completion:treatment');
    expect(names.at(-1)).toBe('sample_ratio');
  });
});

describe('the experiment', () => {
  it('takes whole baskets as what was randomised, and orders where a basket has two arms', () => {
    const costs = drawnCosts(large, 10);
    expect(card(costs).experiment).toMatchObject({ unit: 'basket', mixedBaskets: { count: 0 } });
    const other = costs[0].arm === 'control' ? 'treatment' : 'control';
    const mixed = card([{ ...costs[0], arm: other }, ...costs.slice(1)]);
    expect(mixed.experiment).toMatchObject({
      unit: 'parent',
      mixedBaskets: { count: 1, examples: ['B0 of 2024-01-01'] },
    });
    expect(mixed.notes.join()).toMatch(/1 baskets have orders in more than one arm/);
  });

  it('notices arms that do not have their share', () => {
    const costs = drawnCosts({ ...large, unit: 'parent' }, 11).filter((c, k) => c.arm === 'control' || k % 3 === 0);
    expect(gate(card(costs), 'sample_ratio').verdict).toBe('failed');
    const split = { control: 3, treatment: 1 };
    expect(gate(card(costs, { arms: { control: 'auto', split } }), 'sample_ratio').verdict).toBe('passed');
  });

  it('notices orders that were not alike before they were traded', () => {
    const costs = drawnCosts(large, 12).map((c) => ({
      ...c,
      notional: c.arm === 'treatment' ? 2 : 1 + 0.1 * (c.totalBps > 4 ? 1 : 0),
    }));
    const { experiment, notes } = card(costs);
    expect(experiment!.balance.filter((b) => b.unbalanced).map((b) => b.quantity)).toEqual(['notional']);
    expect(notes.join()).toMatch(/differs from the control in notional/);
  });

  it('refuses a control that no order has, and a split that leaves an arm out', () => {
    const costs = drawnCosts(large, 13);
    expect(() => card(costs, { arms: { control: 'base', split: {} } })).toThrow(/no parent order is in the arm "base"/);
    expect(() => card(costs, { arms: { control: 'auto', split: { control: 1 } } })).toThrow(
      /no share for the arm "treatment"/,
    );
  });

  it('leaves orders without an arm out of the comparison, and says so', () => {
    const costs = drawnCosts(large, 14).map((c, k) => {
      const { arm: _, ...without } = c;
      return k < 7 ? without : c;
    });
    const found = card(costs);
    expect(found.experiment!.unassigned).toBe(7);
    expect(found.comparisons[0].orders.control + found.comparisons[0].orders.treatment).toBe(costs.length - 7);
  });

  it('adjusts the p-values of groups', () => {
    const found = card(drawnCosts(large, 15).map((c, k) => ({ ...c, side: k % 2 === 0 ? 1 : -1, block: `S${k % 3}` })));
    expect(new Set(found.groupComparisons.map((c) => c.dimension))).toEqual(new Set(['side', 'size', 'block']));
    for (const { mean, q95 } of found.groupComparisons)
      for (const p of [mean, q95]) expect(p.adjusted).toBeGreaterThanOrEqual(p.pValue);
  });
});

describe('groups', () => {
  const costs = withStates(drawnCosts(large, 16)).map((c, k) => ({
    ...c,
    participation: k % 3 === 2 ? 0.03 : 0.01 * (1 + (k % 3)),
    venues: [
      { venue: 'X', share: 0.25 },
      { venue: 'Y', share: 0.75 },
    ],
  }));
  const found = card(costs);
  const group = (dimension: string, name: string) =>
    found.groups.find((g) => g.dimension === dimension && g.group === name)!;

  it('have parts that sum to the mean, and orders that sum to all', () => {
    for (const g of found.groups) {
      const whole = SHORTFALL_PARTS.reduce((sum, part) => sum + g.parts[part]!, 0);
      expect(Math.abs(whole - g.shortfall.mean.value)).toBeLessThan(1e-9);
    }
    for (const dimension of ['arm', 'side', 'size', 'block', 'regime', 'venue']) {
      const own = found.groups.filter((g) => g.dimension === dimension);
      expect(own.reduce((sum, g) => sum + g.parents, 0)).toBeCloseTo(costs.length, 6);
    }
  });

  it('give each venue its share of an order', () => {
    expect(group('venue', 'X').parents).toBeCloseTo(0.25 * costs.length, 6);
    expect(group('venue', 'Y').shortfall.q95.value).toBeCloseTo(group('all', 'all').shortfall.q95.value, 1);
  });

  it('divide sizes by participation where every order has one, else by notional', () => {
    expect(found.sizes.by).toBe('participation');
    for (const size of ['small', 'medium', 'large'])
      expect(Math.abs(group('size', size).parents - costs.length / 3)).toBeLessThan(1);
    expect(card(costs.map((c, k) => (k === 0 ? { ...c, participation: Number.NaN } : c))).sizes.by).toBe('notional');
  });

  it('do not depend on the order of the rows', () => {
    const reversed = card([...costs].reverse());
    reversed.groups.forEach((g, k) => {
      expect(g.group).toBe(found.groups[k].group);
      for (const key of ['mean', 'median', 'q95', 'q99'] as const)
        for (const end of ['value', 'low', 'high'] as const)
          expect(Math.abs(g.shortfall[key][end]! - found.groups[k].shortfall[key][end]!)).toBeLessThan(1e-9);
    });
    expect(reversed.comparisons[0].mean.pValue).toBe(found.comparisons[0].mean.pValue);
    expect(reversed.comparisons[0].q95.pValue).toBe(found.comparisons[0].q95.pValue);
  });

  it('say which parts could not be told apart', () => {
    const blind = scorecard([cost(), cost({ id: 'P2' })], { impact: false, factors: false }, params);
    expect(Object.keys(blind.groups[0].parts)).toEqual(['spread', 'residual']);
    expect(blind.notes.join()).toMatch(/self and cross impact are absent/);
  });
});

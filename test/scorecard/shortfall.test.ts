import { describe, expect, it } from 'vitest';
import { fromRows, mapEntries } from '../../src/numerics/dense.js';
import type { DayOrders } from '../../src/stages/scorecard/dayOrders.js';
import { bucketsEndedBefore, bucketsEndedBy, type PriceModel } from '../../src/stages/scorecard/impactLevels.js';
import { emptyLog } from '../../src/stages/scorecard/issues.js';
import type { Fill, ParentOrder } from '../../src/stages/scorecard/orders.js';
import { type ParentCost, SHORTFALL_PARTS, scoreDay } from '../../src/stages/scorecard/shortfall.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { dayOf, fullModel, namesOf, parentRow, randomOrders } from './orders.js';

const sum = (cost: ParentCost) => SHORTFALL_PARTS.reduce((total, part) => total + cost.parts[part], 0);
const scored = (orders: DayOrders) => scoreDay(orders, emptyLog());

/** One order of 100 to buy at a mid of 100, which goes to 101 after 20 s and to 102 after 90 s. */
function single(fills: readonly Partial<Fill>[], changes: Partial<ParentOrder> = {}, model?: PriceModel): DayOrders {
  const { symbol: _, ...row } = parentRow();
  const timeNs = [Float64Array.of(0, 20e9, 90e9)];
  return {
    names: namesOf(1),
    venues: ['X'],
    parents: [{ ...row, name: 0, side: 1, ...changes }],
    fills: fills.map((fill, k) => ({
      timeNs: 30e9,
      name: 0,
      venue: 0,
      side: 1,
      qty: 40,
      price: 101.5,
      file: 0,
      row: k,
      parent: 0,
      ...fill,
    })),
    mids: { timeNs, mid: [Float64Array.of(100, 101, 102)], spread: [Float64Array.of(0.02, 0.02, 0.02)] },
    day: { ...dayOf(1), factors: { names: [], moveBps: new Float64Array(0) } },
    ...(model ? { model } : {}),
  };
}

describe('implementation shortfall', () => {
  it('counts what fills paid against the arrival mid, and the unfilled rest at the mid of the deadline', () => {
    const [cost] = scored(single([{}]));
    // 40 % at 1.5 % above the arrival mid, 60 % at the 2 % to which the mid had gone by the deadline.
    expect(cost.totalBps).toBeCloseTo(0.4 * 150 + 0.6 * 200, 9);
    expect(cost.parts.spread).toBeCloseTo(0.4 * 50, 9);
    expect(cost.completion).toBeCloseTo(0.4, 12);
    expect(cost.missedDeadline).toBe(true);
  });

  it('has the opposite sign for a sale, and takes the mid that the desk gives', () => {
    expect(scored(single([{ side: -1 }], { side: -1 }))[0].totalBps).toBeCloseTo(-180, 9);
    const [cost] = scored(single([{}], { arrivalMid: 101 }));
    expect(cost.totalBps).toBeCloseTo((1e4 * (0.4 * 0.5 + 0.6 * 1)) / 101, 9);
  });

  it('is opportunity cost alone where nothing was filled', () => {
    const [cost] = scored(single([]));
    expect(cost.totalBps).toBeCloseTo(200, 9);
    expect([cost.completion, cost.parts.spread]).toEqual([0, 0]);
  });

  it('follows self impact through the propagator from the arrival to each fill', () => {
    const model: PriceModel = {
      terms: [{ matrix: fromRows([[2]]), weights: Float64Array.of(1) }],
      decay: Float64Array.of(0.9),
      transform: LINEAR_FLOW,
      flowScale: Float64Array.of(1),
    };
    // Two fills of 40: the second, in the bucket that ends at 40 s, meets what nine buckets have left of the first.
    const orders = single([{ timeNs: 30e9 }, { timeNs: 39.5e9 }], { qty: 80 }, model);
    const [cost] = scored(orders);
    const flow = (40 * 101) / 1e6;
    expect(cost.parts.self).toBeCloseTo(0.5 * 2 * flow * 0.9 ** 9, 12);
    expect(cost.parts.cross).toBe(0);
  });

  it('has parts that sum to the whole', () => {
    const costs = scored(randomOrders(6, 60, 3));
    expect(costs).toHaveLength(180);
    for (const cost of costs) expect(Math.abs(sum(cost) - cost.totalBps)).toBeLessThan(1e-9);
    for (const part of SHORTFALL_PARTS)
      expect(Math.max(...costs.map((c) => Math.abs(c.parts[part])))).toBeGreaterThan(1e-3);
  });

  it('tells self from cross impact by the diagonal and the links of the matrix', () => {
    const orders = randomOrders(4, 30, 5);
    const model = fullModel(4);
    const only = (keep: (i: number, j: number) => boolean): PriceModel => ({
      ...model,
      terms: model.terms.map((term) => ({
        ...term,
        matrix: mapEntries(term.matrix, (k, i, j) => (keep(i, j) ? k : 0)),
      })),
    });
    const whole = scored(orders);
    const diagonal = scored({ ...orders, model: only((i, j) => i === j) });
    const links = scored({ ...orders, model: only((i, j) => i !== j) });
    whole.forEach((cost, k) => {
      expect(diagonal[k].parts.self).toBe(cost.parts.self);
      expect(Math.abs(diagonal[k].parts.cross)).toBe(0);
      expect(links[k].parts.cross).toBe(cost.parts.cross);
    });
  });

  it('is the same for a matrix per basis as for one matrix with weights', () => {
    const orders = randomOrders(4, 30, 6);
    const { terms, ...rest } = fullModel(4);
    const [{ matrix, weights }] = terms;
    const parts = Array.from(weights, (a, p) => ({
      matrix: mapEntries(matrix, (k) => a * k),
      weights: Float64Array.from(weights, (_, q) => (q === p ? 1 : 0)),
    }));
    const [one, several] = [scored(orders), scored({ ...orders, model: { ...rest, terms: parts } })];
    one.forEach((cost, k) => {
      for (const part of SHORTFALL_PARTS) expect(several[k].parts[part]).toBeCloseTo(cost.parts[part], 10);
    });
  });

  it('is the same for names in another order', () => {
    const orders = randomOrders(5, 40, 7);
    const to = [3, 0, 4, 2, 1];
    const back = to.map((_, i) => to.indexOf(i));
    const rename = <T extends { name: number }>(row: T): T => ({ ...row, name: to[row.name] });
    const byName = <T>(values: readonly T[]) => back.map((i) => values[i]);
    const { model } = orders;
    const shuffled = scored({
      ...orders,
      names: byName(orders.names),
      parents: orders.parents.map(rename),
      fills: orders.fills.map(rename),
      mids: { timeNs: byName(orders.mids.timeNs), mid: byName(orders.mids.mid), spread: byName(orders.mids.spread) },
      model: {
        ...model!,
        terms: model!.terms.map(({ matrix, weights }) => ({
          weights,
          matrix: mapEntries(matrix, (_, i, j) => matrix.data[back[i] * 5 + back[j]]),
        })),
        factors: {
          names: ['F0'],
          loadings: mapEntries(model!.factors!.loadings, (_, i) => model!.factors!.loadings.data[back[i]]),
        },
      },
    });
    scored(orders).forEach((cost, k) => {
      expect(shuffled[k].symbol).toBe(cost.symbol);
      for (const part of SHORTFALL_PARTS)
        expect(Math.abs(shuffled[k].parts[part] - cost.parts[part])).toBeLessThan(1e-9);
    });
  });

  it('is the same in bps in another currency', () => {
    const orders = randomOrders(4, 40, 9);
    const rate = 137;
    const dear = scored({
      ...orders,
      names: orders.names.map((name) => ({ ...name, adv: rate * name.adv! })),
      fills: orders.fills.map((fill) => ({ ...fill, price: rate * fill.price })),
      mids: {
        ...orders.mids,
        mid: orders.mids.mid.map((m) => m.map((v) => rate * v)),
        spread: orders.mids.spread.map((s) => s.map((v) => rate * v)),
      },
      model: {
        ...orders.model!,
        terms: orders.model!.terms.map((term) => ({ ...term, matrix: mapEntries(term.matrix, (k) => k / rate) })),
      },
    });
    scored(orders).forEach((cost, k) => {
      expect(dear[k].notional / cost.notional).toBeCloseTo(rate, 6);
      expect(dear[k].participation).toBeCloseTo(cost.participation, 12);
      for (const part of SHORTFALL_PARTS) expect(Math.abs(dear[k].parts[part] - cost.parts[part])).toBeLessThan(1e-9);
    });
  });

  it('leaves impact in the residual where there is no model', () => {
    const { model: _, ...orders } = randomOrders(3, 10, 11);
    for (const { parts, totalBps } of scored(orders)) {
      expect([parts.self, parts.cross, parts.exogenous].map(Math.abs)).toEqual([0, 0, 0]);
      expect(parts.residual).toBeCloseTo(totalBps - parts.spread, 12);
    }
  });

  it('counts a fill at the edge of a bucket before, and an arrival there after, what the bucket did', () => {
    const { grid } = dayOf(1);
    expect([bucketsEndedBy(grid, 30e9), bucketsEndedBefore(grid, 30e9)]).toEqual([30, 29]);
    expect([bucketsEndedBy(grid, 30.5e9), bucketsEndedBefore(grid, 30.5e9)]).toEqual([30, 30]);
    // The second session begins eight hours after the first.
    expect(bucketsEndedBy(grid, 7e12)).toBe(600);
    expect(bucketsEndedBefore(grid, 8 * 3600e9 + 1)).toBe(600);
    expect([bucketsEndedBy(grid, -5), bucketsEndedBy(grid, 1e15)]).toEqual([0, 1000]);
  });
});

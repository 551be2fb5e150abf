import { describe, expect, it } from 'vitest';
import type { ParentRow } from '../../src/model/parentRow.js';
import { checkFills, checkParents } from '../../src/stages/scorecard/checkOrders.js';
import { emptyLog, type IssueLog, summariseIssues } from '../../src/stages/scorecard/issues.js';
import type { FillRows } from '../../src/stages/scorecard/orders.js';
import { scoreDay } from '../../src/stages/scorecard/shortfall.js';
import { dayOf, fillRows, namesOf, parentRow, walkingMids } from './orders.js';

const DATE = '2024-01-02';
const names = namesOf(2);

function score(rows: readonly ParentRow[], fills: FillRows, log: IssueLog = emptyLog(), quotedNames = 2) {
  const parents = checkParents(rows, ['N0', 'N1'], DATE, log);
  const used = checkFills(fills, rows, parents, DATE, log);
  const mids = walkingMids(2, 1000, 1);
  const quoted = { ...mids, mid: mids.mid.map((mid, i) => (i < quotedNames ? mid : mid.map(() => Number.NaN))) };
  const costs = scoreDay({ names, venues: ['X'], parents, fills: used, mids: quoted, day: dayOf(2) }, log);
  return { costs, used, issues: summariseIssues([log]) };
}

const countsOf = (issues: ReturnType<typeof summariseIssues>) =>
  Object.fromEntries(issues.map((i) => [i.issue, i.count]));

describe('parent orders that cannot be used', () => {
  it.each<[string, Partial<ParentRow>, RegExp]>([
    ['parent_non_finite', { qty: Number.NaN }, /P1/],
    ['parent_unknown_symbol', { symbol: 'ZZ' }, /P1: symbol "ZZ"/],
    ['parent_non_positive_qty', { qty: 0 }, /P1: qty 0/],
    ['parent_non_positive_qty', { qty: -5 }, /P1: qty -5/],
    ['parent_bad_side', { side: 0 }, /P1: side 0/],
    ['parent_deadline_before_arrival', { deadlineNs: 5e9 }, /P1: 5 s before the arrival/],
  ])('%s', (issue, changes, value) => {
    const { costs, issues } = score(
      [parentRow(changes), parentRow({ id: 'P2', row: 1 })],
      fillRows([{ timeNs: 20e9, parent: 0 }]),
    );
    expect(costs.map((cost) => cost.id)).toEqual(['P2']);
    expect(countsOf(issues)).toEqual({ [issue]: 1, parent_without_fills: 1, fill_of_parent_set_aside: 1 });
    expect(issues[0].examples[0]).toMatchObject({ date: DATE, dataset: 'parents', file: 0, row: 0 });
    expect(issues[0].examples[0].value).toMatch(value);
  });

  it('a parent_id that comes again', () => {
    const rows = [parentRow(), parentRow({ row: 1, qty: 7 }), parentRow({ row: 2, qty: 8 })];
    const { costs, issues } = score(rows, fillRows([{ timeNs: 20e9 }]));
    expect(costs).toHaveLength(1);
    expect(costs[0].completion).toBeCloseTo(0.1, 12);
    expect(countsOf(issues)).toEqual({ parent_duplicate_id: 2 });
  });

  it('no arrival mid where no quote stood', () => {
    const rows = [parentRow({ symbol: 'N1' }), parentRow({ id: 'P2', row: 1, symbol: 'N1', arrivalMid: 100 })];
    const { costs, issues } = score(rows, fillRows([{ timeNs: 20e9, name: 1, parent: 1, price: 101 }]), emptyLog(), 1);
    // The second has a mid of its own, which is then the last one known.
    expect(costs.map((cost) => cost.id)).toEqual(['P2']);
    expect(costs[0].totalBps).toBeCloseTo(0.1 * 100, 9);
    expect(costs[0].arrivalSpreadBps).toBeNaN();
    expect(countsOf(issues)).toEqual({ parent_no_arrival_mid: 1 });
  });
});

describe('fills that cannot be used', () => {
  it.each<[string, Parameters<typeof fillRows>[0][number]]>([
    ['fill_non_finite', { timeNs: Number.NaN }],
    ['fill_unknown_symbol', { timeNs: 20e9, name: -1 }],
    ['fill_non_positive_price', { timeNs: 20e9, price: 0 }],
    ['fill_non_positive_qty', { timeNs: 20e9, qty: -1 }],
    ['fill_non_positive_qty', { timeNs: 20e9, qty: 0 }],
    ['fill_bad_side', { timeNs: 20e9, side: 0 }],
  ])('%s', (issue, row) => {
    const { used, costs, issues } = score([parentRow()], fillRows([row, { timeNs: 30e9 }]));
    expect(used).toHaveLength(1);
    expect(costs[0].completion).toBeCloseTo(0.1, 12);
    expect(countsOf(issues)).toEqual({ [issue]: 1 });
  });

  it('one that was written twice', () => {
    const fill = { timeNs: 20e9, identity: 5 };
    const { used, issues } = score(
      [parentRow()],
      fillRows([{ ...fill }, { ...fill }, { ...fill, identity: 6 }, { timeNs: 21e9, identity: 5 }]),
    );
    expect(used).toHaveLength(3);
    expect(countsOf(issues)).toEqual({ fill_duplicate: 1 });
  });
});

describe('what is kept and said', () => {
  it('fills without a parent, and of another name or side, are flow alone', () => {
    const fills = fillRows([
      { timeNs: 20e9, parent: Number.NaN },
      { timeNs: 21e9, name: 1 },
      { timeNs: 22e9, side: -1 },
      { timeNs: 23e9 },
    ]);
    const { used, costs, issues } = score([parentRow()], fills);
    expect(used.map((fill) => fill.parent)).toEqual([-1, -1, -1, 0]);
    expect(costs[0].completion).toBeCloseTo(0.1, 12);
    expect(countsOf(issues)).toEqual({ fill_without_parent: 1, fill_unlike_parent: 2 });
    expect(issues[0].examples[0]).toMatchObject({ dataset: 'fills', row: 0, value: 'no parent' });
  });

  it('orders without fills are wholly unfilled', () => {
    const { costs, issues } = score([parentRow()], fillRows([]));
    expect(costs[0]).toMatchObject({ completion: 0, missedDeadline: true, venues: [] });
    expect(countsOf(issues)).toEqual({ parent_without_fills: 1 });
  });

  it('fills after the deadline cost what they cost, and the deadline is missed', () => {
    const fills = fillRows([
      { timeNs: 50e9, qty: 60 },
      { timeNs: 101e9, qty: 40, price: 110 },
    ]);
    const { costs, issues } = score([parentRow({ arrivalMid: 100 })], fills);
    expect(costs[0].completion).toBeCloseTo(0.6, 12);
    expect(costs[0].missedDeadline).toBe(true);
    expect(costs[0].totalBps).toBeCloseTo(400, 9);
    expect(countsOf(issues)).toEqual({ fill_after_deadline: 1 });
    expect(issues[0].examples[0].value).toBe('P1: 1 s after the deadline');
  });

  it('fills before the arrival, and more than was ordered', () => {
    const { costs, issues } = score([parentRow()], fillRows([{ timeNs: 5e9, qty: 150 }]));
    expect(costs[0].completion).toBe(1);
    expect(countsOf(issues)).toEqual({ parent_overfilled: 1, fill_before_arrival: 1 });
  });

  it('keeps the first examples alone, and counts all', () => {
    const rows = Array.from({ length: 9 }, (_, k) => parentRow({ id: `P${k}`, row: k, qty: -1 }));
    const log = emptyLog();
    checkParents(rows, ['N0'], DATE, log);
    const [issue] = summariseIssues([log, log]);
    expect(issue.count).toBe(18);
    expect(issue.examples.map((example) => example.row)).toEqual([0, 1, 2]);
  });
});

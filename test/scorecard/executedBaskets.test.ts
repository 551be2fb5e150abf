import { describe, expect, it } from 'vitest';
import type { DayMoves } from '../../src/model/buckets.js';
import { checkFills, checkParents } from '../../src/stages/scorecard/checkOrders.js';
import { executedBaskets } from '../../src/stages/scorecard/executedBaskets.js';
import { emptyLog } from '../../src/stages/scorecard/issues.js';
import { haltName, simulatedBuckets } from '../support/simulatedBuckets.js';
import { type FillRow, fillRows, namesOf, parentRow } from './orders.js';

const NAMES = namesOf(4);
const SECOND = 1e9;

interface Order {
  readonly id: string;
  readonly basket?: string;
  readonly name: number;
  readonly side?: number;
  readonly qty?: number;
  readonly from?: number;
  readonly to?: number;
  readonly fills?: readonly (readonly [second: number, qty: number])[];
}

/** Sessions of 600 s from 0 and of 400 s from 8 h on. */
function found(orders: readonly Order[], change: (day: ReturnType<typeof simulatedBuckets>) => void = () => {}) {
  const day = simulatedBuckets({ names: 4, seed: 1 });
  change(day);
  const rows = orders.map(({ id, basket, name, side = 1, qty = 100, from = 10, to = 100 }) => {
    const { basket: _none, ...row } = parentRow({ id, symbol: `N${name}`, side, qty });
    return { ...row, arrivalNs: from * SECOND, deadlineNs: to * SECOND, ...(basket ? { basket } : {}) };
  });
  const filled = orders.flatMap(({ name, side = 1, fills = [[20.5, 100]] }, parent): FillRow[] =>
    fills.map(([second, qty]) => ({ timeNs: second * SECOND, name, side, qty, price: 50, parent })),
  );
  const parents = checkParents(rows, day.symbols, day.grid.date, emptyLog());
  const sorted = [...filled].sort((a, b) => a.timeNs - b.timeNs);
  const fills = checkFills(fillRows(sorted), rows, parents, day.grid.date, emptyLog());
  return executedBaskets({ names: NAMES, parents, fills, day: day as DayMoves });
}

const pair = (changes: Partial<Order> = {}): Order[] => [
  { id: 'a', basket: 'B', name: 2, ...changes },
  { id: 'b', basket: 'B', name: 0 },
];

describe('baskets as they were executed', () => {
  it('are millions by bucket and name, from the first arrival to the last deadline', () => {
    const { baskets, found: count } = found([
      {
        id: 'a',
        basket: 'B',
        name: 2,
        side: -1,
        from: 12,
        fills: [
          [20.5, 60],
          [20.7, 20],
          [99.5, 10],
        ],
      },
      { id: 'b', basket: 'B', name: 0, fills: [[15.5, 100]] },
      { id: 'c', name: 1 },
    ]);
    expect(count).toBe(1);
    const [{ names, fromBucket, executed, open, completion }] = baskets;
    expect([names, fromBucket, executed.rows]).toEqual([[0, 2], 10, 90]);
    const at = (bucket: number, i: number) => executed.data[(bucket - 10) * 2 + i];
    expect([at(15, 0), at(20, 1), at(99, 1)]).toEqual([0.005, -0.004, -0.0005]);
    expect(executed.data.filter((u) => u !== 0)).toHaveLength(3);
    expect(open).toEqual([
      { from: 0, to: 89 },
      { from: 2, to: 89 },
    ]);
    expect(completion).toBeCloseTo(0.95, 12);
  });

  it.each<[string, readonly Order[], ((day: ReturnType<typeof simulatedBuckets>) => void)?]>([
    [
      'oneName',
      [
        { id: 'a', basket: 'B', name: 2 },
        { id: 'b', basket: 'B', name: 2 },
      ],
    ],
    ['twoSided', [...pair(), { id: 'c', basket: 'B', name: 0, side: -1 }]],
    ['unfilled', pair().map((order) => ({ ...order, fills: [] }))],
    ['tooShort', pair().map((order) => ({ ...order, from: 20, to: 20.9, fills: [[20.5, 100]] as const }))],
    ['acrossSessions', pair({ to: 8 * 3600 + 50 })],
    ['halted', pair(), (day) => haltName(day, 2, 50, 60)],
  ])('are set aside as %s, and counted', (reason, orders, change) => {
    const { baskets, setAside, found: count } = found(orders, change);
    expect(baskets).toEqual([]);
    expect(count).toBe(1);
    expect(setAside).toEqual({
      ...{ oneName: 0, unfilled: 0, halted: 0, acrossSessions: 0, twoSided: 0, tooShort: 0 },
      [reason]: 1,
    });
  });

  it('do not mind a halt of another name, or at another time', () => {
    const change = (day: ReturnType<typeof simulatedBuckets>) => {
      haltName(day, 1, 0, 600);
      haltName(day, 2, 200, 300);
    };
    expect(found(pair(), change).baskets).toHaveLength(1);
  });

  it('come in the order of their ids, whatever that of the rows', () => {
    const orders = ['Z', 'A'].flatMap((basket) => pair().map((o) => ({ ...o, basket, id: `${basket}${o.id}` })));
    expect(found(orders).baskets.map(({ id }) => id)).toEqual(['A', 'Z']);
  });
});

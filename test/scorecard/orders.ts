import type { DayMoves, Name } from '../../src/model/buckets.js';
import type { ParentRow } from '../../src/model/parentRow.js';
import { diagonalMatrix } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import type { DayOrders } from '../../src/stages/scorecard/dayOrders.js';
import type { PriceModel } from '../../src/stages/scorecard/impactLevels.js';
import type { Fill, FillRows, ParentOrder, QuotedMids } from '../../src/stages/scorecard/orders.js';
import type { ParentCost } from '../../src/stages/scorecard/shortfall.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

export const parentRow = (changes: Partial<ParentRow> = {}): ParentRow => ({
  file: 0,
  row: 0,
  id: 'P1',
  basket: 'B1',
  symbol: 'N0',
  side: 1,
  qty: 100,
  arrivalNs: 10e9,
  deadlineNs: 100e9,
  arrivalMid: Number.NaN,
  ...changes,
});

export interface FillRow {
  readonly timeNs: number;
  readonly name?: number;
  readonly side?: number;
  readonly qty?: number;
  readonly price?: number;
  readonly identity?: number;
  /** Index of an id; NaN for none. */
  readonly parent?: number;
}

export function fillRows(rows: readonly FillRow[]): FillRows {
  const column = (of: (row: FillRow) => number) => Float64Array.from(rows, of);
  return {
    file: new Int32Array(rows.length),
    row: column((row) => rows.indexOf(row)),
    timeNs: column((row) => row.timeNs),
    name: Int32Array.from(rows, (row) => row.name ?? 0),
    venue: new Int32Array(rows.length),
    side: column((row) => row.side ?? 1),
    qty: column((row) => row.qty ?? 10),
    price: column((row) => row.price ?? 100),
    identity: column((row) => row.identity ?? Number.NaN),
    parent: column((row) => row.parent ?? 0),
  };
}

export const namesOf = (count: number): Name[] =>
  Array.from({ length: count }, (_, i) => ({
    symbol: `N${i}`,
    block: i % 2 === 0 ? 'even' : 'odd',
    adv: 100 + i,
    multiplier: 1,
    fx: 1,
  }));

/** A quote each second, mids on a random walk about 100. */
export function walkingMids(names: number, seconds: number, seed: number): QuotedMids {
  const random = randomStream(seed);
  const timeNs = Float64Array.from({ length: seconds }, (_, k) => k * 1e9);
  const walks = Array.from({ length: names }, () => {
    let level = 100;
    return timeNs.map(() => {
      level *= 1 + random.normal() * 1e-4;
      return level;
    });
  });
  return { timeNs: walks.map(() => timeNs), mid: walks, spread: walks.map((walk) => walk.map((mid) => 2e-4 * mid)) };
}

export const dayOf = (names: number): DayMoves => simulatedBuckets({ names, seed: 1, factors: 1 });

export function fullModel(names: number): PriceModel {
  const matrix = diagonalMatrix(Array.from({ length: names }, (_, i) => 1 + 0.1 * i));
  for (let i = 0; i < names; i++)
    for (let j = 0; j < names; j++) if (i !== j) matrix.data[i * names + j] = 0.2 + 0.01 * (i + j);
  return {
    terms: [{ matrix, weights: Float64Array.of(0.6, 0.4) }],
    decay: Float64Array.of(Math.exp(-1 / 20), 1),
    transform: LINEAR_FLOW,
    flowScale: new Float64Array(names).fill(1),
    factors: {
      names: ['F0'],
      loadings: { rows: names, cols: 1, data: Float64Array.from({ length: names }, (_, i) => 1 + 0.1 * i) },
    },
  };
}

/** Baskets of random orders in a day of 1 000 seconds, each with some fills near the mid. */
export function randomOrders(names: number, baskets: number, seed: number): DayOrders {
  const random = randomStream(seed);
  const mids = walkingMids(names, 1000, seed + 1);
  const parents: ParentOrder[] = [];
  const fills: Fill[] = [];
  for (let b = 0; b < baskets; b++) {
    const arrivalNs = random.integer(300) * 1e9 + random.integer(1e9);
    for (let leg = 0; leg < 3; leg++) {
      const name = random.integer(names);
      const side = random.uniform() < 0.5 ? 1 : -1;
      const at = parents.length;
      const row = { file: 0, row: at, id: `P${at}`, basket: `B${b}`, arm: b % 2 === 0 ? 'control' : 'treatment' };
      const qty = 1000 * (1 + random.integer(20));
      parents.push({ ...row, name, side, qty, arrivalNs, deadlineNs: arrivalNs + 250e9, arrivalMid: Number.NaN });
      for (let k = 0; k < 4; k++) {
        const timeNs = arrivalNs + random.integer(250e9);
        const mid = mids.mid[name][Math.floor(timeNs / 1e9)];
        const price = mid * (1 + side * 1e-4);
        fills.push({ timeNs, name, venue: k % 2, side, qty: 0.2 * qty, price, file: 0, row: fills.length, parent: at });
      }
    }
  }
  fills.sort((a, b) => a.timeNs - b.timeNs || a.row - b.row);
  return {
    names: namesOf(names),
    venues: ['X', 'Y'],
    parents,
    fills,
    mids,
    day: dayOf(names),
    model: fullModel(names),
  };
}

export interface DrawnArms {
  readonly days: number;
  readonly baskets: number;
  readonly orders: number;
  /** Standard deviation of what orders of a day, and of a basket, share; each order has one of its own. */
  readonly dayShock?: number;
  readonly basketShock?: number;
  readonly unit: 'basket' | 'parent';
  /** Multiplies the spread of treated orders about the mean. */
  readonly effect?: number;
}

/** Orders of two arms whose shortfall is drawn at random, without any fills. */
export function drawnCosts(design: DrawnArms, seed: number): ParentCost[] {
  const random = randomStream(seed);
  const { dayShock = 0, basketShock = 0, effect = 1 } = design;
  const costs: ParentCost[] = [];
  for (let d = 0; d < design.days; d++) {
    const date = `2024-01-${String(d + 1).padStart(2, '0')}`;
    const ofDay = dayShock * random.normal();
    for (let b = 0; b < design.baskets; b++) {
      const ofBasket = basketShock * random.normal();
      const basketArm = random.uniform() < 0.5;
      for (let k = 0; k < design.orders; k++) {
        const treated = design.unit === 'basket' ? basketArm : random.uniform() < 0.5;
        const noise = 20 * random.normal();
        const totalBps = 4 + ofDay + ofBasket + (treated ? effect : 1) * noise;
        costs.push(
          cost({ date, id: `P${costs.length}`, basket: `B${b}`, arm: treated ? 'treatment' : 'control', totalBps }),
        );
      }
    }
  }
  return costs;
}

export function cost(changes: Partial<ParentCost> = {}): ParentCost {
  const totalBps = changes.totalBps ?? 1;
  return {
    date: '2024-01-02',
    id: 'P1',
    symbol: 'N0',
    block: 'even',
    side: 1,
    notional: 1,
    participation: 0.01,
    arrivalSpreadBps: 1,
    venues: [{ venue: 'X', share: 1 }],
    totalBps,
    parts: { spread: 0.5, self: 0, cross: 0, exogenous: 0, residual: totalBps - 0.5 },
    completion: 1,
    missedDeadline: false,
    ...changes,
  };
}

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/io/duckdb.js';
import { randomStream } from '../../src/numerics/random.js';

/** A name whose price goes through zero. `scale` is the size of its moves in a second, points; K of it goes with that. */
export interface PointName {
  readonly symbol: string;
  readonly multiplier: number;
  readonly fx: number;
  readonly scale: number;
  readonly start: number;
}

export const POINT_NAMES: readonly PointName[] = [
  { symbol: 'OIL', multiplier: 1000, fx: 1, scale: 0.02, start: 0.3 },
  { symbol: 'GAS', multiplier: 10_000, fx: 1, scale: 0.002, start: -0.02 },
  { symbol: 'POWER', multiplier: 10, fx: 0.5, scale: 0.5, start: 4 },
];
export const POINT_DATES = ['2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05'];
export const POINT_CONFIG = [
  'calendar: { timezone: UTC, sessions: [["10:00", "11:30"]] }',
  'fit: { window: 4d, kernel: { tau: [20s, permanent] } }',
  'defactor: { factors: none }',
].join('\n');

const SECONDS = 5400;
/** An order lasts as long, and one begins as often. */
const ORDER = 60;
const WEIGHTS = [0.6, 0.4];
const DECAYS = [Math.exp(-1 / 20), 1];
const CORRELATION = 0.4;
const LOTS = 20;

/** Millions of point value of one unit of quantity. */
export const unitMillions = ({ multiplier, fx }: PointName): number => (multiplier * fx) / 1e6;

/** N×N, price points per million of point value: a typical order of a second moves a name by half of its noise. */
export const POINT_K: readonly (readonly number[])[] = POINT_NAMES.map((a, i) =>
  POINT_NAMES.map((b, j) => (i === j ? 1 : CORRELATION) * Math.sqrt(ownImpact(a) * ownImpact(b))),
);

function ownImpact(name: PointName): number {
  return (0.5 * name.scale) / (LOTS * unitMillions(name));
}

interface Rows {
  readonly quotes: string[];
  readonly trades: string[];
  readonly fills: string[];
  readonly parents: string[];
}

/**
 * Days of `r = Σ_p a_p K v^p + noise` in buckets of a second, quotes around mids that pass through zero, own fills at half a
 * spread from the mid, a tape that is twice the fills, and orders of a minute in two arms.
 * @param shift added to every price
 */
export async function writePointMarket(engine: Engine, root: string, shift = 0): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const universe = POINT_NAMES.map(({ symbol, multiplier, fx }) => `${symbol},energy,${multiplier},${fx}`);
  writeFileSync(join(root, 'universe.csv'), ['symbol,block,multiplier,fx', ...universe].join('\n'));
  const random = randomStream(7);
  for (const date of POINT_DATES) {
    const rows = pointDay(date, random, shift);
    for (const [dataset, header] of Object.entries(HEADERS)) {
      const folder = join(root, dataset, `date=${date}`);
      mkdirSync(folder, { recursive: true });
      const csv = join(root, `${dataset}.tmp`);
      writeFileSync(csv, [header, ...rows[dataset as keyof Rows]].join('\n'));
      const stamps =
        dataset === 'parents' ? "'arrival_ts': 'TIMESTAMP', 'deadline_ts': 'TIMESTAMP'" : "'ts': 'TIMESTAMP'";
      await engine.connection.run(
        `COPY (SELECT * FROM read_csv('${csv}', types = {${stamps}})) TO '${join(folder, 'part.parquet')}' (FORMAT parquet)`,
      );
      rmSync(csv);
    }
  }
}

const HEADERS: Readonly<Record<keyof Rows, string>> = {
  quotes: 'ts,symbol,bid,ask,bid_size,ask_size',
  trades: 'ts,symbol,price,size,side,trade_id',
  fills: 'ts,symbol,venue,side,qty,price,parent_id,child_id',
  parents: 'parent_id,basket_id,symbol,side,qty,arrival_ts,deadline_ts,arm',
};

/** Prices have six decimals, so that a shifted one is the same price elsewhere. */
const priced = (value: number, shift: number): string => (Math.round(value * 1e6) / 1e6 + shift).toFixed(6);

function pointDay(date: string, random: ReturnType<typeof randomStream>, shift: number): Rows {
  const rows: Rows = { quotes: [], trades: [], fills: [], parents: [] };
  const mids = POINT_NAMES.map(({ start }) => start);
  const states = POINT_NAMES.map(() => DECAYS.map(() => 0));
  const sides = POINT_NAMES.map(() => 1);
  const at = (ms: number) => new Date(Date.parse(`${date}T10:00:00Z`) + ms).toISOString().slice(0, -1);
  const quote = (i: number, ms: number) => {
    const half = POINT_NAMES[i].scale / 2;
    const sizes = `${10 + random.integer(20)},${10 + random.integer(20)}`;
    const [bid, ask] = [priced(mids[i] - half, shift), priced(mids[i] + half, shift)];
    rows.quotes.push(`${at(ms)},${POINT_NAMES[i].symbol},${bid},${ask},${sizes}`);
  };
  for (const i of mids.keys()) quote(i, 0);
  for (let t = 0; t < SECONDS; t++) {
    if (t % ORDER === 0) startOrders(rows, sides, { date, t, at, random });
    const flow = POINT_NAMES.map((name, i) => {
      if (random.uniform() > 0.4) return 0;
      const lots = 1 + random.integer(2 * LOTS - 1);
      const price = priced(mids[i] + (sides[i] * name.scale) / 2, shift);
      const id = `${date}/${name.symbol}/${t}`;
      const parent = `${date}/${name.symbol}/${Math.floor(t / ORDER)}`;
      rows.fills.push(`${at(1000 * t + 500)},${name.symbol},X,${sides[i]},${lots},${price},${parent},${id}`);
      for (const part of ['a', 'b'])
        rows.trades.push(`${at(1000 * t + 500)},${name.symbol},${price},${lots},${sides[i]},${id}${part}`);
      return sides[i] * lots * unitMillions(name);
    });
    const filtered = flow.map((u, i) => mergedIncrement(states[i], u));
    POINT_NAMES.forEach(({ scale }, i) => {
      const impact = POINT_K[i].reduce((sum, k, j) => sum + k * filtered[j], 0);
      mids[i] += impact + scale * random.normal();
    });
    for (const i of mids.keys()) quote(i, 1000 * t + 900);
  }
  return rows;
}

/** `Σ_p a_p v^p` of one name, whose states move on (MODEL §2). */
function mergedIncrement(states: number[], u: number): number {
  let merged = 0;
  for (const [p, decay] of DECAYS.entries()) {
    merged += WEIGHTS[p] * (u - (1 - decay) * states[p]);
    states[p] = decay * states[p] + u;
  }
  return merged;
}

interface OrderStart {
  readonly date: string;
  readonly t: number;
  readonly at: (ms: number) => string;
  readonly random: ReturnType<typeof randomStream>;
}

function startOrders({ parents }: Rows, sides: number[], { date, t, at, random }: OrderStart): void {
  const k = t / ORDER;
  POINT_NAMES.forEach(({ symbol }, i) => {
    sides[i] = random.uniform() < 0.5 ? 1 : -1;
    const qty = ORDER * LOTS;
    const arm = k % 2 === 0 ? 'control' : 'treatment';
    const span = `${at(1000 * t)},${at(1000 * (t + ORDER))}`;
    parents.push(`${date}/${symbol}/${k},${date}/${k},${symbol},${sides[i]},${qty},${span},${arm}`);
  });
}

// Buckets of many names that obey the model, as a user would bring them: market, flow and factors of every day in Parquet,
// with a universe and a config. Usage: node test/bench/largeCase.js FOLDER [--names 500] [--days 20] [--density 0.05] …
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEngine } from '../../dist/io/duckdb.js';
import { writeParquet } from '../../dist/io/parquetWriter.js';
import { bucketEnds, bucketGrid } from '../../dist/model/grid.js';
import { mapEntries, multiply, zeros } from '../../dist/numerics/dense.js';
import { randomStream } from '../../dist/numerics/random.js';

const BLOCK_NAMES = 25;
const FACTORS = 6;
const TAU_SECONDS = [2, 20, 200];
const WEIGHTS = [0.5, 0.3, 0.2];
const TILE = 500;

/** Trading dates, weekends left out, up to and including 2024-03-29. */
export function largeCaseDates(days) {
  const dates = [];
  for (let day = Date.UTC(2024, 2, 29); dates.length < days; day -= 86_400_000)
    if (![0, 6].includes(new Date(day).getUTCDay())) dates.unshift(new Date(day).toISOString().slice(0, 10));
  return dates;
}

/** Writes the case and returns the path of its config. */
export async function writeLargeCase(
  folder,
  { names, days, density, sessionHours = 6.5, tau = '[2s, 20s, 200s, permanent]' },
) {
  const symbols = Array.from({ length: names }, (_, i) => `S${String(i).padStart(4, '0')}`);
  const block = (i) => Math.floor(i / BLOCK_NAMES);
  const random = randomStream(names);
  const sizes = symbols.map(() => Math.exp(0.8 * random.normal()));
  const K = mapEntries(
    zeros(names),
    (_, i, j) => Math.sqrt(sizes[i] * sizes[j]) * 2 * (i === j ? 1 : block(i) === block(j) ? 0.3 : 0.05),
  );
  mkdirSync(folder, { recursive: true });
  const rows = symbols.map((symbol, i) => `${symbol},B${block(i)}`);
  writeFileSync(join(folder, 'universe.csv'), `symbol,block\n${rows.join('\n')}\n`);
  const closes = 9.5 + sessionHours;
  const clock = (hours) =>
    `${String(Math.floor(hours)).padStart(2, '0')}:${String(Math.round(60 * (hours % 1))).padStart(2, '0')}`;
  const sessions = [['09:30', clock(closes)]];
  const config = join(folder, 'xim.yaml');
  writeFileSync(
    config,
    `model: large\nstore: ${join(folder, 'store')}\ndata: { root: ${folder}, source: buckets }\n` +
      `calendar: { timezone: America/New_York, sessions: ${JSON.stringify(sessions)} }\n` +
      `flow: { source: fills }\nfit: { window: ${days}d, kernel: { tau: ${tau} } }\n`,
  );
  const engine = await openEngine({ threads: 2, memoryLimit: '4GB', temporaryFolder: folder });
  for (const [d, date] of largeCaseDates(days).entries()) {
    const grid = bucketGrid({ timezone: 'America/New_York', sessions }, date, 1e9);
    const day = simulate(grid, { names, density, K, sizes, block, random: randomStream(1000 + d) });
    await write(engine, join(folder, 'buckets', `date=${date}`), grid, symbols, day);
  }
  engine.close();
  return config;
}

function simulate({ buckets }, { names, density, K, sizes, block, random }) {
  const moves = new Float64Array(names * buckets);
  const factors = Float64Array.from({ length: FACTORS * buckets }, () => 0.4 * random.normal());
  const events = { bucket: [], name: [], value: [] };
  const decay = TAU_SECONDS.map((tau) => Math.exp(-1 / tau));
  const states = decay.map(() => new Float64Array(names));
  const own = new Float64Array(names);
  const weight = 0.2 / Math.sqrt(density);
  for (let from = 0; from < buckets; from += TILE) {
    const count = Math.min(TILE, buckets - from);
    const filtered = zeros(count, names);
    for (let t = 0; t < count; t++) {
      const shared = random.normal();
      for (let i = 0; i < names; i++) {
        own[i] = 0.9 * own[i] + 0.4 * random.normal();
        const u =
          random.uniform() < density
            ? (weight * (own[i] + 0.3 * shared + 0.5 * factors[FACTORS * (from + t)])) / sizes[i]
            : 0;
        if (u !== 0) {
          events.bucket.push(from + t);
          events.name.push(i);
          events.value.push(u);
        }
        let v = 0;
        for (let p = 0; p < decay.length; p++) {
          v += WEIGHTS[p] * (u - (1 - decay[p]) * states[p][i]);
          states[p][i] = decay[p] * states[p][i] + u;
        }
        filtered.data[t * names + i] = v;
      }
    }
    const impact = multiply(filtered, K);
    for (let t = 0; t < count; t++) {
      const x = FACTORS * (from + t);
      for (let i = 0; i < names; i++)
        moves[i * buckets + from + t] =
          impact.data[t * names + i] + factors[x] + factors[x + 1 + (block(i) % (FACTORS - 1))] + random.normal();
    }
  }
  return { moves, factors, events };
}

async function write(engine, folder, grid, symbols, { moves, factors, events }) {
  mkdirSync(folder, { recursive: true });
  const { buckets } = grid;
  const ends = bucketEnds(grid);
  const stamps = BigInt64Array.from(Array.from(ends, (end) => grid.epochNs + BigInt(end)));
  await writeParquet(engine, join(folder, 'market.parquet'), [
    { name: 'ts', values: { entries: stamps, placeOf: (row) => row % buckets } },
    { name: 'symbol', values: { entries: symbols, placeOf: (row) => Math.floor(row / buckets) } },
    { name: 'ret_bps', values: moves },
    { name: 'spread_bps', values: Float64Array.from(moves, (move) => 2 + 0.1 * Math.round(Math.abs(move))) },
  ]);
  await writeParquet(engine, join(folder, 'flow.parquet'), [
    { name: 'ts', values: { entries: stamps, placeOf: (row) => events.bucket[row] } },
    { name: 'symbol', values: { entries: symbols, placeOf: (row) => events.name[row] } },
    { name: 'signed_notional', values: Float64Array.from(events.value) },
  ]);
  await writeParquet(engine, join(folder, 'factors.parquet'), [
    { name: 'ts', values: { entries: stamps, placeOf: (row) => row } },
    ...Array.from({ length: FACTORS }, (_, f) => ({
      name: `F${f}`,
      values: Float64Array.from({ length: buckets }, (_, t) => factors[t * FACTORS + f]),
    })),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      names: { type: 'string', default: '500' },
      days: { type: 'string', default: '20' },
      density: { type: 'string', default: '0.05' },
      hours: { type: 'string', default: '6.5' },
      tau: { type: 'string', default: '[2s, 20s, 200s, permanent]' },
    },
  });
  const { tau } = values;
  const [names, days, density, sessionHours] = [values.names, values.days, values.density, values.hours].map(Number);
  console.log(await writeLargeCase(positionals[0], { names, days, density, sessionHours, tau }));
}

// One day of a tape: trades and quotes of many names in order of time, with a universe and a config.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine, stampAfter, textOfCode } from '../../dist/io/duckdb.js';
import { writeParquet } from '../../dist/io/parquetWriter.js';
import { bucketGrid } from '../../dist/model/grid.js';
import { randomStream } from '../../dist/numerics/random.js';

export const TAPE_DATE = '2024-03-28';
const TICK = 0.01;
const calendar = { timezone: 'America/New_York', sessions: [['09:30', '16:00']] };

const tapeGrid = () => bucketGrid(calendar, TAPE_DATE, 1e9);

/** UTC nanoseconds at which the session begins. */
export function tapeEpoch() {
  const { epochNs, sessions } = tapeGrid();
  return epochNs + BigInt(sessions[0].startNs);
}

/** Writes the case and returns the path of its config. */
export async function writeTapeCase(folder, { names, trades, quotes }) {
  const symbols = Array.from({ length: names }, (_, i) => `S${String(i).padStart(3, '0')}`);
  const grid = tapeGrid();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'universe.csv'), `symbol,block\n${symbols.map((s, i) => `${s},B${i % 10}`).join('\n')}\n`);
  const engine = await openEngine({ threads: 2, memoryLimit: '4GB', temporaryFolder: folder });
  await writeTape(engine, folder, grid, symbols, drawTape(grid, { names, trades, quotes }));
  engine.close();
  const config = join(folder, 'xim.yaml');
  writeFileSync(
    config,
    `model: tape\nstore: ${join(folder, 'store')}\ndata: { root: ${folder} }\n` +
      `calendar: ${JSON.stringify(calendar)}\n` +
      'flow: { source: trades }\nalign: { bucket: 1s }\ndefactor: { factors: none }\n',
  );
  return config;
}

/** Books that walk by ticks; busy names have tens of times the events of quiet ones, as on an exchange. */
function drawTape(grid, { names, trades, quotes }) {
  const random = randomStream(names);
  const draw = weightedDraw(Array.from({ length: names }, () => Math.exp(0.8 * random.normal())));
  const books = Array.from({ length: names }, () => ({ bid: 2_000 + random.integer(20_000), spread: 1 }));
  const times = eventTimes(random, grid.sessions[0], trades + quotes);
  const tape = {
    quotes: columns(quotes, { timeNs: Float64Array, bid: Float64Array, ask: Float64Array }, ['bidSize', 'askSize']),
    trades: columns(trades, { timeNs: Float64Array, price: Float64Array }, ['size', 'side']),
  };
  let [q, t] = [0, 0];
  for (const timeNs of times) {
    const name = draw(random.uniform());
    const left = quotes - q + (trades - t);
    if (random.uniform() * left < quotes - q) putQuote(tape.quotes, q++, { random, timeNs, name, book: books[name] });
    else putTrade(tape.trades, t++, { random, timeNs, name, book: books[name] });
  }
  return tape;
}

function columns(rows, types, integers) {
  const all = { ...types, name: Int32Array, ...Object.fromEntries(integers.map((name) => [name, Int32Array])) };
  return Object.fromEntries(Object.entries(all).map(([name, Type]) => [name, new Type(rows)]));
}

/** Instants of a whole session, sorted. */
function eventTimes(random, { startNs, endNs }, count) {
  const times = Float64Array.from({ length: count }, () => startNs + Math.floor((endNs - startNs) * random.uniform()));
  return times.sort();
}

/** Picks an index by weight, given a uniform number: a table of many cells instead of a search. */
function weightedDraw(weights) {
  const total = weights.reduce((sum, w) => sum + w, 0);
  const table = weights.flatMap((w, i) => Array(Math.max(1, Math.round((10_000 * w) / total))).fill(i));
  return (uniform) => table[Math.floor(uniform * table.length)];
}

function putQuote(quotes, k, { random, timeNs, name, book }) {
  if (random.uniform() < 0.3) book.bid += random.uniform() < 0.5 ? 1 : -1;
  book.spread = 1 + (random.uniform() < 0.2 ? 1 : 0);
  quotes.timeNs[k] = timeNs;
  quotes.name[k] = name;
  quotes.bid[k] = TICK * book.bid;
  quotes.ask[k] = TICK * (book.bid + book.spread);
  quotes.bidSize[k] = 100 * (1 + random.integer(30));
  quotes.askSize[k] = 100 * (1 + random.integer(30));
}

function putTrade(trades, k, { random, timeNs, name, book }) {
  const side = random.uniform() < 0.5 ? 1 : -1;
  trades.timeNs[k] = timeNs;
  trades.name[k] = name;
  trades.price[k] = TICK * (side > 0 ? book.bid + book.spread : book.bid);
  trades.size[k] = 1 + random.integer(500);
  trades.side[k] = side;
}

async function writeTape(engine, folder, { epochNs }, symbols, { quotes, trades }) {
  const stamp = stampAfter(epochNs);
  const symbol = textOfCode(symbols);
  const price = (value) => `CAST(${value} AS DECIMAL(12, 4))`;
  const path = (dataset) => {
    const day = join(folder, dataset, `date=${TAPE_DATE}`);
    mkdirSync(day, { recursive: true });
    return join(day, 'part-0.parquet');
  };
  await writeParquet(engine, path('quotes'), [
    { name: 'ts', values: quotes.timeNs, as: stamp },
    { name: 'symbol', values: quotes.name, as: symbol },
    { name: 'bid', values: quotes.bid, as: price },
    { name: 'ask', values: quotes.ask, as: price },
    { name: 'bid_size', values: quotes.bidSize },
    { name: 'ask_size', values: quotes.askSize },
  ]);
  await writeParquet(engine, path('trades'), [
    { name: 'ts', values: trades.timeNs, as: stamp },
    { name: 'symbol', values: trades.name, as: symbol },
    { name: 'price', values: trades.price, as: price },
    { name: 'size', values: trades.size },
    { name: 'side', values: trades.side, as: (value) => `CAST(${value} AS TINYINT)` },
  ]);
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { feedTable } from '../../src/config/dataSection.js';
import { resolveConfig } from '../../src/config/resolve.js';
import type { Engine } from '../../src/io/duckdb.js';
import type { EventDataset } from '../../src/io/eventColumns.js';
import { openEvents, readQuotes, readTrades } from '../../src/io/eventReader.js';
import { utcNanoseconds } from '../../src/model/calendar.js';
import { repository } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** Every snippet of docs/feeds.md on a miniature of the feed that it is for. */

const folder = temporaryFolder();
const guide = readFileSync(join(repository, 'docs/feeds.md'), 'utf8');

/** The snippet whose first line is a comment with this title. */
function snippet(language: 'yaml' | 'sql', title: string): string {
  const found = [...guide.matchAll(/```(\w+)\n(?:#|--) ([^\n]*)\n([\s\S]*?)```/g)].find(
    ([, kind, name]) => kind === language && name === title,
  );
  expect(found, title).toBeDefined();
  return found![3];
}

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const rowsOf = async (sql: string) => (await engine.connection.runAndReadAll(sql)).getRowObjectsJson();

/** Reads a file by a snippet of configuration, times after midnight at the venue in seconds. */
async function mapped(title: string, dataset: EventDataset, date: string, name: string, symbols: string[]) {
  const { config } = resolveConfig({
    file: parse(snippet('yaml', title)),
    fileName: title,
    environment: {},
    flags: [],
  });
  const { timezone } = config.calendar;
  const scan = {
    symbols,
    epochNs: utcNanoseconds(timezone, date, '00:00'),
    timezone,
    clockOffsetsNs: new Map<string, number>(),
    temporaryFolder: folder,
    acceptLate: false,
    sessionsNs: [[0, 1e18] as const],
    feed: (table: Parameters<typeof feedTable>[1]) => feedTable(config.data, table),
  };
  const source = await openEvents(engine, dataset, [{ path: join(folder, name), folders: {} }], scan);
  const read = dataset === 'quotes' ? readQuotes : readTrades;
  const out: Record<string, number>[] = [];
  for await (const { rows, timeNs, ...columns } of read(engine, source, scan, false) as AsyncGenerator<
    Record<string, Float64Array> & { rows: number }
  >)
    for (let k = 0; k < rows; k++)
      out.push({
        seconds: timeNs[k] / 1e9,
        ...Object.fromEntries(Object.entries(columns).map(([column, values]) => [column, values[k]])),
      });
  source.dispose();
  return out;
}

const write = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), `${lines.join('\n')}\n`);

/** A query of the guide, its files looked for in this folder. */
const query = (title: string) =>
  snippet('sql', title).replace(/'(\w+\.(csv|psv|parquet))'/g, (_, name) => `'${join(folder, name)}'`);

it('every snippet has a test, and every feed of the table a section', () => {
  const titles = [...guide.matchAll(/```\w+\n(?:#|--) ([^\n]*)\n/g)].map(([, title]) => title);
  const tests = readFileSync(join(repository, 'test/docs/feeds.test.ts'), 'utf8');
  expect(titles.filter((title) => !tests.includes(`'${title}'`))).toEqual([]);
  const anchors = [...guide.matchAll(/^\| \[[^\]]+\]\(#([^)]+)\)/gm)].map(([, anchor]) => anchor);
  const sections = [...guide.matchAll(/^## (.*)$/gm)].map(([, name]) => name.toLowerCase().replaceAll(' ', '-'));
  expect(anchors.length).toBe(6);
  expect(anchors.filter((anchor) => !sections.includes(anchor))).toEqual([]);
});

it('the mapping that the guide begins with is a configuration', () => {
  const [, text] = /```yaml\n(data:[\s\S]*?)```/.exec(guide)!;
  expect(() => resolveConfig({ file: parse(text), fileName: 'guide', environment: {}, flags: [] })).not.toThrow();
});

describe('LOBSTER', () => {
  const MESSAGES = [
    '34200.017459617,5,0,1,5853300,1',
    '34200.189607670,1,11885113,21,5859100,-1',
    '34201.5,4,16208318,30,5859400,-1',
  ];

  it('messages as published, by mapping alone', async () => {
    const name = 'AAPL_2012-06-21_34200000_57600000_message_1.csv';
    write(name, MESSAGES);
    const found = await mapped('lobster trades', 'trades', '2012-06-21', name, ['AAPL']);
    // A resting buy order (1) that is hit is a sale.
    expect(found).toMatchObject([
      { seconds: 34200.017459617, name: 0, price: 585.33, size: 1, side: -1 },
      { seconds: 34201.5, name: 0, price: 585.94, size: 30, side: 1 },
    ]);
  });

  it('the book beside its messages', async () => {
    write('message.csv', MESSAGES);
    write('orderbook.csv', ['5859400,200,5853300,18', '5859100,21,5853300,18', '5859400,170,5853300,18']);
    const found = await rowsOf(`SELECT epoch_ns(ts)::VARCHAR AS ns, * EXCLUDE (ts) FROM (${query('lobster quotes')})`);
    const midnight = utcNanoseconds('America/New_York', '2012-06-21', '00:00');
    expect(found.map((row) => row.ns)).toEqual(
      [34_200_017_459_617n, 34_200_189_607_670n, 34_201_500_000_000n].map((ns) => String(midnight + ns)),
    );
    expect(found[1]).toMatchObject({ symbol: 'AAPL', bid: 585.33, ask: 585.91 });
    expect(found.map(({ bid_size, ask_size }) => [Number(bid_size), Number(ask_size)])).toEqual([
      [18, 200],
      [18, 21],
      [18, 170],
    ]);
  });
});

it('Databento', async () => {
  const ns = utcNanoseconds('America/New_York', '2024-03-08', '09:30') + 7n;
  write('mbp-1.csv', [
    'ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00,symbol',
    `${ns},${ns},1,2,3,A,B,0,100010000000,5,0,0,1,100010000000,100020000000,5,6,1,1,MSFT`,
  ]);
  write('trades.csv', [
    'ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,sequence,symbol',
    `${ns},${ns},0,2,3,T,A,0,100010000000,5,0,0,1,MSFT`,
    `${ns},${ns},0,2,3,T,B,0,100020000000,6,0,0,1,MSFT`,
    `${ns},${ns},0,2,3,T,N,0,100015000000,7,0,0,1,MSFT`,
    `${ns},${ns},0,2,3,C,B,0,100020000000,6,0,0,1,MSFT`,
  ]);
  const quotes = await mapped('databento', 'quotes', '2024-03-08', 'mbp-1.csv', ['MSFT']);
  expect(quotes).toMatchObject([
    { seconds: 34200.000000007, name: 0, bid: 100.01, ask: 100.02, bidSize: 5, askSize: 6 },
  ]);
  const trades = await mapped('databento', 'trades', '2024-03-08', 'trades.csv', ['MSFT']);
  expect(trades.map(({ price, size, side }) => [price, size, side])).toEqual([
    [100.01, 5, -1],
    [100.02, 6, 1],
    [100.015, 7, 0],
  ]);
});

it('TAQ', async () => {
  write('quotes.psv', [
    'Time|Exchange|Symbol|Bid_Price|Bid_Size|Offer_Price|Offer_Size',
    '093000123456789|P|AAPL|170.01|3|170.05|1',
  ]);
  write('trades.psv', [
    'Time|Exchange|Symbol|Sale Condition|Trade Volume|Trade Price',
    '160000000000001|D|AAPL|@|250|170.03',
  ]);
  const at = (time: string) => utcNanoseconds('America/New_York', '2024-03-08', time);
  const columns = 'epoch_ns(ts)::VARCHAR AS ns, * EXCLUDE (ts)';
  expect(await rowsOf(`SELECT ${columns} FROM (${query('taq quotes')})`)).toEqual([
    {
      ns: String(at('09:30') + 123_456_789n),
      symbol: 'AAPL',
      venue: 'P',
      bid: 170.01,
      ask: 170.05,
      bid_size: 300,
      ask_size: 100,
    },
  ]);
  expect(await rowsOf(`SELECT ${columns} FROM (${query('taq trades')})`)).toEqual([
    { ns: String(at('16:00') + 1n), symbol: 'AAPL', venue: 'D', price: 170.03, size: 250, side: 0 },
  ]);
});

it('Tardis', async () => {
  const us = Date.UTC(2024, 2, 8, 23, 59, 59) * 1000 + 5;
  write('binance_quotes_2024-03-08_BTCUSDT.csv', [
    'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount',
    `binance,BTCUSDT,${us},${us + 900},2.5,68000.1,68000,1.25`,
  ]);
  write('binance_trades_2024-03-08_BTCUSDT.csv', [
    'exchange,symbol,timestamp,local_timestamp,id,side,price,amount',
    `binance,BTCUSDT,${us},${us + 900},77,sell,68000,0.5`,
    `binance,BTCUSDT,${us},${us + 900},78,unknown,68000,0.5`,
  ]);
  const quotes = await mapped('tardis', 'quotes', '2024-03-08', 'binance_quotes_2024-03-08_BTCUSDT.csv', ['BTCUSDT']);
  expect(quotes).toMatchObject([{ seconds: 86399.000005, bid: 68000, ask: 68000.1, bidSize: 1.25, askSize: 2.5 }]);
  const trades = await mapped('tardis', 'trades', '2024-03-08', 'binance_trades_2024-03-08_BTCUSDT.csv', ['BTCUSDT']);
  expect(trades.map(({ side, size }) => [side, size])).toEqual([
    [-1, 0.5],
    [0, 0.5],
  ]);
  expect(trades[0].identity).not.toBe(trades[1].identity);
});

it('Binance', async () => {
  const ms = Date.UTC(2024, 2, 8, 12);
  write('BTCUSDT-bookTicker-2024-03-08.csv', [
    'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time',
    `1,68000.0,1.5,68000.1,2.5,${ms},${ms + 3}`,
  ]);
  write('BTCUSDT-aggTrades-2024-03-08.csv', [
    'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker',
    `5,68000.0,0.1,9,9,${ms},true`,
    `6,68000.1,0.2,10,11,${ms},false`,
  ]);
  const quotes = await mapped('binance', 'quotes', '2024-03-08', 'BTCUSDT-bookTicker-2024-03-08.csv', ['BTCUSDT']);
  expect(quotes).toMatchObject([{ seconds: 43200, name: 0, bid: 68000, ask: 68000.1, bidSize: 1.5, askSize: 2.5 }]);
  const trades = await mapped('binance', 'trades', '2024-03-08', 'BTCUSDT-aggTrades-2024-03-08.csv', ['BTCUSDT']);
  expect(trades.map(({ side, size }) => [side, size])).toEqual([
    [-1, 0.1],
    [1, 0.2],
  ]);
});

it('DolphinDB and Chinese books', async () => {
  mkdirSync(folder, { recursive: true });
  const copy = (name: string, select: string) =>
    engine.connection.run(`COPY (${select}) TO '${join(folder, name)}' (FORMAT parquet)`);
  const key = "'600000' AS SecurityID, DATE '2023-07-11' AS TradeDate, TIME '09:30:03.040' AS TradeTime";
  await copy(
    'snapshot.parquet',
    `SELECT ${key}, 7.01 AS BidPrice1, 1200 AS BidOrderQty1, 0.0 AS OfferPrice1, 0 AS OfferOrderQty1`,
  );
  await copy(
    'trade.parquet',
    `SELECT ${key}, p AS TradePrice, 100 AS TradeQty, b AS BidApplSeqNum, a AS OfferApplSeqNum FROM (VALUES (7.01, 5, 3), (7.0, 2, 9), (0.0, 2, 9)) v(p, b, a)`,
  );
  const ns = String(utcNanoseconds('Asia/Shanghai', '2023-07-11', '09:30') + 3_040_000_000n);
  expect(
    await rowsOf(
      `SELECT epoch_ns(ts)::VARCHAR AS ns, symbol, CAST(bid AS DOUBLE) AS bid, CAST(ask AS DOUBLE) AS ask, ask_size FROM (${query('dolphindb quotes')})`,
    ),
  ).toEqual([{ ns, symbol: '600000', bid: 7.01, ask: 0, ask_size: 0 }]);
  expect(
    await rowsOf(
      `SELECT epoch_ns(ts)::VARCHAR AS ns, CAST(price AS DOUBLE) AS price, side FROM (${query('dolphindb trades')})`,
    ),
  ).toEqual([
    { ns, price: 7.01, side: 1 },
    { ns, price: 7, side: -1 },
  ]);
});

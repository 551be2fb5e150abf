import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.js';
import type { Engine } from '../../src/io/duckdb.js';
import { readUniverse } from '../../src/io/referenceReader.js';
import { repository, snapshot, xim } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

/** A new folder to begin in. */
function home(name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}

async function write(path: string, select: string): Promise<void> {
  mkdirSync(join(path, '..'), { recursive: true });
  const format = path.endsWith('.csv') ? 'csv' : 'parquet';
  await engine.connection.run(`COPY (${select}) TO '${path.replaceAll("'", "''")}' (FORMAT ${format})`);
}

function init(cwd: string, ...args: string[]) {
  const { code, stdout, stderr } = xim(['init', ...args, '--json'], { cwd });
  const document = JSON.parse(stdout);
  const values = Object.fromEntries(
    (document.settings ?? []).map(({ key, value }: { key: string; value: unknown }) => [key, value]),
  );
  return { code, document, values, stderr, file: join(cwd, 'xim.yaml') };
}

const load = (path: string) => loadConfig({ path, environment: {}, flags: [], cwd: folder }).config;

/** Two names quoted once a second from 09:30 to 16:00 in New York on a summer day, with columns as `select` names them. */
const quotesOf = (select: string, symbols = "'AAA', 'BBB'", date = '2024-07-02') =>
  `SELECT ${select} FROM (
     SELECT TIMESTAMP '${date} 13:30:00' + to_seconds(k) AS instant, symbol, 100 + k % 7 AS low
     FROM range(0, 23400) t(k), (SELECT unnest([${symbols}]) AS symbol))`;
const STANDARD = 'instant AS ts, symbol, low AS bid, low + 1 AS ask, 5 AS bid_size, 6 AS ask_size';

describe('init', () => {
  it('makes a report of the sample data in two commands', () => {
    const cwd = home('sample');
    // Without the day that closes early, and on which a venue is late.
    const usual = (path: string) => !path.includes('date=2024-03-14');
    for (const dataset of ['quotes', 'trades', 'fills', 'factors'])
      cpSync(join(repository, 'sample-data', dataset), join(cwd, 'data', dataset), { recursive: true, filter: usual });
    const { code, stdout } = xim(['init'], { cwd });
    expect(code).toBe(0);
    const next = /^next: xim (.*)$/m.exec(stdout)![1];
    expect(next).toBe('run --date 2024-03-13');
    // What the data were simulated with.
    expect(load(join(cwd, 'xim.yaml'))).toMatchObject({
      calendar: {
        timezone: 'America/New_York',
        sessions: [
          ['10:00', '11:00'],
          ['13:00', '13:45'],
        ],
      },
      flow: { source: 'fills' },
      defactor: { factors: 'given' },
      fit: { window: '6d' },
      align: { bucket: '1s' },
      data: { root: join(cwd, 'data') },
    });
    expect(readFileSync(join(cwd, 'data', 'universe.csv'), 'utf8')).toBe(
      `symbol,block\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((k) => `SIM${k},all\n`).join('')}`,
    );
    const run = xim([...next.split(' '), '--quiet'], { cwd });
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(existsSync(/^report (.*)$/m.exec(run.stdout)![1])).toBe(true);
  });

  it('gives a reason for every key, in comments that are no part of any value', async () => {
    const cwd = home('reasons');
    await write(join(cwd, 'quotes/date=2024-07-02/a.parquet'), quotesOf(STANDARD));
    const { document, file, values } = init(cwd);
    const text = readFileSync(file, 'utf8');
    expect(document.settings.length).toBeGreaterThan(7);
    for (const { evidence } of document.settings) expect(text).toContain(`# ${evidence}`);
    expect(values['calendar.timezone']).toBe('America/New_York');
    expect(parse(text).calendar).toEqual({ timezone: 'America/New_York', sessions: [['09:30', '16:00']] });
    expect(values['flow.source']).toBe('trades');
    expect(document.notes.join()).toMatch(/block "all"/);
  });

  it('writes over nothing unless told to, and writes nothing with --dry-run', async () => {
    const cwd = home('twice');
    await write(join(cwd, 'quotes/date=2024-07-02/a.parquet'), quotesOf(STANDARD));
    const before = snapshot(cwd);
    expect(init(cwd, '--dry-run').document.written).toBe(false);
    expect(snapshot(cwd)).toEqual(before);
    expect(init(cwd).code).toBe(0);
    writeFileSync(join(cwd, 'universe.csv'), 'symbol,block\nAAA,mine\n');
    writeFileSync(join(cwd, 'xim.yaml'), 'not: [a, configuration');
    const { code, document } = init(cwd);
    expect([code, document.error.kind]).toEqual([2, 'usage']);
    expect(document.error.message).toMatch(/xim\.yaml is there already/);
    expect(readFileSync(join(cwd, 'xim.yaml'), 'utf8')).toBe('not: [a, configuration');
    const forced = init(cwd, '--force');
    expect([forced.code, forced.document.universe]).toEqual([0, null]);
    expect(load(forced.file).calendar.timezone).toBe('America/New_York');
    expect(readFileSync(join(cwd, 'universe.csv'), 'utf8')).toBe('symbol,block\nAAA,mine\n');
  });

  it('survives names that would break YAML, CSV or a terminal', async () => {
    const cwd = home("it's: a #'{ho\u001bme}[1]*?");
    const hostile = ['a,b', 'say "hi"', "it's", 'two\nlines', ' spaced ', '# no comment', 'NULL', '007', '- x: y'];
    const list = hostile.map((symbol) => `'${symbol.replaceAll("'", "''")}'`).join(', ');
    await write(join(cwd, 'quotes/date=2024-07-02/a.parquet'), quotesOf(STANDARD, list));
    const odd = 'instant AS ts, 1 AS "new\nline: # [", symbol';
    await write(join(cwd, 'note\nbook: #1', 'a.parquet'), quotesOf(odd));
    const { code, stdout } = xim(['init'], { cwd });
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    expect(load(join(cwd, 'xim.yaml')).data.root).toBe(cwd);
    const names = await readUniverse(engine, join(cwd, 'universe.csv'));
    // A symbol of two lines is no name that a universe may hold.
    expect(names.map(({ symbol }) => symbol).sort()).toEqual(hostile.filter((symbol) => !symbol.includes('\n')).sort());
    expect(stdout).toContain('"two\\nlines"');
  });

  it('says how columns, stamps and sides of another feed are named', async () => {
    const cwd = home('other');
    const named =
      'epoch_ns(instant) AS time, symbol AS ticker, low AS bidPrice, low + 1 AS askPrice, 5 AS bidSize, 6 AS askSize';
    await write(join(cwd, 'quotes/date=2024-07-02/a.parquet'), quotesOf(named));
    const tape =
      "instant AS ts, symbol, low AS px, 10 AS qty, CASE WHEN low % 2 = 0 THEN 'BUY' ELSE 'SELL' END AS aggressor";
    await write(join(cwd, 'trades/date=2024-07-02/a.parquet'), quotesOf(tape));
    const { code, document, file } = init(cwd);
    expect(code).toBe(0);
    const columns = {
      quotes: {
        ts: { column: 'time', unit: 'ns' },
        symbol: 'ticker',
        bid: 'bidPrice',
        ask: 'askPrice',
        bid_size: 'bidSize',
        ask_size: 'askSize',
      },
      trades: { price: 'px', size: 'qty', side: 'aggressor' },
    };
    const sides = { trades: { BUY: 'buy', SELL: 'sell' } };
    const told = JSON.stringify([document.settings, document.notes]);
    for (const value of [columns, sides])
      expect(told.replaceAll('\\"', '"'), 'proposed, or said to be needed').toContain(
        JSON.stringify(value).slice(1, -1),
      );
    // Whatever this program takes of it.
    expect(load(file).calendar.sessions).toEqual([['09:30', '16:00']]);
  });

  it('takes the names with own fills, and says which others there are', async () => {
    const cwd = home('basket');
    await write(join(cwd, 'quotes/date=2024-07-02/a.parquet'), quotesOf(STANDARD, "'AAA', 'BBB', 'CCC'"));
    const fills = 'instant AS ts, symbol, 1 AS side, 5 AS qty, low AS price, low AS parent_id';
    await write(
      join(cwd, 'fills/date=2024-07-02/a.parquet'),
      quotesOf(`${fills}, 'X' AS venue`, "'AAA', 'CCC', 'ZZZ'"),
    );
    const { document, values } = init(cwd);
    expect(readFileSync(join(cwd, 'universe.csv'), 'utf8')).toBe('symbol,block\nAAA,all\nCCC,all\n');
    expect(document.notes.join('\n')).toMatch(/1 names with quotes and without own fills/);
    expect(document.notes.join('\n')).toMatch(/own fills without quotes on the last day: ZZZ/);
    expect(values['flow.source']).toBe('fills');
  });

  it('notices a dataset in another clock, a day that is missing and a folder with another name', async () => {
    const cwd = home('odd');
    for (const date of ['2024-07-01', '2024-07-02'])
      await write(join(cwd, `nbbo/${date}.parquet`), quotesOf(STANDARD, "'AAA'", date));
    const late = 'instant + INTERVAL 12 HOUR AS ts, symbol, low AS price, 5 AS size, 1 AS side';
    await write(join(cwd, 'trades/date=2024-07-02/a.parquet'), quotesOf(late, "'AAA'"));
    const notes = init(cwd).document.notes.join('\n');
    expect(notes).toMatch(/100 % of the trades of 2024-07-02 lie outside the sessions/);
    expect(notes).toMatch(/trades lack 2024-07-01/);
    expect(notes).toMatch(/nbbo looks like quotes: put it into quotes/);
  });

  it('proposes wider buckets for names that are quoted rarely', async () => {
    const cwd = home('slow');
    await write(
      join(cwd, 'quotes/date=2024-07-02/a.csv'),
      `${quotesOf(STANDARD)} WHERE epoch(instant)::BIGINT % 20 = 0`,
    );
    expect(init(cwd).values).toMatchObject({ 'align.bucket': '10s', 'align.max_stale': '10m' });
  });

  it('takes buckets where there are no quotes, with their factors', async () => {
    const cwd = home('buckets');
    const at = join(cwd, 'buckets/date=2024-07-02');
    await write(join(at, 'market.parquet'), quotesOf('instant + INTERVAL 1 SECOND AS ts, symbol, low AS mid'));
    await write(join(at, 'flow.parquet'), quotesOf('instant AS ts, symbol, 1 AS signed_notional'));
    await write(join(at, 'factors.parquet'), quotesOf('instant AS ts, 1 AS market', "'AAA'"));
    const { values, file } = init(cwd);
    expect(values).toMatchObject({
      'data.source': 'buckets',
      'calendar.timezone': 'America/New_York',
      'calendar.sessions': [['09:30', '16:00']],
      'defactor.factors': 'given',
    });
    expect(values['flow.source']).toBeUndefined();
    expect(load(file).data.source).toBe('buckets');
    expect(readFileSync(join(cwd, 'universe.csv'), 'utf8')).toBe('symbol,block\nAAA,all\nBBB,all\n');
  });

  it('trades around the clock where the quotes do', async () => {
    const cwd = home('crypto');
    const select = `SELECT TIMESTAMP '2024-07-06' + to_seconds(k) AS ts, 'XBTUSD' AS symbol, 1 AS bid, 2 AS ask, 5 AS bid_size, 6 AS ask_size FROM range(0, 86400) t(k)`;
    await write(join(cwd, 'quotes/date=2024-07-06/a.parquet'), select);
    const { calendar } = load(init(cwd).file);
    expect(calendar.timezone).toBe('UTC');
    expect(calendar.sessions[0][0]).toBe('00:00');
    expect(['24:00', '23:59:59']).toContain(calendar.sessions[0][1]);
  });

  it('says which names of a universe have no quotes, and where columns have no names', async () => {
    const cwd = home('names');
    await write(join(cwd, 'quotes/date=2024-07-02/a.parquet'), quotesOf(STANDARD));
    writeFileSync(join(cwd, 'universe.csv'), 'symbol,block\nAAA,x\nQQQ,x\n');
    mkdirSync(join(cwd, 'trades'));
    writeFileSync(join(cwd, 'trades', '2024-07-02.csv'), '34200.1,1,5,100\n34200.2,-1,6,101\n34201.5,1,7,100\n');
    const { document } = init(cwd);
    expect(document.names).toBe(2);
    expect(document.notes.join('\n')).toMatch(/no quotes on the last day: QQQ of the universe/);
    expect(document.notes.join('\n')).toMatch(/trades: the 4 columns have no names; say them in data.headers/);
  });

  it('ends with exit 3 where there is nothing to calibrate from, and never asks', () => {
    const cwd = home('empty');
    writeFileSync(join(cwd, 'people.csv'), 'name,age\nA,1\n');
    const { code, document } = init(cwd);
    expect([code, document.error.kind]).toEqual([3, 'data']);
    expect(document.error.message).toMatch(/people\.csv/);
    expect(existsSync(join(cwd, 'xim.yaml'))).toBe(false);
    expect(init(cwd, 'nowhere').code).toBe(3);
    rmSync(cwd, { recursive: true });
  });

  it.skipIf(!hasShared('data/sse-2023-07-11'))('finds the hours of Shanghai and of New York in real quotes', () => {
    const cwd = home('real');
    const found = ['data/sse-2023-07-11', 'data/lobster-2012-06-21'].map((path) => {
      const { values } = init(cwd, sharedPath(path), '--force');
      return [values['calendar.timezone'], values['calendar.sessions']];
    });
    expect(found).toEqual([
      [
        'Asia/Shanghai',
        [
          ['09:30', '11:30'],
          ['13:00', '14:57'],
        ],
      ],
      ['America/New_York', [['09:30', '16:00']]],
    ]);
  });
});

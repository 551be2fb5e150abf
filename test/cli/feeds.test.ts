import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { readJson, repository, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** The sample data as other feeds write it: whatever the shape, the matrix is the sample's to the last bit. */

const folder = temporaryFolder();
const data = join(folder, 'data');
const store = join(folder, 'store');
const DATES = ['2024-03-12', '2024-03-13'];
const DATE = DATES[1];
const CALENDAR = 'calendar: { timezone: America/New_York, sessions: [["10:00", "11:00"], ["13:00", "13:45"]] }';

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
  layOut();
  plain = impactOf(run('', 'plain'));
});
afterAll(() => engine.close());
beforeEach(layOut);

function layOut(): void {
  rmSync(data, { recursive: true, force: true });
  cpSync(join(repository, 'sample-data/universe.csv'), join(data, 'universe.csv'));
  for (const dataset of ['quotes', 'trades', 'fills', 'factors'])
    for (const date of DATES)
      cpSync(join(repository, 'sample-data', dataset, `date=${date}`), join(data, dataset, `date=${date}`), {
        recursive: true,
      });
}

let plain: string;

const day = (dataset: string, date = DATE) => join(data, dataset, `date=${date}`);
const part = (dataset: string, date = DATE) => join(day(dataset, date), 'part-0.parquet');

function run(section: string, name = 'store') {
  const config = join(folder, 'xim.yaml');
  writeFileSync(
    config,
    `store: ${join(folder, name)}\ndata: { root: ${data}${section} }\n${CALENDAR}\nfit: { window: 2d }\n`,
  );
  rmSync(store, { recursive: true, force: true });
  return ximJson(['run', '--date', DATE, '--config', config]);
}

/** Digest of the matrix, which depends on every row that was read. */
function impactOf({ code, document }: ReturnType<typeof ximJson>, name = 'plain'): string {
  expect(document.error).toBeUndefined();
  expect(code).toBeLessThan(2);
  const { objects } = readJson(join(folder, name, 'versions', document.version, 'manifest.json'));
  return objects.find((object: { name: string }) => object.name === 'impact.arrow').sha256;
}

const notesOf = ({ document }: ReturnType<typeof ximJson>): string =>
  readJson(join(store, 'versions', document.version, 'manifest.json')).notes.join('\n');

/** Writes every file of a dataset anew from a query on the sample's, and removes the sample's. */
async function rewrite(dataset: string, select: string, name: string, options: string): Promise<void> {
  for (const date of DATES) {
    const target = join(day(dataset, date), name);
    await engine.connection.run(
      `COPY (SELECT ${select} FROM read_parquet('${join(repository, 'sample-data', dataset, `date=${date}`, 'part-0.parquet')}')) TO '${target}' (${options})`,
    );
    rmSync(part(dataset, date));
  }
}

describe('the matrix is the same from', () => {
  it('CSV, gzipped or not, beside Parquet', async () => {
    await rewrite('quotes', '*', 'q.csv', 'FORMAT csv, HEADER');
    for (const date of DATES) {
      const path = join(day('quotes', date), 'q.csv');
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      rmSync(path);
    }
    await rewrite('fills', '*', 'f.csv', 'FORMAT csv, HEADER');
    await rewrite('factors', '*', 'f.tsv', "FORMAT csv, HEADER, DELIMITER '\t'");
    expect(impactOf(run(''), 'store')).toBe(plain);
  });

  it('other names, codes and units', async () => {
    const stamp = 'epoch_ns(CAST(ts AS TIMESTAMP_NS))';
    await rewrite(
      'quotes',
      `${stamp} AS time, symbol AS sym, CAST(round(bid * 10000) AS BIGINT) AS bidPx, CAST(round(ask * 10000) AS BIGINT) AS askPx, bid_size AS bidQty, ask_size AS askQty`,
      'part-0001.snappy.parquet',
      'FORMAT parquet',
    );
    await rewrite(
      'fills',
      `* REPLACE (CASE side WHEN 1 THEN 'BUY' ELSE 'SELL' END AS side)`,
      'f.parquet',
      'FORMAT parquet',
    );
    const mapping = `, columns: { quotes: { ts: { column: time, unit: ns }, symbol: sym,
      bid: { column: bidPx, scale: 0.0001 }, ask: { column: askPx, scale: 0.0001 }, bid_size: bidQty, ask_size: askQty } },
      sides: { fills: { BUY: buy, SELL: sell } }`;
    expect(impactOf(run(mapping), 'store')).toBe(plain);
  });

  it('other spellings of the date, other endings, folders of hours', async () => {
    renameSync(day('quotes'), join(data, 'quotes', 'date=2024-3-13'));
    mkdirSync(join(data, 'trades/year=2024/month=3'), { recursive: true });
    renameSync(day('trades'), join(data, 'trades/year=2024/month=3/day=13'));
    renameSync(part('fills'), join(day('fills'), 'FILLS.PARQUET'));
    mkdirSync(join(day('factors'), 'hour=10'));
    renameSync(part('factors'), join(day('factors'), 'hour=10', '000000_0'));
    const outcome = run('');
    expect(impactOf(outcome, 'store')).toBe(plain);
    expect(notesOf(outcome)).toContain(
      'read: quotes/date=2024-3-13 as 2024-03-13, trades/year=2024/month=3/day=13 as 2024-03-13',
    );
  });

  it('paths that other programs take for patterns', () => {
    // What the pattern would find is other data.
    mkdirSync(join(folder, 'd'), { recursive: true });
    const odd = join(folder, 'd[ab]*');
    rmSync(odd, { recursive: true, force: true });
    cpSync(data, odd, { recursive: true });
    cpSync(data, join(folder, 'da'), { recursive: true });
    for (const date of DATES)
      cpSync(part('quotes', '2024-03-12'), join(folder, 'da/quotes', `date=${date}`, 'part-0.parquet'));
    for (const date of DATES)
      renameSync(
        join(odd, 'quotes', `date=${date}`, 'part-0.parquet'),
        join(odd, 'quotes', `date=${date}`, '[a-z].parquet'),
      );
    const config = join(folder, 'odd.yaml');
    writeFileSync(config, `store: ${store}\ndata: { root: "${odd}" }\n${CALENDAR}\nfit: { window: 2d }\n`);
    rmSync(store, { recursive: true, force: true });
    expect(impactOf(ximJson(['run', '--date', DATE, '--config', config]), 'store')).toBe(plain);
  });
});

it('a file for each symbol, which only its folder names, is the same to rounding', async () => {
  for (const date of DATES) {
    const rows = `FROM read_parquet('${part('quotes', date)}')`;
    const symbols = (await engine.connection.runAndReadAll(`SELECT DISTINCT symbol ${rows}`)).getRows().flat();
    for (const symbol of symbols) {
      mkdirSync(join(day('quotes', date), `symbol=${symbol}`));
      await engine.connection.run(
        `COPY (SELECT * EXCLUDE (symbol) ${rows} WHERE symbol = '${symbol}') TO '${join(day('quotes', date), `symbol=${symbol}`, 'q.parquet')}' (FORMAT parquet)`,
      );
    }
    rmSync(part('quotes', date));
  }
  expect(impactOf(run(''), 'store')).toBe(plain);
});

describe('what is not read', () => {
  const refusal = (outcome: ReturnType<typeof ximJson>, message: RegExp) => {
    expect(outcome.document.error?.message).toMatch(message);
    expect(outcome.document.error.hint.length).toBeGreaterThan(5);
    expect(outcome.code).toBe(3);
  };

  it.each([
    ['a file that is being written', 'part-1.parquet.tmp'],
    ['a format of others', 'part-1.feather'],
    ['a folder without a key', 'late/part-1.parquet'],
    ['a hidden file of data', '.part-1.parquet.Xa81'],
  ])('%s leaves the day incomplete', (_, name) => {
    mkdirSync(join(day('quotes'), name, '..'), { recursive: true });
    writeFileSync(join(day('quotes'), name), name.includes('feather') ? 'ARROW1' : readFileSync(part('quotes')));
    refusal(run(''), /is not read: .*; quotes of 2024-03-13 would be incomplete/);
  });

  it('is named where it may belong to no day', () => {
    cpSync(part('quotes'), join(data, 'quotes/extra.parquet'));
    cpSync(day('quotes'), join(data, 'quotes/date=latest'), { recursive: true });
    writeFileSync(join(day('quotes'), 'README.md'), 'about');
    writeFileSync(join(day('quotes'), '_SUCCESS'), '');
    mkdirSync(join(data, 'Trade'));
    const notes = notesOf(run(''));
    expect(notes).toContain(
      'not read: quotes/date=latest (its name is no date), quotes/extra.parquet (it lies outside the folders of dates), quotes/date=2024-03-13/README.md (its ending is of neither Parquet nor CSV)',
    );
    expect(notes).toContain('Trade is not read: it would be read as trades');
    expect(notes).not.toContain('_SUCCESS');
  });

  it('a day that the window lacks and other datasets have is said', () => {
    for (const dataset of ['quotes', 'trades', 'fills', 'factors'])
      cpSync(join(repository, 'sample-data', dataset, 'date=2024-03-11'), day(dataset, '2024-03-11'), {
        recursive: true,
      });
    rmSync(day('quotes', '2024-03-12'), { recursive: true });
    expect(notesOf(run(''))).toContain(
      '2024-03-12 has trades, fills, factors but no quotes: the window does not hold it',
    );
  });

  it('two tables of the universe are one too many', () => {
    cpSync(part('fills'), join(data, 'universe.parquet'));
    refusal(run(''), /has universe.parquet and universe.csv/);
  });
});

describe('sides that are not ours', () => {
  const refusal = async (dataset: string, side: string, message: RegExp, hint: RegExp) => {
    await rewrite(dataset, `* REPLACE (${side} AS side)`, 'p.parquet', 'FORMAT parquet');
    const { code, document } = run('');
    expect(document.error?.message).toMatch(message);
    expect(document.error?.hint).toMatch(hint);
    expect(code).toBe(3);
  };

  it('letters are refused with the values found', () =>
    refusal(
      'fills',
      "CASE side WHEN 1 THEN 'B' ELSE 'S' END",
      /fills of 2024-03-12: .* no side that is known; found [BS], [BS]/,
      /data\.sides: \{ fills: \{ ("B": buy, "S": sell|"S": sell, "B": buy) \} \}/,
    ));
  it('so are 1 and 2', () =>
    refusal('fills', 'CASE side WHEN 1 THEN 1 ELSE 2 END', /no side that is known; found [12], [12]/, /data\.sides/));
  it('and a tape of 0 and 1, in which no row is a sale', () =>
    refusal(
      'trades',
      'CASE side WHEN 1 THEN 1 ELSE 0 END',
      /trades of 2024-03-12: every side is 1 or 0, and none is -1/,
      /"0": sell/,
    ));
});

it('a data folder that is none is refused by name', async () => {
  const refused = (root: string) => ximJson(['run', '--date', DATE, '--data', root, '--store', store]);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(refused(file)).toMatchObject({
    code: 3,
    document: { error: { message: expect.stringMatching(/file is no folder/) } },
  });
  const socket = join(folder, 'socket');
  const server = createServer().listen(socket);
  await new Promise((resolve) => server.once('listening', resolve));
  expect(refused(socket).document.error.message).toMatch(/socket is no folder/);
  await new Promise((resolve) => server.close(resolve));
  expect(refused(join(folder, 'nothing')).document.error.message).toMatch(/does not exist/);
});

it('a damaged gzip file is refused, though its rows could be read', async () => {
  await rewrite('fills', '*', 'f.csv', 'FORMAT csv, HEADER');
  const path = join(day('fills'), 'f.csv');
  const packed = gzipSync(readFileSync(path));
  packed[packed.length - 6] ^= 1;
  writeFileSync(`${path}.gz`, packed);
  rmSync(path);
  const { code, document } = run('');
  expect(document.error?.message).toMatch(/f\.csv\.gz is damaged: incorrect data check/);
  expect(code).toBe(3);
  expect(readdirSync(folder)).not.toContain('feed-');
});

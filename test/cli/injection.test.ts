import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { Engine } from '../../src/io/duckdb.js';
import { XimError } from '../../src/model/failure.js';
import { isPlain } from '../../src/model/plainText.js';
import { renderHtml } from '../../src/report/renderHtml.js';
import { renderMarkdown } from '../../src/report/renderMarkdown.js';
import { constrainMatrix } from '../../src/run/constrainMatrix.js';
import { tableRows } from '../../src/run/schedule/basketRows.js';
import { readVersion } from '../../src/store/store.js';
import { fullReport } from '../report/reportFixture.js';
import { alignHere, configHere, quietEffects } from '../support/alignHere.js';
import { xim } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { writeMinuteMarket } from '../support/minuteMarket.js';

/** What every word that a user gives may be: it is refused, or carried as it is and does nothing. */
const HOSTILE = [
  `'; DROP TABLE quotes; --`,
  `") FROM x; --`,
  '$(touch injected)`touch injected`',
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '../../injected',
  '__proto__',
  'constructor',
  '=cmd()|x!A0',
  'a|b,c;d\te',
  'a\nb',
  'a\0b',
  '\u202egnp.exe',
  '😀 株',
  ' ',
  '',
  '*',
  'x'.repeat(5000),
];
const DATE = '2024-03-13';
const folder = temporaryFolder();
const inside = join(folder, 'inside');
const data = join(inside, 'data');
const part = (dataset: string, name = 'part.parquet') => join(data, dataset, `date=${DATE}`, name);

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(async () => {
  rmSync(inside, { recursive: true, force: true });
  await writeMinuteMarket(engine, data, [{ date: DATE, from: `${DATE} 14:00`, to: `${DATE} 14:20` }]);
});

const SETTINGS = {
  calendar: { timezone: 'UTC', sessions: [['14:00', '14:20']] },
  align: { bucket: '60s', max_stale: '5m', max_quarantine: 1 },
  defactor: { factors: 'none' },
};
const align = (more: Readonly<Record<string, unknown>> = {}, place = inside) =>
  alignHere(engine, configHere(place, { ...SETTINGS, ...more }), DATE, folder);

/** The report of a day, or that it was refused, as what a person can mend. */
async function carried<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    expect(error).toBeInstanceOf(XimError);
    expect(['data', 'config', 'usage', 'environment']).toContain((error as XimError).kind);
    expect(isPlain((error as XimError).message.replaceAll(folder, ''))).toBe(true);
    return undefined;
  }
}

const literal = (text: string) =>
  `(${text
    .split('\0')
    .map((s) => `'${s.replaceAll("'", "''")}'`)
    .join(' || chr(0) || ')})`;
async function change(dataset: string, select: string): Promise<void> {
  await rowsOf(engine, `CREATE OR REPLACE TABLE changed AS SELECT ${select} FROM '${part(dataset)}'`);
  await rowsOf(engine, `COPY changed TO '${part(dataset)}' (FORMAT parquet)`);
}
const quotedCell = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Nothing was made beside the folders that were named, and no object has a property more. */
afterAll(() => {
  const made = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /(^|\/)injected$/.test(path),
  );
  expect(made).toEqual([]);
  expect(existsSync(join(dirname(folder), 'injected'))).toBe(false);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

describe.each(HOSTILE.map((text) => [text.length > 40 ? `${text.slice(0, 8)}…` : JSON.stringify(text), text]))(
  '%s',
  (_, text) => {
    it('as a symbol and a block', async () => {
      writeFileSync(join(data, 'universe.csv'), `symbol,block\n${quotedCell(text)},${quotedCell(text)}\nBBB,x\n`);
      for (const dataset of ['quotes', 'fills'])
        await change(dataset, `* REPLACE (CASE WHEN symbol = 'AAA' THEN ${literal(text)} ELSE symbol END AS symbol)`);
      const day = await carried(() => align());
      if (day) expect(day.report.symbols).toEqual([text, 'BBB']);
      expect(day === undefined).toBe(text === '' || !isPlain(text));
    });

    it('as a venue, an identifier of a fill, and a venue of the configuration', async () => {
      await change(
        'fills',
        `* REPLACE (${literal(text)} AS venue), ${literal(text)} AS child_id, ${literal(text)} AS parent_id`,
      );
      const day = await carried(() => align({ align: { ...SETTINGS.align, clock_offsets: { [text]: '1ms' } } }));
      if (day) expect(day.report.venues).toEqual([text]);
    });

    it('as a value of a column, and of the rows that are meant', async () => {
      await carried(() => align({ data: { columns: { fills: { venue: { value: text } } } } }));
      await carried(() => align({ data: { rows: { fills: { symbol: [text] } } } }));
      await carried(() => align({ data: { columns: { quotes: { bid: text } } } }));
    });

    it('as a factor and as the label of an event', async () => {
      mkdirSync(dirname(part('factors')), { recursive: true });
      const long = `SELECT DISTINCT ts, ${literal(text)} AS factor, 1.0 AS ret_bps FROM '${part('quotes')}'`;
      await rowsOf(engine, `COPY (${long}) TO '${part('factors')}' (FORMAT parquet)`);
      writeFileSync(
        join(data, 'events.csv'),
        `start,end,symbol,label\n${DATE}T14:05:00Z,${DATE}T14:06:00Z,AAA,${quotedCell(text)}\n`,
      );
      const day = await carried(() => align({ defactor: { factors: 'given' } }));
      if (day) expect(day.report.factors).toEqual([text]);
    });

    it('as a folder and as a file of the data', async () => {
      const name = `${text.replaceAll('/', '_')}.parquet`;
      const isName = !name.includes('\0') && name.length < 200;
      if (!isName) return;
      renameSync(part('quotes'), part('quotes', name));
      const day = await carried(() => align());
      if (day) expect(day.report.datasets.quotes.files).toEqual([`quotes/date=${DATE}/${name}`]);
      const place = join(folder, `at ${text.replaceAll('/', '_')}`);
      rmSync(place, { recursive: true, force: true });
      renameSync(inside, place);
      const moved = await carried(() => align({}, place));
      if (moved) expect(existsSync(join(place, 'store'))).toBe(true);
    });

    it('as the name of a model, and the path of a configuration', async () => {
      const load = (path: string, model: string) =>
        loadConfig({ path, environment: {}, flags: [{ path: 'model', text: model, writtenAs: '--set' }], cwd: folder });
      const loaded = await carried(async () => load('/dev/null/none', text));
      expect(loaded).toBeUndefined();
      // The path is the user's own word: what is said of it is made visible where it is printed.
      expect(() => load(text === '' ? ' ' : text, 'm')).toThrow();
    });

    it('as a cell of a basket', async () => {
      const path = join(folder, 'basket.csv');
      writeFileSync(path, `symbol,side,qty\n${quotedCell(text)},buy,1\n`);
      const rows = await carried(() => tableRows(path, async () => engine));
      if (rows?.[0]) expect(rows[0].cells.symbol ?? '').toBe(text);
    });

    it('in a report', () => {
      const report = fullReport();
      const names = report.names.map((name, k) => (k === 0 ? { ...name, symbol: text, block: text } : name));
      const data = { ...report, model: text, names, notes: [text], asof: report.asof };
      const page = renderHtml(data);
      expect(page.match(/<script/g)?.length ?? 0).toBe(renderHtml(report).match(/<script/g)?.length ?? 0);
      expect(page).not.toContain('<img src=x');
      const rows = (markdown: string) => markdown.split('\n').filter((line) => line.startsWith('|')).length;
      if (isPlain(text)) expect(rows(renderMarkdown(data))).toBe(rows(renderMarkdown(report)));
    });
  },
);

describe('the names of a matrix', () => {
  it('go through a store as they are', async () => {
    const names = HOSTILE.filter((text) => text.trim() !== '' && isPlain(text));
    const path = join(folder, 'matrix.csv');
    const row = (i: number) => names.map((_, j) => (i === j ? 1 : 0.01)).join(',');
    writeFileSync(
      path,
      `${['', ...names.map(quotedCell)].join(',')}\n${names.map((name, i) => `${quotedCell(name)},${row(i)}`).join('\n')}\n`,
    );
    const config = configHere(inside, { model: 'matrix' });
    const version = await constrainMatrix(
      config,
      { path, keepZeros: false },
      async () => engine,
      quietEffects(folder),
      '0',
    );
    const read = readVersion(config.store, version.folder);
    expect(read.manifest.universe.names).toEqual(names);
    for (const object of read.manifest.objects)
      if (object.name.endsWith('.html'))
        expect(readFileSync(join(config.store, 'objects', `${object.sha256}.html`), 'utf8')).not.toContain(
          '<script>alert',
        );
  });

  it.each(HOSTILE.filter((text) => !isPlain(text)))('are refused where they cannot be seen: %j', async (text) => {
    const path = join(folder, 'matrix.csv');
    writeFileSync(path, `${quotedCell(text)},B\n1,0\n0,1\n`);
    const request = { path, keepZeros: false };
    const refused = await carried(() =>
      constrainMatrix(configHere(inside, {}), request, async () => engine, quietEffects(folder), '0'),
    );
    expect(refused).toBeUndefined();
  });
});

describe('words of the command line', () => {
  it('are printed without what moves a cursor', () => {
    const { code, stderr } = xim(['config', '--config', 'a\nb\u202e\u001b[2J'], { cwd: folder });
    expect(code).toBe(2);
    expect(stderr).toContain('b\\u202e\\u001b[2J');
  });

  it.each([
    ['--scenario', ['simulate', join(folder, 'sim'), '--scenario', '$(touch injected)']],
    ['a reference', ['show', `../../injected'; --`, '--store', inside]],
    ['a date', ['align', '--date', '$(touch injected)', '--store', inside]],
    ['a store', ['list', '--store', '<script>alert(1)</script>']],
    ['a reason', ['promote', 'candidate', '--reason', 'a\nb\u001b[2J', '--store', inside]],
  ])('%s is refused with one document', (_, args) => {
    const { code, stdout } = xim([...args, '--json'], { cwd: folder });
    expect([2, 3, 10]).toContain(code);
    expect(JSON.parse(stdout).error.message).toBeTruthy();
  });
});

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { repository, xim, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const data = join(folder, 'data');
const store = join(folder, 'store');
const DATE = '2024-03-13';
const quotes = join(data, 'quotes', `date=${DATE}`, 'part-0.parquet');
const command = (...more: string[]) => [
  'run',
  '--date',
  DATE,
  '--config',
  'configs/sample.yaml',
  '--data',
  data,
  '--store',
  store,
  ...more,
];
const one = (dataset: string) => join(repository, 'sample-data', dataset, `date=${DATE}`, 'part-0.parquet');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
beforeEach(() => {
  rmSync(data, { recursive: true, force: true });
  rmSync(store, { recursive: true, force: true });
  cpSync(join(repository, 'sample-data/universe.csv'), join(data, 'universe.csv'));
  for (const dataset of ['quotes', 'trades', 'fills', 'factors'])
    cpSync(one(dataset), join(data, dataset, `date=${DATE}`, 'part-0.parquet'));
});

const rewrite = (select: string, dataset = 'quotes') =>
  engine.connection.run(
    `COPY (SELECT ${select.replace('$', `FROM '${one(dataset)}'`)}) TO '${join(data, dataset, `date=${DATE}`, 'part-0.parquet')}' (FORMAT parquet)`,
  );

/** Runs and expects one sentence of complaint, the exit code, and nothing half-written. */
function expectRefusal(code: number, message: RegExp, ...more: string[]): void {
  const { code: found, document } = ximJson(command(...more));
  expect(document.error?.message).toMatch(message);
  expect(document.error.hint.length).toBeGreaterThan(5);
  expect(found).toBe(code);
  const versions = join(store, 'versions');
  expect(existsSync(versions) ? readdirSync(versions) : []).toEqual([]);
  expect(existsSync(join(store, 'lock'))).toBe(false);
}

describe('bad input ends with one sentence and the right code', () => {
  it('missing folder', () => {
    rmSync(data, { recursive: true });
    expectRefusal(3, /data folder .* does not exist/);
  });
  it('empty file', () => {
    writeFileSync(quotes, '');
    expectRefusal(3, /part-0\.parquet is empty \(0 bytes\)/);
  });
  it('truncated file', () => {
    writeFileSync(quotes, readFileSync(quotes).subarray(0, 20_000));
    expectRefusal(3, /part-0\.parquet is cut off/);
  });
  it('damaged file', () => {
    const bytes = readFileSync(quotes);
    bytes.fill(7, 100, 60_000);
    writeFileSync(quotes, bytes);
    expectRefusal(3, /part-0\.parquet cannot be read/);
  });
  it('renamed text file', () => {
    writeFileSync(quotes, 'ts,symbol,bid,ask\n');
    expectRefusal(3, /not a Parquet file: it starts with "ts,s"/);
  });
  it('missing column', async () => {
    await rewrite('* EXCLUDE (bid) $');
    expectRefusal(3, /has no column "bid"; it has ts, symbol, ask/);
  });
  it('column of the wrong type', async () => {
    await rewrite('* REPLACE (bid::VARCHAR AS bid) $');
    expectRefusal(3, /column "bid" is VARCHAR, not a number/);
  });
  it('stamps that are plain integers', async () => {
    await rewrite('* REPLACE (epoch_ns(ts) AS ts) $');
    expectRefusal(3, /column "ts" is BIGINT, not a timestamp/);
  });
  it('a name without quotes', async () => {
    await rewrite("* $ WHERE symbol <> 'SIM3'");
    expectRefusal(3, /SIM3: no quote gives a move/);
  });
  it('a day in the wrong time zone', async () => {
    await rewrite('* REPLACE (ts - INTERVAL 30 MINUTE AS ts) $');
    expectRefusal(3, /lie outside calendar\.sessions in America\/New_York/);
  });
  it('rows out of order', async () => {
    await rewrite('* $ ORDER BY hash(ts)');
    expectRefusal(3, /most often out_of_order .* of quotes\/date=2024-03-13\/part-0\.parquet/);
  });
  it('the same file twice', () => {
    cpSync(quotes, quotes.replace('part-0', 'part-1'));
    expectRefusal(3, /part-1\.parquet has the same content as .*part-0\.parquet/);
  });
  /** Another writer's export of some rows beside the file: no byte, no type of a number is the same. */
  const alsoExport = (dataset: string, replaced: string, where: string) =>
    engine.connection.run(
      `COPY (SELECT * EXCLUDE (file_row_number) REPLACE (${replaced}) FROM read_parquet('${one(dataset)}', file_row_number = true)
         WHERE ${where} ORDER BY file_row_number)
       TO '${join(data, dataset, `date=${DATE}`, 'export.parquet')}' (FORMAT parquet)`,
    );
  const AS_DOUBLES: Readonly<Record<string, string>> = {
    fills: 'price::DOUBLE AS price, qty::DOUBLE AS qty, side::BIGINT AS side',
    trades: 'price::DOUBLE AS price, size::DOUBLE AS size',
    factors: 'MARKET::DOUBLE AS MARKET',
  };
  it.each(Object.keys(AS_DOUBLES))('%s that a second file repeats in part', async (dataset) => {
    await alsoExport(dataset, AS_DOUBLES[dataset], 'file_row_number % 5 = 0');
    expectRefusal(3, new RegExp(`${dataset} of ${DATE}: 16\\.67 % of the rows .* most often duplicate`));
  });
  it('fills without identifiers that a second file repeats', async () => {
    await rewrite('* EXCLUDE (child_id) $', 'fills');
    await alsoExport('fills', AS_DOUBLES.fills, 'true');
    expectRefusal(3, new RegExp(`fills of ${DATE}: 50\\.00 % of the rows .* most often duplicate`));
  });
  it('but not a day in two files that interleave, prints alike within one file included', async () => {
    for (const dataset of ['fills', 'trades', 'factors']) {
      await alsoExport(dataset, AS_DOUBLES[dataset], 'file_row_number % 2 = 1');
      await rewrite(
        `* EXCLUDE (file_row_number) FROM read_parquet('${one(dataset)}', file_row_number = true)
        WHERE file_row_number % 2 = 0 ORDER BY file_row_number`,
        dataset,
      );
    }
    const [trades, twice] = [join(data, 'trades', `date=${DATE}`), `SELECT * FROM '${one('trades')}' LIMIT 40`];
    await engine.connection.run(
      `COPY (SELECT * FROM '${join(trades, 'export.parquet')}' UNION ALL BY NAME SELECT * FROM (${twice}) UNION ALL BY NAME SELECT * FROM (${twice}) ORDER BY ts)
       TO '${join(trades, 'more.parquet')}' (FORMAT parquet)`,
    );
    rmSync(join(trades, 'export.parquet'));
    const { code, document } = ximJson(['align', ...command().slice(1)]);
    expect(code).toBe(0);
    const { fills, trades: tape, factors } = document.days[0].datasets;
    for (const { files, rows, used } of [fills, factors]) expect([files.length, used]).toEqual([2, rows]);
    // Of forty rows written twice more, the twenty of the first file have one copy there and the others none.
    expect(tape.rows - tape.used).toBe(tape.quarantined.duplicate);
    expect(tape.quarantined).toEqual({ duplicate: 20 });
  });
  it('a dataset without the day', () => {
    rmSync(join(data, 'fills', `date=${DATE}`), { recursive: true });
    expectRefusal(3, /fills\/date=2024-03-13 .* has no Parquet file|no folder fills/);
  });
  it('a day without a single quote', async () => {
    await rewrite('* $ WHERE false');
    expectRefusal(3, /quotes of 2024-03-13: none of 0 rows can be used/);
  });
  it('days whose factors differ', async () => {
    const before = DATE.replace('13', '12');
    for (const dataset of ['quotes', 'trades', 'fills', 'factors'])
      cpSync(join(repository, 'sample-data', dataset, `date=${before}`), join(data, dataset, `date=${before}`), {
        recursive: true,
      });
    await rewrite('* RENAME (SECTORA AS VALUE) $', 'factors');
    expectRefusal(3, /factors of 2024-03-13 are .*VALUE; those of 2024-03-12 are .*SECTORA/);
  });
  it('factors that are mostly missing', async () => {
    await rewrite('* REPLACE (CASE WHEN epoch_ns(ts) % 3000000000 = 0 THEN SECTORA END AS SECTORA) $', 'factors');
    expectRefusal(3, /factors of 2024-03-13: .* most often non_finite/);
  });
  it('a store that is a file', () => {
    writeFileSync(store, 'x');
    const { code, document } = ximJson(command());
    rmSync(store);
    expect([code, document.error.message]).toEqual([2, expect.stringMatching(/is a file/)]);
  });
  it('mids that never move', async () => {
    await rewrite('* REPLACE (100.0 AS bid, 101.0 AS ask) $');
    expectRefusal(4, /no mid moves in the window/, '--set', 'align.max_quarantine=1', '--set', 'align.max_stale=2h');
  });
  it.each([
    ['fit.windoww=5d', /unknown key "fit\.windoww"/],
    ['constrain.floor=-0.1', /constrain\.floor: -0\.1 is too small: it must be at least 0/],
    ['constrain.rho=1.5', /constrain\.rho: 1\.5 is too large: it must be at most 1/],
    ['align.bucket=soon', /align\.bucket: "soon" is not a duration/],
    ['align.bucket=50m', /\["13:00", "13:45"\] is shorter than a bucket of 3000000 ms/],
    ['calendar.timezone=Mars', /calendar\.timezone: "Mars" is not a time zone/],
    ['fit.penalty.lambda=much', /fit\.penalty\.lambda: "much" fits none/],
    ['flow.concavity=0', /flow\.concavity: 0 is too small: it must be above 0/],
  ])('--set %s', (setting, message) => {
    expectRefusal(2, message, '--set', setting);
  });
  it('work that needs more memory than is allowed', () => {
    expectRefusal(
      2,
      /9 names, 6300000 buckets .* need about 11\.0 GB, engine\.memory is 4\.0 GB/,
      '--set',
      'align.bucket=1ms',
    );
    expect(existsSync(join(store, 'stages', 'align'))).toBe(false);
  });
  it('a date without data', () => {
    const { code, document } = ximJson([
      'run',
      '--date',
      '2024-03-14',
      '--config',
      'configs/sample.yaml',
      '--data',
      data,
      '--store',
      store,
    ]);
    expect(code).toBe(3);
    expect(document.error.message).toMatch(/no quotes for 2024-03-14/);
    expect(document.error.hint).toContain('2024-03-13');
  });
});

describe('difficult input gives a result without NaN', () => {
  it.each([
    [
      'one name',
      () => writeFileSync(join(data, 'universe.csv'), 'symbol,block\nSIM1,A\n'),
      ['--set', 'align.max_quarantine=1'],
    ],
    ['more names than buckets', () => {}, ['--set', 'align.bucket=15m', '--set', 'fit.fold=15m']],
    ['constant flow', () => rewrite('* REPLACE (500 AS qty, 1 AS side) $', 'fills'), []],
    [
      'two identical names',
      () =>
        rewrite(
          "* $ WHERE symbol <> 'SIM2' UNION ALL SELECT * REPLACE ('SIM2' AS symbol) $ WHERE symbol = 'SIM1' ORDER BY ts".replaceAll(
            '$',
            `FROM '${one('quotes')}'`,
          ),
        ),
      [],
    ],
    ['rows out of order, sorted', () => rewrite('* $ ORDER BY hash(ts)'), ['--set', 'align.out_of_order=sort']],
  ] as [string, () => unknown, string[]][])('%s', async (_, prepare, settings) => {
    await prepare();
    const { code, document } = ximJson(command(...settings));
    expect([0, 1]).toContain(code);
    expect(document.certificate).toBe('passed');
    expect(ximJson(['verify', '--store', store]).code).toBe(0);
  });

  it('rows in any order give the buckets of rows in order', async () => {
    const ordered = ximJson(command()).document;
    await rewrite('* $ ORDER BY symbol, ts');
    const bySymbol = ximJson(command()).document;
    expect(bySymbol.kernel).toEqual(ordered.kernel);
    expect(bySymbol.metrics).toEqual(ordered.metrics);
  });
});

describe('identifiers', () => {
  it('of any type tell repeated fills; a missing one says nothing', async () => {
    await rewrite(
      "* REPLACE (CASE WHEN hash(child_id) % 2 = 0 THEN CAST(substr(child_id, 2) AS BIGINT) END AS child_id, date_trunc('second', ts) AS ts) $",
      'fills',
    );
    const { fills } = ximJson(['align', ...command().slice(1)]).document.days[0].datasets;
    expect(fills.quarantined.duplicate).toBeUndefined();
    await rewrite(
      '* $ UNION ALL (SELECT * FROM (SELECT * $ LIMIT 7)) ORDER BY ts'.replaceAll('$', `FROM '${one('fills')}'`),
      'fills',
    );
    expect(ximJson(['align', ...command().slice(1)]).document.days[0].datasets.fills.quarantined).toEqual({
      duplicate: 7,
    });
  });
});

describe('a stray stamp outside the sessions', () => {
  it('does not make the rows after it late', async () => {
    const stray =
      "* REPLACE (CASE WHEN file_row_number = 100 THEN ts + INTERVAL 8 HOUR ELSE ts END AS ts) FROM read_parquet('%', file_row_number = true)".replace(
        '%',
        one('quotes'),
      );
    await engine.connection.run(
      `COPY (SELECT * EXCLUDE (file_row_number) FROM (SELECT ${stray}) ORDER BY symbol, file_row_number) TO '${quotes}' (FORMAT parquet)`,
    );
    cpSync(one('quotes'), quotes.replace('part-0', 'part-1'));
    await rewrite('* $ WHERE hash(ts) % 2 = 0');
    await engine.connection.run(
      `COPY (SELECT * EXCLUDE (file_row_number) FROM (SELECT ${stray}) WHERE hash(ts) % 2 = 1 ORDER BY file_row_number) TO '${quotes.replace('part-0', 'part-1')}' (FORMAT parquet)`,
    );
    const { document } = ximJson(['align', ...command().slice(1)]);
    expect(document.days[0].datasets.quotes.quarantined.out_of_order).toBeUndefined();
    rmSync(quotes.replace('part-0', 'part-1'));
  });
});

describe('the command line', () => {
  it('knows a store from a path without one', () => {
    for (const name of ['list', 'verify', 'gc', 'unlock'])
      expect(ximJson([name, '--store', join(folder, 'nowhere')]).code).toBe(10);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('helps, and ends with 2 when used wrongly', () => {
    expect(xim(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect(xim(['--version']).stdout.trim()).toBe(
      JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).version,
    );
    expect(xim(['run']).code).toBe(2);
    expect(xim(['bogus']).code).toBe(2);
    expect(xim(['run', '--date', 'yesterday']).code).toBe(2);
    expect(ximJson(['run']).document.error.kind).toBe('usage');
  });

  it('prints one JSON document in failure too, and nothing else', () => {
    const { stdout, stderr } = xim(['show', 'nothing', '--store', join(folder, 'absent'), '--json']);
    expect(JSON.parse(stdout).error.kind).toBe('notFound');
    expect(stderr).toBe('');
  });

  it('resolves flag over environment over file over default, and says which', () => {
    const { stdout } = xim(['config', '--show-origin', '--config', 'configs/sample.yaml', '--window', '3d', '--json'], {
      env: { XIM_FIT__WINDOW: '9d', XIM_ALIGN__BUCKET: '5s' },
    });
    const { config, origins } = JSON.parse(stdout);
    expect([config.fit.window, origins['fit.window']]).toEqual(['3d', 'flag']);
    expect([config.align.bucket, origins['align.bucket']]).toEqual(['5s', 'environment']);
    expect([config.model, origins.model]).toEqual(['sample', 'file']);
    expect([config.align.locked, origins['align.locked']]).toEqual(['keep', 'default']);
  });

  it('names the nearest key for a wrong one in a file or the environment', () => {
    writeFileSync(join(folder, 'wrong.yaml'), 'fit: { halflife: 5d }\n');
    expect(xim(['config', '--config', join(folder, 'wrong.yaml')]).stderr).toMatch(
      /unknown key "fit\.halflife".*\n.*"fit\.half_life"/,
    );
    expect(xim(['config'], { env: { XIM_FIT__WINDOWS: '5d' } }).stderr).toMatch(/XIM_FIT__WINDOWS.*\n.*"fit\.window"/);
  });

  it('plans without writing', () => {
    const { code, document } = ximJson(command('--dry-run'));
    expect(code).toBe(0);
    expect(document).toMatchObject({ result: 'to be calibrated', dates: [{ date: DATE, buckets: 'to be made' }] });
    expect(existsSync(store)).toBe(false);
  });

  it('runs each stage by itself', () => {
    const at = ['--date', DATE, '--config', 'configs/sample.yaml', '--data', data, '--store', store];
    const aligned = ximJson(['align', ...at]).document.days[0];
    expect(aligned.datasets.quotes.rows).toBe(aligned.datasets.quotes.used);
    expect(readdirSync(aligned.folder).sort()).toEqual([
      'align.json',
      'factors.columns',
      'factors.parquet',
      'files.json',
      'flow.columns',
      'flow.parquet',
      'market.columns',
      'market.parquet',
    ]);
    const factors = ximJson(['defactor', ...at]).document;
    expect(factors.factors).toEqual(['MARKET', 'SECTORA', 'SECTORB', 'SECTORC']);
    expect(factors.largestResidualCorrelation).toBeLessThan(1e-10);
    expect(ximJson(['fit', ...at]).document.K).toHaveLength(9);
    expect(ximJson(['constrain', ...at]).document.checks.every((c: { passed: boolean }) => c.passed)).toBe(true);
    const junit = join(folder, 'gates.xml');
    expect(ximJson(['validate', ...at, '--junit', junit]).code).toBe(0);
    expect(readFileSync(junit, 'utf8')).toMatch(
      /<testsuite name="sample 2024-03-13" tests="15" failures="0" skipped="4"/,
    );
  });

  it('takes the volume of the prior from the universe, else from the tape, else from own flow, and says which', () => {
    const noteOf = (...more: string[]) => {
      const { code, document } = ximJson(command('--force', ...more));
      expect([0, 1]).toContain(code);
      return ximJson(['show', document.id, '--store', store]).document.manifest.notes.join();
    };
    expect(noteOf()).toContain('volume is adv of the universe');
    const universe = readFileSync(join(data, 'universe.csv'), 'utf8').replaceAll(/^(\w+),(\w+),\w+,/gm, '$1,$2,');
    writeFileSync(join(data, 'universe.csv'), universe);
    expect(universe).toMatch(/^symbol,block,tick_size\nSIM1,SECTORA,0\.01/);
    expect(noteOf()).toContain('volume is that of the tape');
    rmSync(join(data, 'trades'), { recursive: true });
    expect(noteOf()).toContain('volume is own flow (no adv given)');
  });

  it('writes other residuals when an earlier day of the window has changed', async () => {
    const before = '2024-03-12';
    for (const dataset of ['quotes', 'trades', 'fills', 'factors'])
      cpSync(join(repository, 'sample-data', dataset, `date=${before}`), join(data, dataset, `date=${before}`), {
        recursive: true,
      });
    const residuals = () => {
      const { code, document } = ximJson(['defactor', ...command('--set', 'fit.window=2d').slice(1)]);
      expect(code).toBe(0);
      return readFileSync(document.residuals);
    };
    const first = residuals();
    expect(residuals().equals(first)).toBe(true);
    const fills = join(data, 'fills', `date=${before}`, 'part-0.parquet');
    await engine.connection.run(
      `COPY (SELECT * REPLACE ((-side)::TINYINT AS side) FROM '${join(repository, 'sample-data/fills', `date=${before}`, 'part-0.parquet')}') TO '${fills}' (FORMAT parquet)`,
    );
    expect(residuals().equals(first)).toBe(false);
  });

  it('shows hostile symbols as text in report and terminal', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const universe = readFileSync(join(data, 'universe.csv'), 'utf8').replace('SIM1,', `${evil},`);
    writeFileSync(join(data, 'universe.csv'), universe);
    for (const dataset of ['quotes', 'trades', 'fills'])
      await rewrite(`* REPLACE (if(symbol = 'SIM1', '${evil}', symbol) AS symbol) $`, dataset);
    const { document } = ximJson(command());
    const manifest = JSON.parse(readFileSync(join(store, 'versions', document.version, 'manifest.json'), 'utf8'));
    const { sha256 } = manifest.objects.find((o: { name: string }) => o.name === 'report.html');
    const html = readFileSync(join(store, 'objects', `${sha256}.html`), 'utf8');
    expect(html).not.toContain('<img');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });
});

it('ends without a word when its reader closes the pipe', () => {
  const command = `${process.execPath} bin/xim.js schema --json | head -c 10; ${process.execPath} bin/xim.js show --store /nowhere --json | true`;
  const { stderr } = spawnSync('bash', ['-c', command], { cwd: repository, encoding: 'utf8' });
  expect(stderr).toBe('');
});

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { xim, ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const data = join(folder, 'data');
const store = join(folder, 'store');
const DATES = ['2024-03-06', '2024-03-07', '2024-03-08'];
const common = (...more: string[]) => ['--config', join(folder, 'xim.yaml'), '--store', store, '--data', data, ...more];
const whole = ['--from', DATES[0], '--to', DATES[2]];
const card = (...more: string[]) => ximJson(['scorecard', ...common(...more)]);
const partition = (dataset: string, date = DATES[0], root = data) =>
  join(root, dataset, `date=${date}`, 'part-0.parquet');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
  writeFileSync(
    join(folder, 'scenario.yaml'),
    'days: 3\nnames: 5\nblocks: 2\nsessions: [["10:00", "10:30"]]\nflow: { minutes: 3 }\narms: { unit: basket, saving_bps: 20 }\n',
  );
  writeFileSync(
    join(folder, 'xim.yaml'),
    'calendar: { timezone: America/New_York, sessions: [["10:00", "10:30"]] }\nfit: { window: 3d, fold: 10m }\n',
  );
  expect(xim(['simulate', data, '--scenario', join(folder, 'scenario.yaml')]).code).toBe(0);
});
afterAll(() => engine.close());

/** The data with one file rewritten; links to nothing of the original. */
async function changed(dataset: string, select: string): Promise<string> {
  const root = join(folder, 'changed');
  rmSync(root, { recursive: true, force: true });
  cpSync(data, root, { recursive: true });
  await engine.connection.run(
    `COPY (${select.replaceAll('$', `'${partition(dataset)}'`)}) TO '${partition(dataset, DATES[0], root)}' (FORMAT parquet)`,
  );
  return root;
}

describe('xim scorecard', () => {
  it('says that self and cross impact are absent before there is a version', () => {
    const { document } = card('--date', DATES[0]);
    expect(document.version).toBeNull();
    const [all] = document.scorecard.groups;
    expect(Object.keys(all.parts)).toEqual(['spread', 'residual']);
    expect(document.scorecard.notes.join()).toMatch(/self and cross impact are absent/);
    expect(document.scorecard.intervals.clusteredBy).toBe('basket');
  });

  it('decomposes by the candidate, as by its id', () => {
    const { document: run } = ximJson(['run', '--date', DATES[2], ...common()]);
    const { code, document } = card(...whole);
    expect(document.version).toBe(run.version);
    expect(document.decomposed).toEqual({ impact: true, factors: true });
    const [all] = document.scorecard.groups;
    const parts = Object.values(all.parts as Record<string, number>);
    expect(Math.abs(parts.reduce((sum, part) => sum + part, 0) - all.shortfall.mean.value)).toBeLessThan(1e-9);
    // The version was fitted on these days: most of what orders cost beyond the saving is impact.
    expect(all.parts.self).toBeGreaterThan(0.5);
    expect(document.scorecard.regimeEdges.spread).toBeGreaterThan(0);
    const verdicts = Object.fromEntries(
      document.scorecard.gates.map((g: { name: string; verdict: string }) => [g.name, g.verdict]),
    );
    expect(verdicts.q95_improvement).toBe('passed');
    expect(code).toBe(Object.values(verdicts).every((v) => v === 'passed') ? 0 : 1);
    expect(card(...whole, '--ref', run.id.slice(0, 8)).document).toEqual(document);
  });

  it('plans an experiment by the orders at hand', () => {
    const { code, document } = card(...whole, '--plan');
    expect(code).toBe(0);
    expect(document.source).toMatchObject({ size: 'measured', icc: 'measured' });
    expect(document.plan.designEffect).toBeCloseTo(
      1 + (document.plan.clustering.met - 1) * document.plan.clustering.icc,
      12,
    );
    expect(card(...whole, '--plan', '--icc', '0').document.plan.designEffect).toBe(1);
  });

  it('says why schedules of so few days are not replayed', () => {
    const { document } = ximJson(['run', '--date', DATES[2], ...common()]);
    const { document: shown } = ximJson(['show', document.id, ...common()]);
    expect(shown.manifest.metrics.scheduleReplay.notApplicable).toMatch(/^3 days: half of them make a schedule/);
    expect(xim(['show', document.id, ...common()]).stdout).toMatch(/schedules replayed: Not applicable: 3 days/);
  });

  it('exits 1 when a gate fails, and prints a table', () => {
    const strict = [...whole, '--set', 'validate.gates.q95_improvement=0.99'];
    const { code, stdout } = xim(['scorecard', ...common(...strict, '--quiet')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/arm treatment/);
    expect(stdout).toMatch(/q95_improvement +failed/);
    expect(stdout.split('\n').every((line) => line.length < 400)).toBe(true);
  });

  it('exits 1 when an arm has too few orders to judge', async () => {
    const root = await changed(
      'parents',
      "SELECT * FROM $ WHERE arm = 'control' OR parent_id IN (SELECT parent_id FROM $ WHERE arm = 'treatment' LIMIT 5)",
    );
    const { code, document } = card('--date', DATES[0], '--data', root);
    expect(code).toBe(1);
    expect(document.scorecard.gates[0]).toMatchObject({
      name: 'q95_improvement',
      verdict: 'not enough data',
      value: 5,
    });
  });

  it('has no gates without arms, and exits 0', async () => {
    const root = await changed('parents', 'SELECT * EXCLUDE (arm) FROM $');
    const { code, document } = card('--date', DATES[0], '--data', root);
    expect(code).toBe(0);
    expect(new Set(document.scorecard.gates.map((g: { verdict: string }) => g.verdict))).toEqual(
      new Set(['not applicable']),
    );
  });

  it('reports rows that cannot be used, with file, row and value', async () => {
    const root = await changed(
      'parents',
      `SELECT * EXCLUDE (k) REPLACE (CASE WHEN k = 1 THEN 'NOPE' ELSE symbol END AS symbol, CASE WHEN k = 2 THEN 0 ELSE qty END AS qty,
         CASE WHEN k = 3 THEN arrival_ts - INTERVAL 1 SECOND ELSE deadline_ts END AS deadline_ts,
         CASE WHEN k = 4 THEN 'P6' ELSE parent_id END AS parent_id)
       FROM (SELECT *, row_number() OVER () - 1 AS k FROM $) ORDER BY k`,
    );
    const { document } = card('--date', DATES[0], '--data', root);
    const issues = Object.fromEntries(document.issues.map((i: { issue: string; count: number }) => [i.issue, i.count]));
    expect(issues).toMatchObject({
      parent_unknown_symbol: 1,
      parent_non_positive_qty: 1,
      parent_deadline_before_arrival: 1,
      parent_duplicate_id: 1,
    });
    expect(issues.fill_of_parent_set_aside + issues.fill_without_parent).toBeGreaterThan(0);
    const unknown = document.issues.find((i: { issue: string }) => i.issue === 'parent_unknown_symbol');
    expect(unknown.examples).toEqual([
      { file: `parents/date=${DATES[0]}/part-0.parquet`, row: 1, value: expect.stringMatching(/symbol "NOPE"/) },
    ]);
  });

  it('takes the quoted mid where there is no arrival_mid', async () => {
    const { document } = card('--date', DATES[0]);
    const root = await changed('parents', 'SELECT * EXCLUDE (arrival_mid) FROM $');
    const without = card('--date', DATES[0], '--data', root).document;
    const mean = (d: typeof document) => d.scorecard.groups[0].shortfall.mean.value;
    // Ticks of a cent round the quoted mid; orders of the first second have no quote at all.
    expect(Math.abs(mean(without) - mean(document))).toBeLessThan(0.5);
    expect(without.issues.map((i: { issue: string }) => i.issue)).toContain('parent_no_arrival_mid');
  });

  it('takes mids at bucket edges from buckets of the user’s own', () => {
    const { document: aligned } = ximJson(['align', '--date', DATES[0], ...common()]);
    const root = join(folder, 'bucketed');
    for (const dataset of ['parents', 'fills']) cpSync(join(data, dataset), join(root, dataset), { recursive: true });
    cpSync(join(data, 'universe.csv'), join(root, 'universe.csv'));
    const target = join(root, 'buckets', `date=${DATES[0]}`);
    mkdirSync(target, { recursive: true });
    for (const file of ['market', 'flow', 'factors'])
      cpSync(join(aligned.days[0].folder, `${file}.parquet`), join(target, `${file}.parquet`));
    const events = card('--date', DATES[0]).document.scorecard;
    const { document } = card('--date', DATES[0], '--data', root, '--set', 'data.source=buckets');
    const [own] = document.scorecard.groups;
    expect(own.parents).toBe(events.groups[0].parents);
    expect(Math.abs(own.shortfall.mean.value - events.groups[0].shortfall.mean.value)).toBeLessThan(0.1);
    expect(Math.abs(own.parts.self - events.groups[0].parts.self)).toBeLessThan(0.1);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['no date', [], 2, /no date given/],
    ['a date without parents', ['--date', '2024-05-01'], 3, /there are no parents for 2024-05-01/],
    ['a version that is not there', ['--date', DATES[0], '--ref', 'feedbeef'], 10, /no version matches "feedbeef"/],
    [
      'a control that no order has',
      ['--date', DATES[0], '--set', 'validate.arms.control=base'],
      3,
      /in the arm "base"/,
    ],
    [
      'buckets of another width',
      ['--date', DATES[0], '--set', 'align.bucket=2s'],
      3,
      /buckets of 1000 ms, align.bucket is 2s/,
    ],
  ])('refuses %s', (_, args, code, message) => {
    const found = card(...args);
    expect([found.code, found.document.error?.message]).toEqual([code, expect.stringMatching(message)]);
  });

  it('refuses parents without a column that it needs', async () => {
    const root = await changed('parents', 'SELECT * EXCLUDE (deadline_ts) FROM $');
    const { code, document } = card('--date', DATES[0], '--data', root);
    expect([code, document.error.message]).toEqual([3, expect.stringMatching(/has no column "deadline_ts"/)]);
    const fills = await changed('fills', 'SELECT * EXCLUDE (parent_id) FROM $');
    expect(card('--date', DATES[0], '--data', fills).document.error.message).toMatch(/has no column "parent_id"/);
  });

  it('writes nothing in a dry run', () => {
    const other = join(folder, 'other');
    const { code, document } = ximJson(['scorecard', ...common(...whole, '--dry-run'), '--store', other]);
    expect([code, document.dates]).toEqual([0, DATES]);
    expect(existsSync(other)).toBe(false);
  });
});

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shown } from '../../src/report/html.js';
import { readJson, xim } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { sampleRunInto } from '../support/sampleRun.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const LARGEST_REPORT = 3 * 2 ** 20;

const folder = temporaryFolder();
let browser: Browser;

/** Runs and returns the path of the report. */
function reportOf(name: string, ...args: string[]): string {
  const store = join(folder, name);
  const { code, stderr } = xim(['run', '--store', store, '--quiet', ...args]);
  if (code !== 0 && code !== 1) throw new Error(`run ended with ${code}: ${stderr}`);
  return newestReport(store);
}

function newestReport(store: string, file = 'report.html'): string {
  const { version } = readJson(join(store, 'aliases', 'candidate.json'));
  const { objects } = readJson(join(store, 'versions', version, 'manifest.json'));
  const { sha256 } = objects.find((object: { name: string }) => object.name === file);
  return join(store, 'objects', `${sha256}.${file.split('.')[1]}`);
}

async function sample(): Promise<string> {
  const store = join(folder, 'sample');
  await sampleRunInto(store);
  return newestReport(store);
}

function lobster(): string {
  const data = sharedPath('data/lobster-2012-06-21');
  return reportOf('lobster', '--date', '2012-06-21', '--config', 'configs/lobster.yaml', '--data', data);
}

const HOSTILE = ['<img src=x onerror=document.title="owned">', '=cmd()|"/C calc"!A1', '"><script>throw 1</script>'];

/** 150 names in six blocks, three of them with symbols that mean something to browsers and spreadsheets. */
async function large(): Promise<string> {
  const data = join(folder, 'large-data');
  const scenario = join(folder, 'large.yaml');
  const settings = [
    'names: 150',
    'blocks: 6',
    'days: 5',
    'sessions: [["10:00", "10:20"]]',
    'flow: { baskets: 40, share: 0.1, minutes: 3 }',
  ];
  writeFileSync(scenario, `${settings.join('\n')}\n`);
  const made = xim(['simulate', data, '--scenario', scenario]);
  if (made.code !== 0) throw new Error(made.stderr);
  await renameNames(data);
  const config = join(folder, 'large-config.yaml');
  writeFileSync(
    config,
    'calendar: { timezone: America/New_York, sessions: [["10:00", "10:20"]] }\nfit: { window: 5d }\n',
  );
  return reportOf('large', '--date', '2024-03-12', '--config', config, '--data', data);
}

async function renameNames(data: string): Promise<void> {
  const engine = await testEngine(folder);
  const renamed = HOSTILE.map((symbol, k) => `WHEN 'SIM00${k + 1}' THEN '${symbol}'`).join(' ');
  for (const file of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
    const path = join(data, file);
    const dataset = file.split('/')[0];
    if (!['quotes', 'trades', 'fills'].includes(dataset) || !file.endsWith('.parquet')) continue;
    const changed = `SELECT * REPLACE (CASE symbol ${renamed} ELSE symbol END AS symbol) FROM '${path}'`;
    await engine.connection.run(`CREATE OR REPLACE TEMP TABLE renamed AS ${changed}`);
    await engine.connection.run(`COPY renamed TO '${path}' (FORMAT parquet)`);
  }
  engine.close();
  const universe = join(data, 'universe.csv');
  const quoted = (symbol: string) => `"${symbol.replaceAll('"', '""')}"`;
  const rows = readFileSync(universe, 'utf8').replace(/^SIM00([123]),/gm, (_, k) => `${quoted(HOSTILE[k - 1])},`);
  writeFileSync(universe, rows);
}

interface Visit {
  readonly page: Page;
  /** Console errors, exceptions, and requests other than for the page itself. */
  readonly complaints: readonly string[];
}

async function open(path: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Visit> {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => request.url() !== `file://${path}` && complaints.push(`request ${request.url()}`));
  await page.goto(`file://${path}`);
  return { page, complaints };
}

/** Rules of the accessibility checker that are broken seriously. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  // The function is run in the page, where the checker has put itself.
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`);
}

/** A press on a heading sorts its column up, another one down. */
async function expectSorting(page: Page): Promise<void> {
  const sorted = (await page.evaluate(`(() => {
    const table = [...document.querySelectorAll('.scroll table')].find((one) => one.tBodies[0].rows.length > 2);
    const column = [...table.tHead.rows[0].cells].findIndex((cell) => cell.classList.contains('number'));
    const press = () => table.tHead.rows[0].cells[column].querySelector('button').click();
    const values = () => [...table.tBodies[0].rows].map((row) => parseFloat(row.cells[column].textContent));
    press();
    const up = values();
    press();
    return [up, values()];
  })()`)) as [number[], number[]];
  const numbers = sorted[0].filter((value) => !Number.isNaN(value));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(sorted[1].filter((value) => !Number.isNaN(value))).toEqual([...numbers].reverse());
}

const cases: [string, boolean, () => string | Promise<string>][] = [
  ['sample data', true, sample],
  ['a LOBSTER day', hasShared('data/lobster-2012-06-21'), lobster],
  ['150 names', true, large],
];

describe.skipIf(!CHROMIUM)('the report in a browser', () => {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    });
  });
  afterAll(() => browser.close());

  for (const [name, isThere, make] of cases) {
    it.skipIf(!isThere)(
      `of ${name} shows every section, sorts, asks nothing of the network, and can be read by all`,
      async () => {
        const path = await make();
        // Symbols that mean something to a browser did reach the page.
        if (name === '150 names') expect(readFileSync(path, 'utf8')).toContain('&lt;img src=x');
        expect(readFileSync(path).length).toBeLessThan(LARGEST_REPORT);
        for (const scheme of ['light', 'dark'] as const) {
          const { page, complaints } = await open(path, scheme);
          const sections = await page.locator('section h2').all();
          expect(sections.length).toBeGreaterThan(10);
          for (const heading of sections) expect(await heading.isVisible()).toBe(true);
          for (const chart of await page.locator('svg').all())
            expect(await chart.getAttribute('aria-label')).toMatch(/\w+\. \w+/);
          await expectSorting(page);
          expect(await violations(page)).toEqual([]);
          expect(complaints).toEqual([]);
          expect(await page.title()).toMatch(/cross-impact$/);
          await page.close();
        }
      },
    );
  }

  it('answers on the first screen, leads to every section, folds, filters and gives tables away', async () => {
    const { page, complaints } = await open(newestReport(join(folder, 'sample')));
    await page.setViewportSize({ width: 1280, height: 800 });
    for (const question of await page.locator('.answer').all()) {
      const box = (await question.boundingBox())!;
      expect(box.y + box.height).toBeLessThanOrEqual(800);
    }
    const links = await page.locator('nav.index a').all();
    expect(links.length).toBe(21);
    for (const link of links)
      expect(await page.locator(`${await link.getAttribute('href')} h2`).textContent()).toBe(await link.textContent());
    // By the keyboard alone: to the index, along it, and into a section that folds.
    await links[0].focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.hash')).toBe(await links[1].getAttribute('href'));
    await page.keyboard.press('Enter');
    expect(page.url()).toContain((await links[1].getAttribute('href'))!);
    const gates = page.locator('#gates');
    await gates.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    expect(await gates.locator('table').isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    await gates.locator('input[type=search]').fill('certificate');
    expect(await gates.locator('tbody tr:visible').count()).toBe(1);
    await gates.locator('input[type=search]').fill('');
    await page.evaluate(
      'navigator.clipboard && (navigator.clipboard.writeText = async (text) => { window.copied = text; })',
    );
    await gates.locator('.tools button').click();
    const csv = (await page.evaluate('window.copied')) as string;
    const [header, ...rows] = csv.trimEnd().split('\n');
    expect(header).toBe('gate,verdict,value,bound,95 % interval,meaning');
    expect(rows).toHaveLength(15);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('runs no script but its own, and gives no spreadsheet a formula', async () => {
    const { page } = await open(newestReport(join(folder, 'large')));
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.owned = 1' }))`,
    );
    expect(await page.evaluate('window.owned')).toBeUndefined();
    await page.evaluate(
      'navigator.clipboard && (navigator.clipboard.writeText = async (text) => { window.copied = text; })',
    );
    await page.locator('#names .tools button').click();
    const csv = (await page.evaluate('window.copied')) as string;
    expect(csv).toContain(`'=cmd()|`);
    expect(csv).not.toMatch(/(^|[,\n"])=cmd/);
    await page.close();
  });

  it('explains terms by keyboard and pointer, until Escape or until they are left', async () => {
    const { page, complaints } = await open(newestReport(join(folder, 'sample')));
    const tip = page.locator('.tip');
    const term = page.locator('#gates a.term').first();
    const heading = page.locator('#decay th button.term').first();
    // The focus comes from the keyboard: from the element before, by Tab.
    await page.locator('#gates summary').first().focus();
    while (!(await term.evaluate((element) => element === element.ownerDocument.activeElement)))
      await page.keyboard.press('Tab');
    expect(await tip.isVisible()).toBe(true);
    const entry = page.locator((await term.getAttribute('href'))!);
    expect(await tip.textContent()).toContain(await entry.locator('dd').textContent());
    expect(await term.getAttribute('aria-describedby')).toBe(await entry.getAttribute('id'));
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    expect(await term.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    await page.keyboard.press('Tab');
    // By the pointer, which may move onto what is shown.
    await heading.hover();
    expect(await tip.isVisible()).toBe(true);
    await tip.hover();
    await page.waitForTimeout(400);
    expect(await tip.isVisible()).toBe(true);
    await page.mouse.move(2, 2);
    await tip.waitFor({ state: 'hidden' });
    await heading.hover();
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    // Without a script a term leads to its entry.
    await term.press('Enter');
    expect(page.url()).toContain('#term-');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('reads the cells of a heat map by the arrow keys', async () => {
    const { page } = await open(newestReport(join(folder, 'sample')));
    const map = page.locator('#links-between-names svg.cells').first();
    const titles = await map.locator('.cell title').allTextContents();
    const side = Math.sqrt(titles.length);
    await page.locator('#links-between-names summary').focus();
    while (!(await map.evaluate((element) => element === element.ownerDocument.activeElement)))
      await page.keyboard.press('Tab');
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    expect(await page.locator('.tip').textContent()).toBe(titles[side + 2]);
    expect(await page.locator('#links-between-names [role=status]').first().textContent()).toBe(titles[side + 2]);
    await page.keyboard.press('Escape');
    expect(await page.locator('.tip').isVisible()).toBe(false);
    await page.close();
  });

  it('reads the cells of many names by pointer and keys, which have no room for titles', async () => {
    const store = join(folder, 'large');
    const { normalised, names } = readJson(newestReport(store, 'report.json'));
    const { page, complaints } = await open(newestReport(store));
    const map = page.locator('#links-between-names svg.cells').nth(1);
    const cells = map.locator('.together');
    await cells.scrollIntoViewIfNeeded();
    const box = (await cells.boundingBox())!;
    const tip = page.locator('.tip');
    // Names of a block stand together: where each stands is said beside the drawing.
    const shownNames = (await map.getAttribute('data-names'))!.split('\n');
    expect([...shownNames].sort()).toEqual(names.map(({ symbol }: { symbol: string }) => symbol).sort());
    const place = shownNames.map((name) => names.findIndex(({ symbol }: { symbol: string }) => symbol === name));
    const said = (row: number, column: number) =>
      `${shownNames[row]} ← ${shownNames[column]}: ${shown(normalised.final[place[row]][place[column]], 2)}`;
    const cell = box.width / shownNames.length;
    await page.mouse.move(box.x + 20.5 * cell, box.y + 10.5 * cell);
    expect(await tip.textContent()).toBe(said(10, 20));
    await page.mouse.move(box.x - 30, box.y - 30);
    expect(await tip.isVisible()).toBe(false);
    await map.focus();
    await page.keyboard.press('ArrowDown');
    expect(await tip.textContent()).toBe(said(11, 20));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('fits a telephone, where tables sort, filter and keep their heads', async () => {
    const { page } = await open(newestReport(join(folder, 'sample')));
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await expectSorting(page);
    const costs = page.locator('#what-orders-cost');
    const groups = costs.locator('table').filter({ hasText: 'venue' }).first().locator('tbody tr');
    const isOfVenue = (await groups.allTextContents()).map((text) => text.toLowerCase().includes('venue'));
    expect(isOfVenue.filter(Boolean).length).toBeGreaterThanOrEqual(3);
    expect(isOfVenue).toContain(false);
    await costs.locator('input[type=search]').first().fill('venue');
    expect(await Promise.all((await groups.all()).map((row) => row.isVisible()))).toEqual(isOfVenue);
    const head = 'getComputedStyle(document.querySelector("#what-orders-cost thead th")).position';
    expect(await page.evaluate(head)).toBe('sticky');
    await page.close();
  });

  it('prints what is folded, and folds it again', async () => {
    const { page } = await open(newestReport(join(folder, 'sample')));
    await page.locator('#decay summary').click();
    const closed = () => page.evaluate('document.querySelectorAll("details:not([open])").length');
    const before = await closed();
    expect(before).toBeGreaterThan(5);
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await closed()).toBe(0);
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await closed()).toBe(before);
    // The same by style alone, and nothing scrolls on paper.
    await page.emulateMedia({ media: 'print' });
    for (const folded of await page.locator('details').all())
      expect((await folded.boundingBox())!.height).toBeGreaterThan(30);
    const overflows = await page.evaluate(
      '[...document.querySelectorAll(".scroll")].filter((box) => getComputedStyle(box).overflow !== "visible").length',
    );
    expect(overflows).toBe(0);
    // A head that holds buttons with boxes of their own would not be repeated on every sheet.
    const heads =
      '[...new Set([...document.querySelectorAll("th button")].map((one) => getComputedStyle(one).display))]';
    expect(await page.evaluate(heads)).toEqual(['contents']);
    await page.close();
  });

  it('prints to A4', async () => {
    const { page } = await open(newestReport(join(folder, 'sample')));
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    expect(pdf.toString('latin1')).toMatch(/MediaBox \[0 0 59[45]\.\d+ 84[12]\.\d+\]|MediaBox \[0 0 595 842\]/);
    await page.close();
  });
});

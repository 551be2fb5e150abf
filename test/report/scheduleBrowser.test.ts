import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScheduleDocument } from '../../src/model/scheduleDocument.js';
import { renderSchedule } from '../../src/report/renderSchedule.js';
import { temporaryFolder } from '../support/engine.js';
import { aSchedule, hostileSchedule } from './scheduleFixture.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DESKTOP = { width: 1100, height: 900 };
const PHONE = { width: 390, height: 844 };

const folder = temporaryFolder();
let browser: Browser;

interface Visit {
  readonly page: Page;
  /** Console errors, exceptions, and requests other than for the page itself. */
  readonly complaints: readonly string[];
}

async function open(document: ScheduleDocument, colorScheme: Scheme, viewport = DESKTOP): Promise<Visit> {
  const path = join(folder, 'schedule.html');
  writeFileSync(path, renderSchedule(document));
  const page = await browser.newPage({ colorScheme, viewport });
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => request.url() !== `file://${path}` && complaints.push(`request ${request.url()}`));
  await page.goto(`file://${path}`);
  return { page, complaints };
}

/** Rules of the accessibility checker that are broken seriously. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true; })');
  await page.evaluate(AXE);
  // The function is run in the page, where the checker has put itself.
  const found = (await page.evaluate('axe.run()')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)}`);
}

/** Texts of charts that stand out of their frame: a reader would see a piece of them. */
const CUT_TEXTS = `[...document.querySelectorAll('svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter((text) => {
    const { left, right } = text.getBoundingClientRect();
    return left < frame.left - 1 || right > frame.right + 1;
  }).map((text) => text.textContent);
})`;

type Scheme = 'light' | 'dark';

/** The checker takes long over many elements: each scheme is seen, not every page in each. */
const cases: [string, () => ScheduleDocument, Scheme[]][] = [
  ['a basket', () => aSchedule(), ['light', 'dark']],
  ['hostile symbols', hostileSchedule, ['light', 'dark']],
  ['price points', () => ({ ...aSchedule({ names: 9 }), units: 'price' }), ['dark']],
  ['500 names', () => aSchedule({ names: 500, rows: 76, blocks: 11 }), ['light']],
];

describe.skipIf(!CHROMIUM)('the page of a schedule in a browser', () => {
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
    });
  });
  afterAll(() => browser.close());

  for (const [name, make, schemes] of cases)
    it.each(schemes)(`of ${name} shows every section, asks nothing, and can be read by all, %s`, async (scheme) => {
      const { page, complaints } = await open(make(), scheme);
      const sections = await page.locator('section h2').all();
      expect(sections.length).toBe(9);
      for (const heading of sections) expect(await heading.isVisible()).toBe(true);
      for (const chart of await page.locator('svg').all())
        expect(await chart.getAttribute('aria-label')).toMatch(/\S\. \S/);
      expect(await page.evaluate(CUT_TEXTS)).toEqual([]);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(await page.title()).toMatch(/schedule$/);
      await page.close();
    });

  it.each(cases)('fits a phone: %s', async (_name, make) => {
    const { page, complaints } = await open(make(), 'light', PHONE);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
    expect(await page.evaluate(CUT_TEXTS)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows what costs and what warns before anything is scrolled', async () => {
    const { page } = await open(aSchedule(), 'light');
    const bottom = (await page.evaluate('document.querySelector("header").getBoundingClientRect().bottom')) as number;
    expect(bottom).toBeLessThanOrEqual(DESKTOP.height);
    await page.close();
  });

  it('prints to A4', async () => {
    const { page } = await open(aSchedule(), 'light');
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    await page.close();
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { percent, shown } from '../../src/report/html.js';
import { renderHtml } from '../../src/report/renderHtml.js';
import type { ReportData } from '../../src/report/reportData.js';
import { repository } from '../support/cli.js';
import { fullReport } from './reportFixture.js';

/** Every number of a document, wherever it stands. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(numbersOf);
}

/** How a number may be written on the page. */
function formsOf(value: number): string[] {
  const forms = [2, 3, 4, 5, 6].map((digits) => shown(value, digits));
  const shares = [0, 1, 2].map((digits) => percent(value, digits));
  return [...forms, ...forms.map((form) => `+${form}`), ...shares, value.toFixed(6), value.toFixed(0), String(value)];
}

/** Cells of tables that hold a number. */
function cellsOf(page: string): string[] {
  const cells = [...page.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, text]) => text.trim());
  const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
  return cells.filter((text) => /^[-+]?\d/.test(text) && /^[-+\d.e %]+$/.test(text) && !isDate(text));
}

const golden = () => JSON.parse(readFileSync(join(repository, 'test/golden/report.json'), 'utf8')) as ReportData;

it.each([
  ['a report with everything', fullReport],
  ['the report of the sample', golden],
])('every number in a table of %s stands in report.json', (_, make) => {
  const data = make();
  const known = new Set(numbersOf(data).flatMap(formsOf));
  const cells = cellsOf(renderHtml(data));
  expect(cells.length).toBeGreaterThan(50);
  expect(cells.filter((cell) => !known.has(cell))).toEqual([]);
  const [gate, ...others] = data.gates;
  const other = renderHtml({ ...data, gates: [{ ...gate, value: 123.4321 }, ...others] });
  expect(cellsOf(other).filter((cell) => !known.has(cell))).toEqual(['123.4']);
});

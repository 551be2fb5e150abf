import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readImpactArrow } from '../../src/io/impactArrow.js';
import { readJson, repository, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const data = join(folder, 'data');
const at = (...more: string[]) => ['--config', 'configs/sample.yaml', '--data', data, '--store', store, ...more];
const DATES = ['2024-03-11', '2024-03-12', '2024-03-13'];

beforeAll(() => {
  // The data end with the last of the dates.
  const filter = (path: string) => !path.includes('date=2024-03-14');
  cpSync(join(repository, 'sample-data'), data, { recursive: true, filter });
  for (const date of DATES) expect(xim(['run', '--date', date, ...at('--window', '3d', '--quiet')]).code).toBe(0);
});

/** K of the newest version of a date, row by row. */
function publishedK(version: string): Float64Array {
  const { objects } = readJson(join(store, 'versions', version, 'manifest.json'));
  const { sha256 } = objects.find((object: { name: string }) => object.name === 'impact.arrow');
  return readImpactArrow(readFileSync(join(store, 'objects', `${sha256}.arrow`))).matrices.get('K')!.data;
}

describe('health', () => {
  it('has a point for every date, with the turnover since the one before', () => {
    const { code, document } = ximJson(['health', ...at()]);
    expect(code).toBe(0);
    expect(document.points.map((point: { date: string }) => point.date)).toEqual(DATES);
    const [first, second] = document.points;
    expect(first.turnover).toBeNull();
    const [a, b] = [first, second].map((point) => publishedK(point.version));
    const n = Math.sqrt(a.length);
    let [moved, length] = [0, 0];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const unit = Math.sqrt(a[i * n + i] * a[j * n + j]);
        moved += ((b[i * n + j] - a[i * n + j]) / unit) ** 2;
        length += (a[i * n + j] / unit) ** 2;
      }
    }
    expect(second.turnover).toBeCloseTo(Math.sqrt(moved / length), 12);
    expect(second.conditionNumber).toBeGreaterThan(1);
    // Five minutes of three days are masked for every name.
    expect(Math.abs(second.coverage - (1 - 5 / (3 * 105)))).toBeLessThan(0.005);
  });

  it('keeps to its range, both ends included, and writes charts', () => {
    const html = join(folder, 'health.html');
    const { document } = ximJson(['health', '--from', DATES[1], '--to', DATES[1], '--html', html, ...at()]);
    expect(document.points).toHaveLength(1);
    expect(readFileSync(html, 'utf8')).toMatch(/<svg.*aria-label="condition number\. From/s);
  });

  it('judges by rules when asked to, and ends with 1 where one is broken', () => {
    const { code, document } = ximJson(['health', '--alert', ...at()]);
    expect(code).toBe(1);
    const verdicts = Object.fromEntries(
      document.rules.map(({ rule, verdict }: { rule: string; verdict: string }) => [rule, verdict]),
    );
    expect(verdicts).toMatchObject({ champion_age: 'alert', champion_certificate: 'alert', calibration_age: 'ok' });
    expect(ximJson(['promote', DATES[2], '--force', '--reason', 'drill', ...at()]).code).toBe(0);
    const { stdout } = xim(['health', '--alert', ...at()]);
    expect(stdout).toMatch(/champion_age +ok +2024-03-13, 0 days of the data after it/);
    const late = ximJson(['health', '--alert', '--to', DATES[0], ...at()]).document.rules;
    expect(late.find(({ rule }: { rule: string }) => rule === 'calibration_age')).toMatchObject({ verdict: 'alert' });
  });

  it('takes the version of a date that was made last', () => {
    const again = ximJson(['run', '--date', DATES[2], ...at('--window', '2d')]);
    const { document } = ximJson(['health', ...at()]);
    expect(document.points).toHaveLength(3);
    expect(document.points[2].version).toBe(again.document.version);
  });

  it('says so when there is nothing', () => {
    expect(ximJson(['health', '--from', '2030-01-01', ...at()])).toMatchObject({
      code: 10,
      document: { error: { kind: 'notFound' } },
    });
    expect(xim(['health', '--store', join(folder, 'nowhere')]).code).toBe(10);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });
});

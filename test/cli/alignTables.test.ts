import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { xim, ximJson } from '../support/cli.js';
import { damage } from '../support/damage.js';
import { temporaryFolder } from '../support/engine.js';

const align = [
  'align',
  '--date',
  '2024-03-12',
  '--config',
  'configs/sample.yaml',
  '--store',
  join(temporaryFolder(), 's'),
];

it('align reads through the tables that it hands to others, and writes damaged ones again', () => {
  const { folder } = ximJson(align).document.days[0];
  const table = join(folder, 'flow.parquet');
  const before = readFileSync(table);
  damage(table, 'flipped');
  const { code, stderr } = xim(align);
  expect(code).toBe(0);
  expect(stderr).toMatch(/is damaged \(flow\.parquet has another checksum\): it is made again/);
  expect(readFileSync(table).equals(before)).toBe(true);
  expect(xim(align).stderr).not.toContain('damaged');
});

import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { LITTLE_TO_CHOOSE, SMALL_DATES, smallConfig, writeSmallMarket } from '../support/smallMarket.js';

const guide = readFileSync(join(repository, 'docs/many-machines.md'), 'utf8');
const snippet = (language: string): string => {
  const found = new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide);
  expect(found, language).not.toBeNull();
  return found![1];
};

const hasMake = spawnSync('make', ['--version']).status === 0;

describe.skipIf(!hasMake)('the Makefile of docs/many-machines.md', () => {
  const folder = temporaryFolder();
  const DATE = SMALL_DATES.at(-1)!;
  beforeAll(() => {
    smallConfig(join(folder, 'xim.yaml'), writeSmallMarket(folder), join(folder, 'store'), LITTLE_TO_CHOOSE, 2);
    writeFileSync(join(folder, 'Makefile'), snippet('make'));
  });
  /** What it says; a gate that fails is a failure for make. */
  const make = async (): Promise<string> => {
    const xim = `XIM=${process.execPath} ${join(repository, 'bin/xim.js')}`;
    const made = promisify(execFile)('make', ['-j2', '-C', folder, xim, `DATE=${DATE}`]);
    return made.then(({ stdout }) => stdout).catch((error) => error.stdout);
  };

  it('makes the days of a window in rounds, and then the version', async () => {
    const stdout = await make();
    const calls = [...stdout.matchAll(/xim\.js day --date (\S+)/g)].map(([, date]) => date).sort();
    const days = SMALL_DATES.slice(-2);
    expect(calls).toEqual(days.flatMap((date) => [date, date, date]));
    expect(stdout).toMatch(new RegExp(`^${DATE}-[0-9a-f]{8} +calibrated$`, 'm'));
  });

  it('has no day to make when it is called again', async () => {
    const stdout = await make();
    expect(stdout).not.toContain('xim.js day --date');
    expect(stdout).toContain('unchanged');
  });
});

describe('the Job of docs/many-machines.md', () => {
  it('is YAML', () => {
    expect(parse(snippet('yaml')).spec.completionMode).toBe('Indexed');
  });
});

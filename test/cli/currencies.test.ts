import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { changedSample, LAST_DATE as DATE, SAMPLE_NAMES } from '../support/changedSample.js';
import { ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';

/** Every name in one currency, once: whatever is not converted, or twice, is refused. */

const folder = temporaryFolder();
const root = join(folder, 'data');

let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

let stores = 0;
/** The first names have the currency and rate given, the others those of the last. */
async function align(given: readonly (readonly [string, string])[], fx?: string) {
  const rows = SAMPLE_NAMES.map((name, i) => [name, 'X', ...given[Math.min(i, given.length - 1)]].join(','));
  await changedSample(engine, root, {
    files: {
      'universe.csv': ['symbol,block,currency,fx', ...rows].join('\n'),
      ...(fx === undefined ? {} : { 'fx.csv': `date,currency,rate\n${fx}` }),
    },
  });
  const store = join(folder, `store${stores++}`);
  const { code, document } = ximJson([
    ...['align', '--config', 'configs/sample.yaml', '--data', root, '--date', DATE, '--store', store],
  ]);
  return { code, error: document.error, notes: document.days?.[0].notes as string[] | undefined };
}

describe('without a file of rates', () => {
  it.each<[string, [string, string][], string]>([
    [
      'one of two others',
      [
        ['EUR', '1.1'],
        ['GBP', ''],
        ['', ''],
      ],
      '"SIM2" (GBP)',
    ],
    [
      'the rarer currency',
      [
        ['EUR', '1.1'],
        ['GBP', ''],
        ['USD', ''],
      ],
      '"SIM2" (GBP)',
    ],
    [
      'the nameless beside a named one',
      [
        ['USD', ''],
        ['', ''],
      ],
      '"SIM1" (USD)',
    ],
    [
      'anything at all, since every rate is 1',
      [
        ['EUR', '1'],
        ['USD', '1'],
      ],
      '"SIM1" (EUR)',
    ],
  ])('a name is refused where nothing converts %s', async (_, given, name) => {
    const { code, error } = await align(given);
    expect(code).toBe(3);
    expect(error.message).toContain(`neither a column fx nor fx.csv converts ${name}`);
    expect(error.hint).toMatch(/fx\.csv/);
  });

  it('a name is refused whose currency is converted for others', async () => {
    const { code, error } = await align([
      ['EUR', '1.1'],
      ['EUR', ''],
    ]);
    expect(code).toBe(3);
    expect(error.message).toMatch(/fx of "SIM1" is 1.1, and other names in EUR have none/);
  });

  it.each<[string, [string, string][]]>([
    [
      'all others have a rate',
      [
        ['EUR', '1.1'],
        ['GBP', '1.3'],
        ['USD', ''],
      ],
    ],
    [
      'a rate is 1 because somebody wrote so',
      [
        ['USDT', '1'],
        ['EUR', '1.1'],
        ['USD', ''],
      ],
    ],
    ['there is one currency', [['USD', '']]],
    [
      'every name has a rate of its own',
      [
        ['EUR', '1.1'],
        ['EUR', '1.2'],
      ],
    ],
  ])('the day is taken where %s', async (_, given) => {
    const { code, error } = await align(given);
    expect(error).toBeUndefined();
    expect(code).toBe(0);
  });
});

describe('with a file of rates', () => {
  it('a name that has a rate of its own besides is refused', async () => {
    const { code, error } = await align(
      [
        ['EUR', '1.1'],
        ['', ''],
      ],
      `${DATE},EUR,1.1`,
    );
    expect(code).toBe(3);
    expect(error.message).toMatch(/"SIM1" has fx 1.1 in universe.csv and a rate of EUR in fx.csv/);
    expect(error.hint).toMatch(/remove one/);
  });

  it('that converts nothing, it is said', async () => {
    const { notes } = await align([['', '1.1']], `${DATE},EUR,1.1`);
    expect(notes).toContain('fx.csv is not used: no name of the universe has a currency');
    const used = await align(
      [
        ['EUR', ''],
        ['', ''],
      ],
      `${DATE},EUR,1.1`,
    );
    expect(used.notes?.join()).not.toContain('fx.csv is not used');
  });
});

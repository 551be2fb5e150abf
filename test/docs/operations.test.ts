import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricsText } from '../../src/cli/metricsText.js';
import { EXIT, EXIT_BUG } from '../../src/cli/process/exitCodes.js';
import { judgeHealth } from '../../src/run/versions/healthAlerts.js';
import { repository } from '../support/cli.js';

const text = readFileSync(join(repository, 'docs/operations.md'), 'utf8');

describe('docs/operations.md', () => {
  it('names every metric, and no other', () => {
    const written = metricsText(
      {
        command: 'run',
        exitCode: 0,
        endedMs: 0,
        peakMemoryBytes: 0,
        seconds: 0,
        warnings: 0,
        stagePeakBytes: new Map([['fit', 1]]),
        stageSeconds: new Map([['a', 1]]),
      },
      {
        model: 'm',
        version: 'v',
        id: 'i',
        asof: '1970-01-01',
        fresh: true,
        names: 1,
        days: 1,
        certificate: 'passed',
        gates: { g: 'passed' },
        rows: { quotes: 1 },
      },
    );
    const names = (of: string) => [...new Set(of.match(/xim_[a-z_]+/g))].sort();
    expect(names(text)).toEqual(names(written));
  });

  it('says what to do about every exit code', () => {
    const table = text.slice(text.indexOf('| exit code'), text.indexOf('A run that is killed'));
    const said = [...table.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, codes]) => codes.split(', ').map(Number));
    // 10 is for readers: a run makes its store.
    for (const code of new Set([...Object.values(EXIT), EXIT_BUG].filter((each) => each !== 10)))
      expect(said).toContain(code);
  });

  it('has every rule of health', () => {
    const point = {
      ...{ date: '2024-03-13', version: 'v', names: 1, certificate: 'passed', gatesFailed: [], conditionNumber: 1 },
      ...{
        crossShare: 0,
        basketNorm: 0,
        coverage: 1,
        outOfSampleR2: 0,
        crossGain: 0,
        realisedOnPredicted: 1,
        turnover: null,
      },
    };
    const rules = judgeHealth({ points: [point], days: [], champion: undefined }, { maxAgeDays: 5 });
    for (const { rule } of rules) expect(text).toContain(`| \`${rule}\` |`);
  });
});

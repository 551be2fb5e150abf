import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ScheduleDocument } from '../../src/model/scheduleDocument.js';
import { fromRows } from '../../src/numerics/dense.js';
import { mean } from '../../src/numerics/statistics.js';
import { readJson, snapshot, xim, ximJson } from '../support/cli.js';
import { ImpactLevel } from '../support/concaveTruth.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const write = (name: string, text: string): string => {
  writeFileSync(at(name), text);
  return at(name);
};

const DAYS = { first: '2024-03-06', fitted: '2024-03-08', scheduled: '2024-03-11' };
const CALENDAR = 'calendar: { timezone: America/New_York, sessions: [["10:00", "10:30"]] }';
const config = (name: string, data: string) =>
  write(name, `store: store\ndata: { root: ${data} }\n${CALENDAR}\nfit: { window: 3d }\n`);

let scenario: string;
let planned: ScheduleDocument;
let simulated: ReturnType<typeof ximJson>;
beforeAll(() => {
  scenario = write(
    'market.yaml',
    'seed: 21\nnames: 4\nblocks: 2\ndays: 4\nsessions: [["10:00", "10:30"]]\nimpact: { wide_multiplier: 1, per_child_bps: 4 }\n',
  );
  ximJson(['simulate', at('market'), '--scenario', scenario]);
  const usual = ['--config', config('xim.yaml', 'market')];
  ximJson(['run', '--date', DAYS.fitted, ...usual]);
  const basket = write('basket.csv', 'symbol,side,qty\nSIM1,buy,3000\nSIM2,buy,1500\nSIM3,sell,2000\n');
  const window = ['--date', DAYS.scheduled, '--start', '10:05', '--end', '10:25', '--cap', '0.5'];
  planned = ximJson(['schedule', basket, ...window, '--out', at('plan'), '--force', ...usual]).document;
  simulated = ximJson(['simulate', at('answered'), '--scenario', scenario, '--execute', at('plan/schedule.json')]);
});

describe('a schedule in the market that it was made for', () => {
  it('costs what its version expects, once what prices do by themselves is taken off', () => {
    const { executed } = simulated.document;
    expect(executed).toMatchObject({ date: DAYS.scheduled, basketId: 'SCHEDULE', version: planned.version.id });
    expect(executed.expectedBps).toBe(planned.cost.expected);
    expect(executed.expectedBps).toBeGreaterThan(5);
    const answered = executed.shortfallBps - executed.driftBps;
    // Links and decay of the version were estimated from an hour and a half.
    expect(Math.abs(answered / executed.expectedBps - 1)).toBeLessThan(0.1);
    expect(readJson(at('answered/truth.json')).executed).toEqual(executed);
    expect(readJson(at('market/truth.json'))).not.toHaveProperty('executed');
  });

  it('moves quotes by the true propagator, to a tick, and nothing before it', async () => {
    const engine = await testEngine(folder);
    const { K, kernel, symbols } = readJson(at('market/truth.json'));
    const earlierDays = (data: string) =>
      snapshot(at(data))
        .map((line) => line.split(' ')[0])
        .filter((path) => path.endsWith('.parquet') && !path.includes(DAYS.scheduled))
        .map((path) => readFileSync(path).toString('base64'));
    expect(earlierDays('answered')).toEqual(earlierDays('market'));
    const quotes = async (data: string) => {
      const rows = await rowsOf(
        engine,
        `SELECT symbol, CAST(ceil(epoch(ts)) AS BIGINT) AS second, last((bid + ask) / 2 ORDER BY ts)::DOUBLE AS mid
         FROM '${at(data)}/quotes/date=${DAYS.scheduled}/*.parquet' GROUP BY 1, 2`,
      );
      return new Map(rows.map(({ symbol, second, mid }) => [`${symbol} ${second}`, Number(mid)]));
    };
    const [usual, answered] = [await quotes('market'), await quotes('answered')];
    const fills = await rowsOf(
      engine,
      `SELECT symbol, CAST(ceil(epoch(ts)) AS BIGINT) AS second, sum(side * qty * price)::DOUBLE / 1e6 AS millions
       FROM '${at('answered')}/fills/date=${DAYS.scheduled}/*.parquet' WHERE parent_id LIKE 'SCHEDULE-%' GROUP BY 1, 2`,
    );
    const flow = new Map(fills.map(({ symbol, second, millions }) => [`${symbol} ${second}`, Number(millions)]));
    const decay = kernel.tauSeconds.map((tau: number | 'permanent') => (tau === 'permanent' ? 1 : Math.exp(-1 / tau)));
    const level = new ImpactLevel({ linear: { K: fromRows(K), decay, weights: kernel.weights } }, symbols.length);
    const open = Date.parse(`${DAYS.scheduled}T14:00:00Z`) / 1000;
    const mids = symbols.map(() => ({ usual: Number.NaN, answered: Number.NaN }));
    let largest = 0;
    for (let second = open + 1; second <= open + 1800; second++) {
      level.step(symbols.map((symbol: string) => flow.get(`${symbol} ${second}`) ?? 0));
      level.level().forEach((expected, i) => {
        const key = `${symbols[i]} ${second}`;
        mids[i] = { usual: usual.get(key) ?? mids[i].usual, answered: answered.get(key) ?? mids[i].answered };
        const moved = 1e4 * Math.log(mids[i].answered / mids[i].usual);
        expect(Math.abs(moved - expected)).toBeLessThan(100 / mids[i].usual + 0.01 * Math.abs(expected) + 0.05);
        largest = Math.max(largest, Math.abs(expected));
      });
    }
    expect(largest).toBeGreaterThan(10);
  });

  it('has its shortfall in the scorecard, as an arm of its own', () => {
    const { document } = ximJson([
      ...['scorecard', '--from', DAYS.scheduled, '--to', DAYS.scheduled],
      ...['--config', config('answered.yaml', 'answered')],
    ]);
    const arms = document.scorecard.groups.filter((group: { dimension: string }) => group.dimension === 'arm');
    expect(arms).toHaveLength(1);
    const [{ group, parents, shortfall, completion, parts }] = arms;
    expect([group, parents, completion]).toEqual(['schedule', 3, 1]);
    const { names } = simulated.document.executed;
    expect(shortfall.mean.value).toBeCloseTo(
      mean(names.map(({ shortfallBps }: { shortfallBps: number }) => shortfallBps)),
      2,
    );
    expect(parts.self + parts.cross).toBeGreaterThan(0);
  });
});

describe('a schedule that does not fit', () => {
  const execute = (file: string) => xim(['simulate', at('never'), '--scenario', scenario, '--execute', file]);

  it('is refused by what does not, before anything is written', () => {
    const { code, stderr } = execute(write('late.json', JSON.stringify({ ...planned, date: '2024-03-12' })));
    expect([code, stderr]).toEqual([2, expect.stringContaining('2024-03-12')]);
    expect(existsSync(at('never'))).toBe(false);
    expect(execute(write('other.json', '{"kind": "xim-impact-state"}')).stderr).toContain('is no schedule');
  });
});

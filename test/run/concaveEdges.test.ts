import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import type { DayBuckets } from '../../src/model/buckets.js';
import type { StoredVersion } from '../../src/store/store.js';
import { xim } from '../support/cli.js';
import { concaveMarket } from '../support/concaveMarket.js';
import { withDepth } from '../support/depth.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { type OwnRun, runOwnBuckets } from '../support/ownRuns.js';

const kept = (tau: number) => Math.exp(-1 / tau);
const market = (names: number, buckets: number): DayBuckets[] => {
  const every = <T>(value: T): T[] => Array.from({ length: names }, () => value);
  return concaveMarket({
    names,
    seed: 5,
    sessionBuckets: [buckets],
    noise: 1,
    flow: { tails: 2 },
    concave: { power: 0.4, scales: every(0.4), decay: [kept(2), kept(20)], own: [every(2), every(1)] },
  }).days;
};
const withFlow = (day: DayBuckets, keeps: (name: number) => boolean, size: (u: number) => number): DayBuckets => {
  const { flow } = day;
  const rows = [...flow.name.keys()].filter((k) => keeps(flow.name[k]));
  const doubles = (values: Float64Array) => Float64Array.from(rows, (k) => values[k]);
  const integers = (values: Int32Array) => Int32Array.from(rows, (k) => values[k]);
  return {
    ...day,
    flow: {
      bucket: integers(flow.bucket),
      name: integers(flow.name),
      venue: integers(flow.venue),
      signedQty: doubles(flow.signedQty).map(size),
      signedNotional: doubles(flow.signedNotional).map(size),
      count: integers(flow.count),
    },
  };
};

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());
let runs = 0;
const run = (own: Omit<OwnRun, 'root'>): Promise<StoredVersion> =>
  runOwnBuckets(engine, folder, { ...own, root: join(folder, `${runs++}`) });
const concave = (keys: object = {}, fit: object = {}) => ({
  fit: { window: '1d', ...fit, kernel: { concave: { c: 0.4, ...keys }, ...(fit as { kernel?: object }).kernel } },
});

const DEPTH = ['bid_depth', 'ask_depth', 'queue_imbalance'];

describe('a window without depth', () => {
  it.each([
    ['auto', {}, /^flow\.liquidity auto: no bucket of the window has a bid depth and an ask depth/],
    ['given', { flow: { liquidity: 0.35 } }, /^flow\.liquidity 0\.35 is not applied/],
  ])('has flow that counts as it is, and says so: γ %s', async (_, settings, note) => {
    const { manifest } = await run({ days: market(2, 400), without: DEPTH, settings });
    expect(manifest.kernel.liquidity ?? 0).toBe(0);
    expect(manifest.notes).toContainEqual(expect.stringMatching(note));
    expect(manifest.certificate.status).toBe('passed');
  });

  it('for half of a day for one name is said by its name', async () => {
    const days = market(2, 400).map((day) =>
      withDepth(day, (i, t) => (i === 0 && t < 200 ? [0, 0] : [2 + (t % 3), 2])),
    );
    const { manifest } = await run({ days, settings: { flow: { liquidity: 0.35 } } });
    expect(manifest.notes).toContainEqual(expect.stringMatching(/CHECK THE DEPTH: much of the flow of N0 50 %/));
    expect(manifest.certificate.status).toBe('passed');
  });
});

describe('a window that has little', () => {
  it.each<[string, Omit<OwnRun, 'root'>]>([
    ['one name', { days: market(1, 400) }],
    ['one name, links concave', { days: market(1, 400), settings: concave({ links: 'concave' }) }],
    ['a session shorter than the longest time constants', { days: market(2, 120) }],
    [
      'a session shorter than a time constant that is given',
      { days: market(2, 120), settings: concave({ tau: ['1s', '10m'] }) },
    ],
    [
      'a name without flow',
      {
        days: market(3, 400).map((day) =>
          withFlow(
            day,
            (name) => name !== 2,
            (u) => u,
          ),
        ),
      },
    ],
    [
      'a name without flow, links concave',
      {
        days: market(3, 400).map((day) =>
          withFlow(
            day,
            (name) => name !== 2,
            (u) => u,
          ),
        ),
        settings: concave({ links: 'concave' }),
      },
    ],
    ['flow of one size', { days: market(2, 400).map((day) => withFlow(day, () => true, Math.sign)) }],
    [
      'flow of one size that is said to be concave',
      { days: market(2, 400).map((day) => withFlow(day, () => true, Math.sign)), settings: concave() },
    ],
  ])('is calibrated and passes: %s', async (_, own) => {
    const { manifest } = await run(own);
    expect(manifest.certificate.status).toBe('passed');
    expect(JSON.stringify(manifest.metrics)).not.toMatch(/NaN|Infinity/);
  });

  it('in one fold keeps the shape that is given, and is linear where none is', async () => {
    const given = await run({ days: market(2, 45), settings: concave() });
    expect(given.manifest.kernel.concave).toMatchObject({ power: 0.4, hasLinear: true });
    expect((await run({ days: market(2, 45) })).manifest.kernel.concave).toBeUndefined();
  });

  it('bends before the decay where that is given, whatever γ is left to the data', async () => {
    const { manifest } = await run({ days: market(2, 400), settings: { flow: { concavity: 0.5 } } });
    expect(manifest.kernel.concavity).toBe(0.5);
    expect(manifest.certificate.status).toBe('withheld');
  });
});

describe('what concave terms do not go together with', () => {
  it.each<[string, Record<string, object>, RegExp]>([
    ...['kyle', 'ols', 'eigenliquidity'].map((estimator): [string, Record<string, object>, RegExp] => [
      estimator,
      concave({}, { estimator }),
      new RegExp(`fit\\.estimator: ${estimator}`),
    ]),
    ...['modes', 'matrix'].map((form): [string, Record<string, object>, RegExp] => [
      form,
      concave({}, { kernel: { form } }),
      new RegExp(`fit\\.kernel\\.form: ${form}`),
    ]),
    ['derived factors', { ...concave(), defactor: { factors: 'derived' } }, /defactor\.factors: derived/],
    ['flow that is concave before', { ...concave(), flow: { concavity: 0.5 } }, /flow\.concavity: 0\.5/],
  ])('is refused with what to do: %s', async (_, settings, message) => {
    await expect(run({ days: market(2, 60), settings })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/fit\.kernel\.concave: none/),
    });
  });

  it('is refused for concave links of forty names', async () => {
    await expect(run({ days: market(40, 60), settings: concave({ links: 'concave' }) })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringMatching(/links: concave with 40 names/),
      hint: expect.stringMatching(/links: linear/),
    });
  });

  it.each(['0', '-1', '1.5', '.nan', 'much'])('ends the program with the code of a wrong configuration: c %s', (c) => {
    const root = join(folder, 'config');
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'xim.yaml'), `fit: {kernel: {concave: {c: ${c}}}}\n`);
    const { code, stderr } = xim(['run', '--date', '2024-01-02', '--config', join(root, 'xim.yaml')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`fit\\.kernel\\.concave\\.c: "?${c === '.nan' ? 'NaN' : c}`));
  });
});

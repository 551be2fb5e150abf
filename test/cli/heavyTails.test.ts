import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import { ximJson } from '../support/cli.js';
import { type ConcaveCase, type ConcaveMarket, concaveMarket } from '../support/concaveMarket.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { writeOwnBuckets } from '../support/ownBucketDays.js';

const [N, BUCKETS, TRAINING] = [6, 600, 360];
const kept = (tau: number) => Math.exp(-1 / tau);
const each = (of: (i: number) => number) => Array.from({ length: N }, (_, i) => of(i));
const assets = ['A', 'A', 'A', 'B', 'B', 'B'];

/** Ten minutes of three streams of two assets each; a median trade is about .5, one in a thousand above 100. */
const streams: Omit<ConcaveCase, 'seed'> = { names: N, sessionBuckets: [BUCKETS], noise: 1.5, flow: { tails: 1.5 } };
const own = {
  power: 0.4,
  scales: each(() => 0.5),
  decay: [kept(2), kept(20)],
  own: [each((i) => 1 + 0.1 * i), each(() => 0.5)],
};
const modeOf = (asset: string, by: (i: number) => number = () => 1) => ({
  direction: each((i) => (assets[i] === asset ? by(i) : 0)),
  scale: 1,
  lambda: [0.8, 0.4],
});
const pair = (a: number, b: number) => ({
  direction: each((i) => (i === a ? 1 : i === b ? -1 : 0)),
  scale: 0.7,
  lambda: [1, 0.4],
});
const modes = [modeOf('A'), modeOf('B')];
const large = (i: number) => (i % 2 === 1 ? 10 : 1);

const worlds: [string, number, Omit<ConcaveCase, 'seed'>][] = [
  ['that move together', 4, { ...streams, concave: { ...own, modes } }],
  ['that move against one another', 4, { ...streams, concave: { ...own, modes: [pair(0, 1), pair(3, 4)] } }],
  [
    'that trade in a third of the buckets',
    2,
    { ...streams, flow: { tails: 1.5, density: 0.3 }, concave: { ...own, modes } },
  ],
  [
    'of which one is ten times another',
    4,
    {
      ...streams,
      flow: { tails: 1.5, size: each(large) },
      concave: {
        ...own,
        scales: each((i) => 0.5 * large(i)),
        own: own.own.map((g) => g.map((weight, i) => weight / large(i))),
        modes: ['A', 'B'].map((asset) => ({ ...modeOf(asset, (i) => 1 / Math.sqrt(large(i))), scale: 1.8 })),
      },
    },
  ],
];

/** R² of the hold-out over names, each by the variance of its moves in training. */
function pooled({ days: [{ market, grid }] }: ConcaveMarket, perName: readonly number[]): number {
  const weights = perName.map((_, i) => {
    const squares = (from: number, to: number) =>
      market.moveBps.subarray(i * grid.buckets + from, i * grid.buckets + to).reduce((sum, move) => sum + move ** 2, 0);
    return squares(TRAINING, BUCKETS) / squares(0, TRAINING);
  });
  return perName.reduce((sum, r2, i) => sum + weights[i] * r2, 0) / weights.reduce((sum, weight) => sum + weight, 0);
}

/** What the truth explains of the hold-out, by name. */
const truthOf = ({ days: [{ market, grid }], predicted: [predicted] }: ConcaveMarket): number[] =>
  each((i) => {
    let [left, all] = [0, 0];
    for (let cell = i * grid.buckets + TRAINING; cell < (i + 1) * grid.buckets; cell++) {
      left += (market.moveBps[cell] - predicted[cell]) ** 2;
      all += market.moveBps[cell] ** 2;
    }
    return 1 - left / all;
  });

describe('ten minutes of heavy-tailed flow, by the defaults of the program', () => {
  const folder = temporaryFolder();
  let engine: Engine;
  beforeAll(async () => {
    engine = await testEngine(folder);
  });
  afterAll(() => engine.close());

  const scored = (config: string, date: string, ...more: string[]) => {
    const { document } = ximJson(['validate', '--date', date, '--config', config, ...more]);
    expect(document.error).toBeUndefined();
    return document;
  };

  it.each(worlds)('streams %s are predicted nearly as the truth predicts them', async (name, seed, world) => {
    const market = concaveMarket({ ...world, seed });
    const config = await writeOwnBuckets(engine, { root: join(folder, `${seed}`), days: market.days, blocks: assets });
    const { holdOut, certificate } = scored(config, market.days[0].grid.date);
    const [truth, found] = [truthOf(market), holdOut.perName.fitted].map((r2) => pooled(market, r2));
    expect(found, `${name}: ${found} of ${truth}`).toBeGreaterThan(truth - 0.03);
    expect(certificate).toBe('passed');
  });

  it('a linear fit of the first breaks down', async () => {
    const [, seed, world] = worlds[0];
    const market = concaveMarket({ ...world, seed });
    const config = await writeOwnBuckets(engine, { root: join(folder, 'linear'), days: market.days, blocks: assets });
    const { holdOut } = scored(config, market.days[0].grid.date, '--set', 'fit.kernel.concave=none');
    expect(pooled(market, holdOut.perName.fitted)).toBeLessThan(pooled(market, truthOf(market)) - 0.5);
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Action,
  costOfSchedule,
  growthBound,
  initialState,
  loadArtifact,
  marginalCost,
  nextState,
  pricesAt,
} from '../../src/library.js';
import { secantMatrix } from '../../src/model/concave.js';
import { concaveCost } from '../../src/model/potentials.js';
import { diagonalOf, mapEntries } from '../../src/numerics/dense.js';
import { storedPriceModel } from '../../src/run/orders/priceModel.js';
import { objectPath, readVersion } from '../../src/store/store.js';
import { readJson, repository, xim, ximJson, ximJsonLater } from '../support/cli.js';
import { closed } from '../support/concaveModels.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { randomMatrix } from '../support/matrices.js';
import { sampleCachesInto } from '../support/sampleRun.js';
import { type Tampering, tampered } from '../support/tampered.js';

const folder = temporaryFolder();
const DATE = '2024-03-13';
/** Names of the versions; three are in one store, of which `own` came last. */
const setting = {
  linear: 'none',
  bent: '{"c":0.6,"tau":["1s","30s"]}',
  own: '{"c":0.4,"tau":["1s","30s"]}',
  modes: '{"c":0.5,"links":"concave","tau":["2s"]}',
};
const stores = { own: join(folder, 'own'), modes: join(folder, 'modes') };
type Links = keyof typeof stores;
const run = (which: keyof typeof setting) => [
  ...['run', '--date', DATE, '--config', 'configs/sample.yaml', '--store', stores[which === 'modes' ? 'modes' : 'own']],
  ...['--set', `fit.kernel.concave=${setting[which]}`, '--set', 'fit.window=3d'],
];

const versions = {} as Record<keyof typeof setting, string>;
beforeAll(async () => {
  for (const store of Object.values(stores)) await sampleCachesInto(store);
  for (const which of ['linear', 'bent', 'own', 'modes'] as const)
    versions[which] = (await ximJsonLater(run(which))).version;
}, 180_000);

const manifestOf = (links: Links) => readJson(join(stores[links], 'versions', versions[links], 'manifest.json'));
const tableOf = (links: Links) => {
  const object = manifestOf(links).objects.find(({ name }: { name: string }) => name === 'impact.arrow');
  return tableFromIPC(readFileSync(objectPath(stores[links], object)));
};

describe('a version with concave terms', () => {
  it('has them in the manifest and beside the matrix', () => {
    const { concave } = manifestOf('own').kernel;
    expect(concave).toEqual({ power: 0.4, tauSeconds: [1, 30], hasLinear: true, modes: [] });
    const columns = tableOf('own').schema.fields.map(({ name }) => name);
    expect(columns).toEqual(expect.arrayContaining(['K', 'K_linear', 'g_1', 'g_2', 'h_scale', 'typical_flow']));
    expect(columns).not.toContain('g_3');
    expect(columns).not.toContain('modes');
  });

  it('has the directions of modes by name, and no linear part where links are concave', () => {
    const { concave } = manifestOf('modes').kernel;
    expect(concave).toMatchObject({ power: 0.5, tauSeconds: [2], hasLinear: false });
    expect(concave.modes.map(({ label }: { label: string }) => label)).toContain('market');
    const table = tableOf('modes');
    for (let i = 0; i < table.numRows; i++) {
      expect(table.getChild('modes')!.get(i).length).toBe(concave.modes.length);
      expect([...table.getChild('K_linear')!.get(i)].every((value) => value === 0)).toBe(true);
    }
  });

  it.each(['own', 'modes'] as const)('is verified from its bytes, and the same the second time (%s)', (links) => {
    const { code, document } = ximJson(['verify', versions[links], '--store', stores[links]]);
    expect([code, document.error]).toEqual([0, undefined]);
    if (links === 'own') expect(ximJson(run(links)).document).toMatchObject({ version: versions[links], fresh: false });
  });

  it.each(['own', 'modes'] as const)('gives models whose secants are K and its fallbacks (%s)', (links) => {
    const { models, blocks, certificates } = loadArtifact(stores[links], 'candidate');
    const table = tableOf(links);
    const n = table.numRows;
    const stored = (name: string) =>
      mapEntries({ rows: n, cols: n, data: new Float64Array(n * n) }, (_, i, j) => table.getChild(name)!.get(i).get(j));
    const secant = (model: (typeof models)['full']) => secantMatrix(model.K, model.concave!);
    expect(secant(models.full)).toEqual(stored('K'));
    expect(secant(models.blockDiagonal)).toEqual(stored('K_block'));
    expect([...diagonalOf(secant(models.diagonal))]).toEqual([...table.getChild('K_diag')!]);
    for (const { checks } of [certificates.full, certificates.before!, certificates.diagonal])
      expect(checks.map(({ name }) => name)).toContain('concave_min_weight');
    expect(blocks).toHaveLength(n);
  });
});

describe('orders by a version with concave terms', () => {
  it('are priced by them beside the linear part, by the names of today', () => {
    const { symbols, models } = loadArtifact(stores.own, 'candidate');
    const today = ['unknown', ...[...symbols].reverse()].map((symbol) => ({
      symbol,
      block: 'x',
      multiplier: 1,
      fx: 1,
    }));
    const stored = storedPriceModel(stores.own, readVersion(stores.own, versions.own), today);
    expect(stored.unknown).toEqual(['unknown']);
    const { terms, concave } = stored.model;
    const n = symbols.length;
    const { K, concave: own } = models.full;
    expect(terms[0].matrix.data[n + 2]).toBe(K.data[n * n - 1]);
    expect(concave!.own.data.subarray(0, n + 1)).toEqual(Float64Array.of(0, ...own!.own.data.slice(0, n).reverse()));
    expect(concave!.scales).toEqual(Float64Array.of(1, ...[...own!.scales].reverse()));
  });

  it('are scored', () => {
    const { code, document } = ximJson([
      ...['scorecard', '--date', DATE, '--config', 'configs/sample.yaml', '--store', stores.own],
    ]);
    expect([code, document.error?.message]).toEqual([0, undefined]);
  });
});

describe.each(['own', 'modes'] as const)('a live system on concave terms (%s)', (links) => {
  const action: Action = { prices: 'full', selfMultiplier: 1, linkMultiplier: 1, refreshesLinks: true };
  const schedule = (names: number) => randomMatrix(20, names, 7);

  it('pays what is linear and the potentials, at every level', () => {
    const artifact = loadArtifact(stores[links], 'candidate');
    const orders = schedule(artifact.symbols.length);
    for (const prices of ['full', 'blockDiagonal', 'diagonal'] as const) {
      const { K, decay, weights, concave } = artifact.models[prices];
      const straight = costOfSchedule({ matrices: [K], decay, weights }, orders);
      const propagator = pricesAt(artifact, { ...action, prices });
      const cost = costOfSchedule(propagator, orders);
      expect(cost).toBeCloseTo(straight + concaveCost(concave!, orders), 8);
      const step = 1e-6;
      const more = mapEntries(orders, (v, t, i) => (t === 3 && i === 0 ? v + step : v));
      const next = marginalCost(propagator, orders).data[3 * orders.cols];
      expect((costOfSchedule(propagator, more) - cost) / step).toBeCloseTo(next, 4);
    }
  });

  it('is paid for no round trip, and holds multipliers to what the slowest term bears', () => {
    const artifact = loadArtifact(stores[links], 'candidate');
    const { thresholds, models, symbols } = artifact;
    expect(thresholds.multiplierGrowth).toBe(growthBound(models.full));
    const flat = closed(schedule(symbols.length));
    let state = initialState(thresholds);
    for (const multiplier of [0.5, 2, 2]) {
      const step = nextState(state, { multiplier }, thresholds);
      const before = state.inUse?.self ?? multiplier;
      expect(step.action.selfMultiplier).toBeLessThanOrEqual(before * thresholds.multiplierGrowth! * (1 + 1e-12));
      expect(costOfSchedule(pricesAt(artifact, step.action), flat)).toBeGreaterThan(0);
      state = step.state;
    }
  });

  it('runs the example', () => {
    const program = join(repository, 'examples', 'live.mjs');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, stores[links]], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^bucket 0: /m);
  });
});

describe('what is said of a version with concave terms', () => {
  it.each([
    ['own', /^concave impact: power 0\.4 over 1 s, 30 s, \d+ % of self impact at typical flow .*, links linear$/m],
    ['modes', /^concave impact: power 0\.5 over 2 s, 100 % of self impact .*, links in \d+ concave modes$/m],
  ] as const)('is a line of what is concave, and one of multipliers (%s)', (links, says) => {
    const { code, stdout } = xim(['show', versions[links], '--store', stores[links]]);
    expect(code).toBe(0);
    expect(stdout).toMatch(says);
    expect(stdout).toMatch(/^multipliers: regimes differ by × 1\.\d+, /m);
  });

  it('is in its certificate: the growth that every time constant bears, and the switch that it does not', () => {
    const { certificate, regimes, kernel } = manifestOf('own');
    const { growth, regimeGrowth, isBorne, switchWitness } = certificate.inTime;
    const multipliers = regimes.multipliers.map(({ multiplier }: { multiplier: number }) => multiplier);
    expect(regimeGrowth).toBeCloseTo(Math.max(...multipliers) / Math.min(...multipliers), 12);
    for (const { kind, tauSeconds, largestGrowthPerBucket } of growth)
      expect(largestGrowthPerBucket).toBeCloseTo(
        Math.exp((kind === 'linear' ? 2 : 1 + kernel.concave.power) / tauSeconds),
        10,
      );
    const least = Math.min(...growth.map((term: { largestGrowthPerBucket: number }) => term.largestGrowthPerBucket));
    expect(isBorne).toBe(regimeGrowth <= least);
    if (isBorne) expect(switchWitness).toBeNull();
  });

  it('is how it differs from another, and from one that is linear', () => {
    const diff = (a: string, b: string) => ximJson(['diff', a, b, '--store', stores.own]).document.concave;
    expect(diff(versions.own, versions.own)).toMatchObject({ power: { from: 0.4, to: 0.4 }, medianChange: 0 });
    const { power, medianChange } = diff(versions.own, versions.bent);
    expect(power).toEqual({ from: 0.4, to: 0.6 });
    expect(medianChange).toBeGreaterThan(0);
    expect(diff(versions.linear, versions.bent)).toMatchObject({ power: { from: null, to: 0.6 }, medianChange: null });
    expect(diff(versions.linear, versions.linear)).toBeUndefined();
    expect(xim(['diff', versions.own, versions.bent, '--store', stores.own]).stdout).toMatch(
      /^concave terms: power 0\.4 over 1 s, 30 s → power 0\.6 over 1 s, 30 s; weights changed by [\d.]+ % \(median/m,
    );
    const shown = xim(['show', versions.linear, '--store', stores.own]).stdout;
    expect(shown).not.toMatch(/^concave impact/m);
    expect(shown).toMatch(/^multipliers: /m);
  });
});

describe('concave terms that someone changed', () => {
  const times = (factor: number) => (values: Float64Array) => {
    values.forEach((value, k) => {
      values[k] = factor * value;
    });
  };
  const inColumn = (name: string, change: (values: Float64Array) => void): Tampering => ({ column: { name, change } });
  const inTerms = (change: (concave: ReturnType<typeof readJson>) => void): Tampering => ({
    manifest: ({ kernel }) => change(kernel.concave),
  });
  const cases: readonly [string, Links, Tampering, RegExp][] = [
    ['a weight', 'own', inColumn('g_2', times(1 + 1e-9)), /K is not the linear part with the secants/],
    ['a weight below zero', 'own', inColumn('g_2', (g) => g.fill(-1, 0, 1)), /g_2 holds -1/],
    ['a scale', 'own', inColumn('h_scale', times(1.001)), /K is not the linear part/],
    ['no scale', 'own', inColumn('h_scale', (s) => s.fill(0, 0, 1)), /h_scale holds 0/],
    ['typical flow', 'own', inColumn('typical_flow', times(1.001)), /K is not the linear part/],
    ['flow that is none', 'own', inColumn('typical_flow', (m) => m.fill(Number.NaN, 0, 1)), /typical_flow holds NaN/],
    ['the linear part', 'own', inColumn('K_linear', times(1 + 1e-9)), /K is not the linear part/],
    ['a fallback', 'own', inColumn('K_block', times(1 + 1e-9)), /K_block is not the linear part/],
    ['the last fallback', 'own', inColumn('K_diag', times(1 + 1e-9)), /K_diag is not the linear part/],
    ['the power', 'own', inTerms((concave) => (concave.power = 0.41)), /K is not the linear part/],
    ['no power', 'own', inTerms((concave) => (concave.power = 0)), /kernel\.concave\.power: 0 is too small/],
    ['a convex power', 'own', inTerms((concave) => (concave.power = 1.1)), /kernel\.concave\.power: 1\.1 is too large/],
    ['one term less', 'own', inTerms((concave) => concave.tauSeconds.pop()), /K is not the linear part/],
    ['one term more', 'own', inTerms((concave) => concave.tauSeconds.push(5)), /there is no column g_3/],
    ['a time below zero', 'own', inTerms((c) => (c.tauSeconds[0] = -1)), /concave\.tauSeconds\.0: -1 is too small/],
    ['no terms', 'own', { manifest: ({ kernel }) => delete kernel.concave }, /no concave terms/],
    [
      'the growth that is borne',
      'own',
      { manifest: ({ certificate }) => (certificate.inTime.growth[0].largestGrowthPerBucket = 2) },
      /multipliers that change/,
    ],
    ['a multiplier', 'own', { manifest: ({ regimes }) => (regimes.multipliers[0].multiplier = 3) }, /multipliers that/],
    ['a direction', 'modes', inColumn('modes', times(1 + 1e-9)), /K is not the linear part/],
    ['the weight of a mode', 'modes', inTerms(({ modes }) => (modes[0].weights[0] += 0.1)), /K is not the linear/],
    ['the scale of a mode', 'modes', inTerms(({ modes }) => (modes[0].scale = 0)), /modes\.0\.scale: 0 is too small/],
    ['a negative mode', 'modes', inTerms(({ modes }) => (modes[0].weights[0] = -1)), /weights\.0: -1 is too small/],
    ['one mode less', 'modes', inTerms(({ modes }) => modes.pop()), /directions for \d+ modes/],
    ['a weight too many', 'modes', inTerms(({ modes }) => modes[0].weights.push(0)), /mode market has 2 weights/],
  ];

  it.each(cases)('are found: %s', (_, links, change, says) => {
    const error = failure(() => loadArtifact(tampered(folder, stores[links], versions[links], change)));
    expect(error).toMatchObject({ kind: 'corrupt' });
    expect(error.message).toMatch(says);
  });

  it('are not, where nothing was', () => {
    expect(loadArtifact(tampered(folder, stores.own, versions.own, {})).models.full.concave).toBeDefined();
  });
});

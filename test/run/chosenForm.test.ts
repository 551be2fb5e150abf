import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/io/duckdb.js';
import type { StoredVersion } from '../../src/store/store.js';
import { readJson, xim, ximJson } from '../support/cli.js';
import { type DecayWorld, simulatedWorld } from '../support/decayWorlds.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { runConfigured, runOwnBuckets } from '../support/ownRuns.js';
import { settled } from '../support/settled.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

/** Names decay fast, the market stays. */
const world: DecayWorld = {
  ...{ names: 12, blocks: 3, days: 6, seconds: 3600, seed: 1 },
  ...{ tau: [3, 60, Number.POSITIVE_INFINITY], own: [0.7, 0.25, 0.05], market: [0, 0.02, 0.25], link: 0.1 },
  flow: { noise: 1 },
};
const { days, blocks } = simulatedWorld(world);
const run = (name: string, kernel: object): Promise<StoredVersion> =>
  runOwnBuckets(engine, folder, {
    ...{ root: join(folder, name), days, blocks },
    settings: { fit: { window: '6d', kernel }, flow: { liquidity: 0 } },
  });
const configured = ({ manifest }: StoredVersion) =>
  (manifest.config as { fit: { kernel: { form: string } } }).fit.kernel.form;

describe('a window whose market decays at a speed of its own', () => {
  it('is published with modes, certified, with the numbers that asked for them', async () => {
    const version = await run('auto', { concave: 'none' });
    const { kernel, certificate, notes, metrics } = version.manifest;
    expect(configured(version)).toBe('auto');
    expect(kernel.form).toBe('modes');
    expect(kernel.why).toMatch(
      /^Modes: baskets decay at a speed of their own \(.*own flow bears 0\.\d+ to 0\.\d+, modes 0\.\d+/,
    );
    expect(notes).toContain(kernel.why);
    expect(certificate.status).toBe('passed');
    expect(kernel.weights).toHaveLength(kernel.tauSeconds.length);
    expect(metrics.referenceOrders?.some(({ order }) => order === 'one-sided basket')).toBe(true);

    const config = join(folder, 'auto', 'config.yaml');
    const [verified] = ximJson(['verify', version.folder, '--config', config]).document.versions;
    expect(verified.certificates.full.status).toBe('passed');
    const shown = xim(['show', version.folder, '--config', config]).stdout;
    expect(shown).toContain(`kernel: modes. ${kernel.why}`);

    const report = version.manifest.objects.find(({ name }) => name === 'report.json')!;
    const { baskets, why } = readJson(join(folder, 'auto', 'store', 'objects', `${report.sha256}.json`)).kernel;
    expect(why).toBe(kernel.why);
    expect(new Set(baskets.map(({ basket }: { basket: string }) => basket))).toEqual(
      new Set(['market', 'b0', 'b1', 'b2', 'hedged basket']),
    );
    for (const { scalar, modes, low } of baskets)
      for (const value of [scalar, modes, low]) expect(value).toBeGreaterThan(0);

    await settled();
    // Sums of baskets come from the cache, to the same bits.
    const again = await runConfigured(config, days.at(-1)!.grid.date, folder);
    expect(again.version.id).toBe(version.id);
  });

  it('is scalar where the form is given, and says nothing of others', async () => {
    const { kernel } = (await run('scalar', { form: 'scalar', concave: 'none' })).manifest;
    expect(kernel.form).toBe('scalar');
    expect(kernel.why).toBeUndefined();
  });

  it('is scalar with impact that is concave, and says that baskets decay otherwise', async () => {
    const { kernel, notes } = (await run('concave', { concave: { c: 0.5 } })).manifest;
    expect(kernel.form).toBe('scalar');
    expect(kernel.concave).toBeDefined();
    expect(kernel.why).toMatch(
      /although baskets decay otherwise .* modes do not go together with impact that is concave/,
    );
    expect(notes).toContain(kernel.why);
  });
});

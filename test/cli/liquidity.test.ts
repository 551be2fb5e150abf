import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadArtifact, pricesAtDepth, scaledFlow } from '../../src/library.js';
import { canonicalJson } from '../../src/model/canonicalJson.js';
import { fromRows } from '../../src/numerics/dense.js';
import { objectPath, sha256 } from '../../src/store/store.js';
import { readJson, repository, snapshot, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { sampleCachesInto, sampleRunInto } from '../support/sampleRun.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const DATE = '2024-03-13';
const unscaled = join(folder, 'unscaled');
const scaled = ['--set', 'flow.liquidity=0.25'];
const run = (...more: string[]) =>
  ximJson(['run', '--date', DATE, '--config', 'configs/sample.yaml', '--store', store, ...more]);
let unscaledVersion: string;

let first: ReturnType<typeof ximJson>;
let manifest: ReturnType<typeof readJson>;
beforeAll(async () => {
  await sampleCachesInto(store);
  first = run(...scaled);
  unscaledVersion = (await sampleRunInto(unscaled)).document.version;
  manifest = readJson(join(store, 'versions', first.document.version, 'manifest.json'));
});

const stored = (name: string) =>
  readFileSync(
    objectPath(
      store,
      manifest.objects.find((object: { name: string }) => object.name === name),
    ),
  );

describe('a run with flow scaled by depth', () => {
  it('is certified, verified, and nothing new the second time', () => {
    expect(first.document.certificate).toBe('passed');
    expect(ximJson(['verify', DATE, '--store', store]).code).toBe(0);
    const before = snapshot(store);
    expect(run(...scaled).document).toMatchObject({ id: first.document.id, fresh: false });
    expect(snapshot(store)).toEqual(before);
  });

  it('has γ in the manifest and D̄ beside the matrix, and says what the certificate speaks of', () => {
    expect(manifest.kernel.liquidity).toBe(0.25);
    expect(manifest.config.flow.liquidity).toBe(0.25);
    const depths = tableFromIPC(stored('impact.arrow')).getChild('depth_median')!;
    for (const depth of depths) expect(depth).toBeGreaterThan(0);
    expect(manifest.notes.join('\n')).toMatch(/flow\.liquidity 0\.25: .*schedules at constant depth/);
    expect(stored('report.md').toString()).toContain('schedules at constant depth');
  });

  it('costs orders by it', () => {
    const { code, document } = ximJson([
      ...['scorecard', '--date', DATE, '--config', 'configs/sample.yaml', '--store', store, ...scaled],
    ]);
    expect([code, document.error?.message]).toEqual([0, undefined]);
  });

  it('sums a day once: another calibration of it reads depth and moments from their cache', () => {
    const cached = () =>
      snapshot(join(store, 'stages')).filter((line) => /\/stages\/(align|depth|own|moments)\//.test(line));
    const before = cached();
    expect(before.filter((line) => line.includes('depth.json'))).toHaveLength(6);
    expect(run(...scaled, '--set', 'validate.folds=4').document.fresh).toBe(true);
    expect(cached()).toEqual(before);
  });

  it('gives a live system the depth that K speaks of', () => {
    const artifact = loadArtifact(store, first.document.version);
    const { depthMedian, liquidity } = artifact.flow;
    expect(liquidity).toBe(0.25);
    const n = artifact.symbols.length;
    const schedule = fromRows([Array.from({ length: n }, () => 1)]);
    const thin = scaledFlow(
      artifact,
      schedule,
      depthMedian.map((depth, i) => (i === 0 ? depth / 16 : depth)),
    );
    expect(thin.data[0]).toBeCloseTo(2, 12);
    expect([...thin.data.slice(1)]).toEqual(Array.from({ length: n - 1 }, () => 1));
    const unknown = new Float64Array(n).fill(Number.NaN);
    const prices = { matrices: [artifact.models.full.K], decay: Float64Array.of(1), weights: Float64Array.of(1) };
    expect(pricesAtDepth(artifact, prices, unknown).matrices).toEqual(prices.matrices);
  });

  it.each([
    ['γ is none', (kernel: ReturnType<typeof readJson>) => ({ ...kernel, liquidity: 1.5 }), /liquidity/],
    ['no depth is stored', undefined, /no column depth_median/],
  ])('is refused where %s', (_, change, says) => {
    const target = join(folder, `changed ${says.source}`);
    cpSync(store, target, { recursive: true });
    // The version of flow as it is has no depth beside its matrix.
    const plain = change ? manifest : readJson(join(unscaled, 'versions', unscaledVersion, 'manifest.json'));
    const kernel = change ? change(manifest.kernel) : { ...plain.kernel, liquidity: 0.25 };
    const content = canonicalJson({ ...plain, kernel });
    if (!change) cpSync(join(unscaled, 'objects'), join(target, 'objects'), { recursive: true });
    const version = join(target, 'versions', `${DATE}-${sha256(content).slice(0, 8)}`);
    cpSync(join(store, 'versions', first.document.version), version, { recursive: true });
    chmodSync(join(version, 'manifest.json'), 0o644);
    writeFileSync(join(version, 'manifest.json'), content);
    const error = failure(() => loadArtifact(version));
    expect(error).toMatchObject({ kind: 'corrupt' });
    expect(error.message).toMatch(says);
  });
});

describe('flow.liquidity', () => {
  it('is refused outside 0 to 1', () => {
    const { code, stderr } = xim(
      ['run', '--date', DATE, '--config', 'configs/sample.yaml', '--set', 'flow.liquidity=1.5'],
      {
        cwd: repository,
      },
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/flow\.liquidity/);
  });
});

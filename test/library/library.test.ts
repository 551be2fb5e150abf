import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Action,
  costOfSchedule,
  initialState,
  type LiveArtifact,
  loadArtifact,
  marginalCost,
  nextState,
  pricesAt,
} from '../../src/library.js';
import { canonicalJson } from '../../src/model/canonicalJson.js';
import { diagonalOf, mapEntries } from '../../src/numerics/dense.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { sha256 } from '../../src/store/store.js';
import { readJson, repository, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { failure } from '../support/failure.js';
import { randomMatrix } from '../support/matrices.js';
import { sampleRunInto } from '../support/sampleRun.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const DATE = '2024-03-13';
const run = (target: string, ...more: string[]) =>
  ximJson(['run', '--date', DATE, '--config', 'configs/sample.yaml', '--store', target, ...more]);

let version: string;
let artifact: LiveArtifact;
beforeAll(async () => {
  version = (await sampleRunInto(store)).document.version;
  artifact = loadArtifact(store, 'candidate');
});

describe('an artifact of the sample data', () => {
  it('is what the command line shows, by alias, date, prefix and folder', () => {
    const shown = ximJson(['show', DATE, '--store', store]).document;
    expect(artifact).toMatchObject({ id: shown.id, version, asof: DATE, bucketMs: 1000 });
    expect(artifact.certificates.full.status).toBe('passed');
    for (const [place, reference] of [
      [store, DATE],
      [store, artifact.id.slice(0, 8)],
      [join(store, 'versions', version), undefined],
    ] as const)
      expect(loadArtifact(place, reference).id).toBe(artifact.id);
  });

  it('has the three matrices, one inside the other, and thresholds in buckets', () => {
    const { full, blockDiagonal, diagonal } = artifact.models;
    const { blocks } = artifact;
    expect(blockDiagonal.K.data).toEqual(mapEntries(full.K, (v, i, j) => (blocks[i] === blocks[j] ? v : 0)).data);
    expect(diagonalOf(diagonal.K)).toEqual(diagonalOf(full.K));
    expect(artifact.thresholds).toMatchObject({ conditionCap: 1000, recoveryBuckets: 60, windowBuckets: 300 });
    expect(artifact.health.conditionNumber).toBeGreaterThan(1);
    expect(artifact.residualVolBps).toHaveLength(artifact.symbols.length);
  });

  it('is refused where there is none, a byte changed, or its certificate does not hold', () => {
    expect(failure(() => loadArtifact(store))).toMatchObject({ kind: 'notFound' });
    expect(failure(() => loadArtifact(join(folder, 'nowhere')))).toMatchObject({ kind: 'notFound' });
    const target = join(folder, 'tampered');
    cpSync(store, target, { recursive: true });
    const manifest = readJson(join(target, 'versions', version, 'manifest.json'));
    const object = manifest.objects.find(({ name }: { name: string }) => name === 'impact.arrow');
    const path = join(target, 'objects', `${object.sha256}.arrow`);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    chmodSync(path, 0o644);
    writeFileSync(path, bytes);
    expect(failure(() => loadArtifact(target, DATE))).toMatchObject({ kind: 'corrupt' });
  });

  it('is refused where the manifest itself says that the certificate failed', () => {
    const target = join(folder, 'failed');
    cpSync(store, target, { recursive: true });
    const manifest = readJson(join(target, 'versions', version, 'manifest.json'));
    // Floors that no self impact reaches: the stored matrix and the claim agree, and both are bad.
    manifest.constraints.floors = manifest.constraints.floors.map(() => 1e6);
    for (const claim of [manifest.certificate, ...Object.values<{ status: string }>(manifest.fallbacks)])
      claim.status = 'failed';
    manifest.certificate.before.status = 'failed';
    const content = canonicalJson(manifest);
    rmSync(join(target, 'versions', version), { recursive: true, force: true });
    const renamed = join(target, 'versions', `${DATE}-${sha256(content).slice(0, 8)}`);
    cpSync(join(store, 'versions', version), renamed, { recursive: true });
    chmodSync(join(renamed, 'manifest.json'), 0o644);
    writeFileSync(join(renamed, 'manifest.json'), content);
    expect(failure(() => loadArtifact(renamed))).toMatchObject({ kind: 'gate' });
  });

  it('needs no threshold that was not there when it was written', () => {
    const target = join(folder, 'older');
    cpSync(store, target, { recursive: true });
    const manifest = readJson(join(target, 'versions', version, 'manifest.json'));
    for (const key of ['cap_release', 'residual_release', 'residual_window', 'recovery'])
      delete manifest.guardrails[key];
    const content = canonicalJson(manifest);
    const older = join(target, 'versions', `${DATE}-${sha256(content).slice(0, 8)}`);
    cpSync(join(store, 'versions', version), older, { recursive: true });
    chmodSync(join(older, 'manifest.json'), 0o644);
    writeFileSync(join(older, 'manifest.json'), content);
    expect(loadArtifact(older).thresholds).toEqual(artifact.thresholds);
  });
});

describe('prices', () => {
  const action = (change: Partial<Action> = {}): Action => ({
    prices: 'full',
    selfMultiplier: 1.5,
    linkMultiplier: 1.2,
    refreshesLinks: false,
    ...change,
  });

  it('scale self impact and links, and stay positive semidefinite', () => {
    const { K } = artifact.models.full;
    const [scaled] = pricesAt(artifact, action()).matrices;
    expect(scaled.data).toEqual(mapEntries(K, (value, i, j) => (i === j ? 1.5 : 1.2) * value).data);
    expect(smallestEigenvalue(scaled)).toBeGreaterThan(0);
    const [alone] = pricesAt(artifact, action({ prices: 'diagonal' })).matrices;
    expect(alone.data).toEqual(mapEntries(K, (value, i, j) => (i === j ? 1.5 * value : 0)).data);
  });

  it('keep links among canaries alone', () => {
    const canary = artifact.symbols.slice(0, 2);
    const [matrix] = pricesAt({ ...artifact, canary }, action()).matrices;
    mapEntries(matrix, (value, i, j) => {
      if (i !== j && Math.max(i, j) > 1) expect(value).toBe(0);
      return value;
    });
    expect(matrix.data[1]).not.toBe(0);
    expect(smallestEigenvalue(matrix)).toBeGreaterThan(0);
  });

  it('are refused for concave flow', () => {
    const { models } = artifact;
    const concave = { ...artifact, models: { ...models, full: { ...models.full, concavity: 0.5 } } };
    expect(failure(() => pricesAt(concave, action()))).toMatchObject({ kind: 'usage' });
  });

  it('never pay for a round trip, at any level that the machine reaches', () => {
    const { thresholds, symbols } = artifact;
    const start = initialState(thresholds);
    for (const observation of [{}, { residualZ: 9 }, { basketNorm: 99 }, { venueOutage: true }]) {
      const { action: now } = nextState(start, { ...observation, multiplier: 0.7 }, thresholds);
      const open = randomMatrix(30, symbols.length, 5);
      const held = symbols.map((_, i) =>
        open.data.reduce((sum, v, k) => (k % symbols.length === i ? sum + v : sum), 0),
      );
      const flat = mapEntries(open, (value, t, i) => (t === 29 ? value - held[i] : value));
      expect(costOfSchedule(pricesAt(artifact, now), flat)).toBeGreaterThan(0);
    }
  });
});

describe('a kernel with a matrix per time constant', () => {
  it('prices with all of them, and its parts sum to K', () => {
    const target = join(folder, 'modes');
    expect(run(target, '--set', 'fit.kernel.form=modes').document.certificate).toBe('passed');
    const modes = loadArtifact(target, 'candidate');
    const { action } = nextState(initialState(modes.thresholds), {}, modes.thresholds);
    const propagator = pricesAt(modes, action);
    expect(propagator.matrices.length).toBeGreaterThan(1);
    const n = modes.symbols.length;
    const pulse = mapEntries(randomMatrix(3, n, 1), (_, t, i) => (t === 0 && i === 0 ? 1 : 0));
    const next = marginalCost(propagator, pulse);
    // G(0) is K: what a pulse does to its own bucket.
    for (let i = 0; i < n; i++) expect(next.data[i]).toBeCloseTo(modes.models.full.K.data[i * n], 10);
  });
});

describe('examples/live.mjs', () => {
  it('runs on a store of the sample data, by the name of the package', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(repository, 'examples', 'live.mjs'), store, 'candidate'],
      { encoding: 'utf8', cwd: folder },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const levels = [...stdout.matchAll(/^bucket (\d+): (\w+)/gm)].map(([, bucket, level]) => [Number(bucket), level]);
    expect(levels).toEqual([
      [0, 'full'],
      [2, 'diagonal'],
      [62, 'blockDiagonal'],
      [122, 'crossFrozen'],
      [182, 'full'],
    ]);
  });

  it('says what is wrong where there is no store', () => {
    const path = join(repository, 'examples', 'live.mjs');
    const { status, stderr } = spawnSync(process.execPath, [path, join(folder, 'nowhere')], { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/there is no store at/);
  });
});

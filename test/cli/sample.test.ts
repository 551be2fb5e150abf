import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Table, tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, it } from 'vitest';
import { storedMoments } from '../../src/io/momentsFile.js';
import { sumMoments } from '../../src/model/moments.js';
import { fromRows, multiply } from '../../src/numerics/dense.js';
import { gramInverse } from '../../src/numerics/leastSquares.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { applyControls, controlCoefficients } from '../../src/stages/defactor/controls.js';
import { mergeImpactBases } from '../../src/stages/fit/impactProblem.js';
import { readJson, repository, snapshot, startXim, xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { sampleRunInto } from '../support/sampleRun.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const DATE = '2024-03-13';
const sample = ['--config', 'configs/sample.yaml'];
const run = (target: string, ...more: string[]) => ['run', '--date', DATE, ...sample, '--store', target, ...more];
const golden = readJson(join(repository, 'test/golden/sample.json'));

let first: ReturnType<typeof ximJson>;
beforeAll(async () => {
  first = await sampleRunInto(store);
});

const objectPath = (name: string): string => {
  const version = readJson(join(store, 'versions', first.document.version, 'manifest.json'));
  const { sha256 } = version.objects.find((object: { name: string }) => object.name === name);
  return join(store, 'objects', `${sha256}.${name.split('.').at(-1)}`);
};

describe('the nightly job on the sample data', () => {
  it('passes its gates and gives the golden version id', () => {
    expect(first.code).toBe(0);
    expect(first.document.id).toBe(golden.id);
    expect(first.document.certificate).toBe('passed');
  });

  it('writes nothing the second time and names the same version', () => {
    const before = snapshot(store);
    const second = ximJson(run(store));
    expect(second.document).toMatchObject({ id: first.document.id, fresh: false });
    expect(snapshot(store)).toEqual(before);
  });

  it('gives the same id with one thread, from data and store at other paths, in another locale and time zone', () => {
    const elsewhere = join(folder, 'other place');
    mkdirSync(elsewhere);
    cpSync(join(repository, 'sample-data'), join(elsewhere, 'data'), { recursive: true });
    const { stdout } = xim(
      [...run(join(elsewhere, 'store'), '--threads', '1', '--data', join(elsewhere, 'data')), '--json'],
      { env: { LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', TZ: 'Pacific/Auckland' } },
    );
    expect(JSON.parse(stdout).id).toBe(first.document.id);
  });

  it('is within a third of the playbook-literal recipe of the truth', () => {
    const truth = readJson(join(repository, 'sample-data/truth.json'));
    const table = tableFromIPC(readFileSync(objectPath('impact.arrow')));
    const K = matrixOf(table, 'K');
    const literal = literalRecipe(first.document.kernel.weights);
    const [ours, theirs] = [relativeError(K, truth.K), relativeError(literal, truth.K)];
    console.log(`relative off-diagonal error: xim ${ours.toFixed(4)}, playbook-literal recipe ${theirs.toFixed(4)}`);
    expect(ours).toBeLessThan(theirs / 3);
  });

  it('holds every constraint in the stored bytes to 1e-10', () => {
    const table = tableFromIPC(readFileSync(objectPath('impact.arrow')));
    const floors = [...table.getChild('floor')!.toArray()] as number[];
    const manifest = readJson(join(store, 'versions', first.document.version, 'manifest.json'));
    for (const column of ['K', 'K_block']) {
      const K = matrixOf(table, column);
      const C = K.map((row, i) => row.map((v, j) => v / Math.sqrt(K[i][i] * K[j][j])));
      expect(smallestEigenvalue(fromRows(C))).toBeGreaterThanOrEqual(-1e-10);
      C.forEach((row, i) => {
        expect(K[i][i]).toBeGreaterThanOrEqual(floors[i] - 1e-10);
        row.forEach((v, j) => {
          expect(Math.abs(v - C[j][i])).toBeLessThanOrEqual(1e-10);
          if (i !== j) expect(Math.abs(v)).toBeLessThanOrEqual(manifest.constraints.rho + 1e-10);
        });
      });
    }
    const { weights } = manifest.kernel;
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(weights.reduce((a: number, b: number) => a + b, 0) - 1)).toBeLessThan(1e-10);
  });

  it('keeps plain strings and the metadata of the contract in impact.arrow', () => {
    const table = tableFromIPC(readFileSync(objectPath('impact.arrow')));
    expect(table.schema.fields.map((field) => field.name)).toEqual([
      'symbol',
      'block',
      'K',
      'K_raw',
      'K_shrunk',
      'K_se',
      'K_block',
      'K_diag',
      'beta',
      'resid_vol_bps',
      'floor',
      'adv',
      'canary',
    ]);
    expect(String(table.schema.fields[0].type)).toBe('Utf8');
    expect(table.schema.metadata.get('xim.asof')).toBe(DATE);
    expect(table.schema.metadata.get('xim.units')).toMatch(/bps per million/);
  });

  it('writes diagnostics that the engine opens', async () => {
    const engine = await testEngine(folder);
    const counts: Record<string, number> = {};
    for (const name of ['names', 'gates', 'regimes', 'links'])
      counts[name] = (await rowsOf(engine, `SELECT * FROM '${objectPath(`diagnostics/${name}.parquet`)}'`)).length;
    expect(counts).toEqual({ names: 9, gates: first.document.gates.length, regimes: 8, links: 36 });
    engine.close();
  });

  it('holds no clock, host or path in the manifest', () => {
    const text = readFileSync(join(store, 'versions', first.document.version, 'manifest.json'), 'utf8');
    expect(text).not.toContain(folder);
    expect(text).not.toContain(repository);
    expect(text).not.toMatch(/T\d\d:\d\d:\d\d/);
  });

  it('recovers the kernel of the truth', () => {
    const { tauSeconds, weights } = first.document.kernel;
    const truth = readJson(join(repository, 'sample-data/truth.json')).kernel;
    const level = (taus: (number | 'permanent')[], a: number[], t: number) =>
      taus.reduce<number>((sum, tau, p) => sum + a[p] * (tau === 'permanent' ? 1 : Math.exp(-t / tau)), 0);
    for (const t of [1, 5, 30, 120, 600])
      expect(Math.abs(level(tauSeconds, weights, t) - level(truth.tauSeconds, truth.weights, t))).toBeLessThan(0.05);
  });

  it('is what the committed scenario simulates', () => {
    const again = join(folder, 'simulated');
    expect(xim(['simulate', again, '--scenario', 'sample-data/scenario.yaml']).code).toBe(0);
    const files = (root: string) =>
      readdirSync(root, { recursive: true, encoding: 'utf8' })
        // The basket is a desk's, and no market makes it.
        .filter((name) => /\.(parquet|csv|json)$/.test(name) && name !== 'basket.csv')
        .sort();
    expect(files(again)).toEqual(files(join(repository, 'sample-data')));
    for (const name of files(again))
      expect(readFileSync(join(again, name)).equals(readFileSync(join(repository, 'sample-data', name)))).toBe(true);
  });
});

describe('the store', () => {
  const both = join(folder, 'both');
  let strict: ReturnType<typeof ximJson>;
  beforeAll(() => {
    cpSync(store, both, { recursive: true });
    strict = ximJson(run(both, '--set', 'guardrails.basket_cap=0.01', '--set', 'constrain.rho=0.2'));
  });
  /** A store with a second version, whose gates fail. */
  const withStrict = (name: string): string => {
    const target = join(folder, name);
    cpSync(both, target, { recursive: true });
    return target;
  };

  it('lists, shows, verifies and compares', () => {
    expect(ximJson(['list', '--store', store]).document.versions).toHaveLength(1);
    expect(ximJson(['show', DATE, '--store', store]).document.id).toBe(first.document.id);
    expect(ximJson(['show', first.document.id.slice(0, 6), '--store', store]).document.id).toBe(first.document.id);
    expect(ximJson(['verify', '--store', store]).code).toBe(0);
    expect(ximJson(['show', 'feedbeef', '--store', store])).toMatchObject({
      code: 10,
      document: { error: { kind: 'notFound' } },
    });
    expect(ximJson(['show', 'champion', '--store', store]).code).toBe(10);
  });

  it('promotes, refuses to promote what fails, rolls back and keeps history', () => {
    const target = withStrict('promotion');
    expect(strict.code).toBe(1);
    expect(ximJson(['promote', first.document.id, '--store', target]).code).toBe(0);
    expect(ximJson(['promote', strict.document.id, '--store', target])).toMatchObject({
      code: 1,
      document: { error: { kind: 'gate' } },
    });
    expect(ximJson(['promote', strict.document.id, '--store', target, '--force', '--reason', 'drill']).code).toBe(0);
    expect(ximJson(['show', 'champion', '--store', target]).document.id).toBe(strict.document.id);
    expect(ximJson(['rollback', '--store', target]).document.id).toBe(first.document.id);
    expect(ximJson(['rollback', '--store', target]).code).toBe(10);
    const history = readFileSync(join(target, 'history.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).action);
    expect(history).toEqual(['run', 'run', 'promote', 'promote', 'rollback']);
  });

  it('mends a damaged object when the date is run again', () => {
    const target = join(folder, 'mended');
    cpSync(store, target, { recursive: true });
    const path = objectPath('impact.arrow').replace(store, target);
    chmodSync(path, 0o644);
    writeFileSync(path, 'short');
    expect(ximJson(['verify', '--store', target]).code).toBe(12);
    expect(ximJson(run(target, '--force')).document.id).toBe(first.document.id);
    expect(ximJson(['verify', '--store', target]).code).toBe(0);
  });

  it('survives a history line cut off by a crash, and promotes nothing in a dry run', () => {
    const target = withStrict('torn');
    expect(ximJson(['promote', first.document.id, '--store', target, '--dry-run']).document.moved).toBe(false);
    expect(ximJson(['show', 'champion', '--store', target]).code).toBe(10);
    expect(ximJson(['promote', first.document.id, '--store', target]).code).toBe(0);
    writeFileSync(join(target, 'history.jsonl'), '{"when":"2024', { flag: 'a' });
    expect(ximJson(['promote', strict.document.id, '--force', '--reason', 'drill', '--store', target]).code).toBe(0);
    expect(ximJson(['rollback', '--store', target]).document.id).toBe(first.document.id);
  });

  it('tells a changed result from an unchanged one for CI', () => {
    const diff = ['diff', first.document.id, strict.document.id, '--store', both, '--max-rel'];
    expect(ximJson([...diff, '0.001']).code).toBe(1);
    expect(ximJson([...diff, '0.9']).code).toBe(0);
  });

  it('sets two versions side by side: what differs of results and of settings, and nothing else', () => {
    const page = join(folder, 'compared.html');
    const compare = ['compare', first.document.id, strict.document.id, '--store', both];
    const { code, document } = ximJson([...compare, '--html', page]);
    expect(code).toBe(0);
    expect(document.inputs).toEqual([]);
    expect(document.settings.map(({ setting }: { setting: string }) => setting)).toContain('constrain.rho');
    expect(document.links.compared).toBe(45);
    // Six baskets and times; each cost is that of its own manifest.
    expect(document.baskets).toHaveLength(6);
    const [cost] = document.baskets;
    const orders = readJson(join(both, 'versions', first.document.version, 'manifest.json')).metrics.referenceOrders;
    expect(orders).toContainEqual(expect.objectContaining({ order: cost.basket, seconds: cost.seconds, ...cost.from }));
    expect(readFileSync(page, 'utf8')).toContain(strict.document.version);
    const same = ximJson(['compare', first.document.id, first.document.id, '--store', both]).document;
    expect({ ...same.links, settings: same.settings, gates: same.gates }).toMatchObject({
      moved: 0,
      settings: [],
      gates: [],
    });
    expect(xim([...compare]).stdout).toContain('constrain.rho');
  });

  it('notices a changed byte in any object or manifest', () => {
    const target = join(folder, 'tampered');
    for (const name of ['impact.arrow', 'report.html', 'manifest']) {
      rmSync(target, { recursive: true, force: true });
      cpSync(store, target, { recursive: true });
      const path = (
        name === 'manifest' ? join(store, 'versions', first.document.version, 'manifest.json') : objectPath(name)
      ).replace(store, target);
      const bytes = readFileSync(path);
      bytes[Math.floor(bytes.length / 2)] ^= 1;
      chmodSync(path, 0o644);
      writeFileSync(path, bytes);
      expect(ximJson(['verify', '--store', target]).code).toBe(12);
    }
  });

  it('removes strays and keeps versions', () => {
    const target = join(folder, 'collected');
    cpSync(store, target, { recursive: true });
    const half = join(target, 'objects', '.tmp-abc-x');
    writeFileSync(half, 'half');
    // What was half written a moment ago may be at work.
    utimesSync(half, 0, 0);
    writeFileSync(join(target, 'objects', `${'0'.repeat(64)}.arrow`), 'stray');
    expect(ximJson(['gc', '--store', target, '--dry-run']).document.removed).toHaveLength(2);
    expect(ximJson(['gc', '--store', target, '--stages']).code).toBe(0);
    expect(existsSync(join(target, 'objects', '.tmp-abc-x'))).toBe(false);
    expect(ximJson(['verify', '--store', target]).code).toBe(0);
    expect(ximJson(run(target)).document).toMatchObject({ id: first.document.id, fresh: true });
  });

  it('takes over the lock of a dead process, waits for a living one, and unlocks', () => {
    const target = join(folder, 'locked');
    cpSync(store, target, { recursive: true });
    const lock = join(target, 'lock');
    const change = ['promote', first.document.id, '--store', target];
    const holder = {
      host: readJson(join(store, 'runs', readdirSync(join(store, 'runs'))[0], 'run.json')).host,
      since: '2024-01-01T00:00:00Z',
    };
    writeFileSync(
      lock,
      JSON.stringify({
        ...holder,
        pid: process.pid,
        processStart: readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1].split(' ')[19],
      }),
    );
    expect(ximJson(change)).toMatchObject({ code: 11, document: { error: { kind: 'locked' } } });
    expect(ximJson(['show', DATE, '--store', target]).code).toBe(0);
    const refused = ximJson(['unlock', '--store', target]);
    expect(refused.code).toBe(11);
    expect(refused.document.error.message).toContain(`process ${process.pid}`);
    expect(ximJson(['unlock', '--force', '--store', target]).document.holder.pid).toBe(process.pid);
    writeFileSync(lock, JSON.stringify({ ...holder, pid: 2 ** 22 + 1, processStart: '1' }));
    expect(ximJson(change).code).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it('gives its lock back when interrupted', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 143],
      ['SIGINT', 130],
    ] as const) {
      const target = join(folder, signal);
      const child = startXim(run(target));
      // Where the engine does not give up its query, the process ends by the signal itself, which a shell shows as the same.
      const ended = new Promise((resolve) => {
        child.once('exit', (exitCode, by) => resolve(exitCode ?? (by === signal ? code : by)));
      });
      await new Promise((resolve) => {
        child.stderr.once('data', resolve);
      });
      child.kill(signal);
      expect(await ended).toBe(code);
      expect(existsSync(join(target, 'lock'))).toBe(false);
    }
  });
});

function matrixOf(table: Table, name: string): number[][] {
  const column = table.getChild(name)!;
  return Array.from({ length: table.numRows }, (_, i) => [...column.get(i).toArray()]);
}

/** Playbook: residualise returns only, regress row by row, no penalty, with the kernel of the fit. */
function literalRecipe(weights: number[]): number[][] {
  const stage = join(store, 'stages', 'moments');
  const total = sumMoments(
    readdirSync(stage)
      .sort()
      .flatMap((key) => storedMoments(join(stage, key))),
  );
  const coefficients = controlCoefficients(total, { residualize: 'returns', ridge: 0 });
  const moments = mergeImpactBases(applyControls(total, coefficients), Float64Array.from(weights));
  const K = multiply(moments.cross, gramInverse(moments.gram).inverse);
  return Array.from({ length: K.rows }, (_, i) => [...K.data.subarray(i * K.cols, (i + 1) * K.cols)]);
}

/** ‖off(K̂) − off(K)‖ / ‖off(K)‖ in units of the true self impacts. */
function relativeError(K: number[][], truth: number[][]): number {
  let [error, size] = [0, 0];
  truth.forEach((row, i) => {
    row.forEach((value, j) => {
      if (i === j) return;
      const scale = Math.sqrt(truth[i][i] * truth[j][j]);
      error += ((K[i][j] - value) / scale) ** 2;
      size += (value / scale) ** 2;
    });
  });
  return Math.sqrt(error / size);
}

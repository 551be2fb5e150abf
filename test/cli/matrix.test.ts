import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readImpactArrow } from '../../src/io/impactArrow.js';
import { toNormalised } from '../../src/model/normalise.js';
import { diagonalOf, frobeniusDistance, fromRows } from '../../src/numerics/dense.js';
import { readJson, snapshot, xim, ximJson } from '../support/cli.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';
import { hasShared, sharedPath } from '../support/sharedData.js';

const folder = temporaryFolder();
const store = join(folder, 'store');

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const constrain = (path: string, ...more: string[]) => ['constrain', '--matrix', path, '--store', store, ...more];

const indefinite = file('tech.csv', ',AAPL,MSFT,NVDA\nAAPL,1,1.4,0.2\nMSFT,1.4,1,-0.3\nNVDA,0.2,-0.3,2\n');

/** Bytes of an object of a version, and the manifest. */
function stored(version: string) {
  const manifest = readJson(join(store, 'versions', version, 'manifest.json'));
  const object = (name: string) => {
    const { sha256 } = manifest.objects.find((o: { name: string }) => o.name === name);
    return readFileSync(join(store, 'objects', `${sha256}.${name.split('.').at(-1)}`));
  };
  return { manifest, object, impact: readImpactArrow(object('impact.arrow')) };
}

const oracle = 'oracles/nearest-correlation';

describe.skipIf(!hasShared(oracle))('constrain --matrix on the published matrices', () => {
  it.each([
    ['tec03', 1, 0.03741667],
    ['bhwi01', 1, 0.15055422],
    ['fing97', 1, 0.04907808],
    ['beyu11', 1, 0.00959112],
    ['tec03', 0.8, 0.24494897],
    ['bhwi01', 0.8, 0.17308138],
    ['fing97', 0.8, 0.17320508],
    ['beyu11', 0.8, 0.08188297],
  ])('%s at ρ = %d', (name, rho, distance) => {
    const { code, document } = ximJson(constrain(sharedPath(`${oracle}/${name}.csv`), '--rho', String(rho)));
    expect(code).toBe(0);
    expect(Math.abs(document.distance - distance)).toBeLessThan(1e-6);
    expect(document.dualityGap).toBeLessThanOrEqual(1e-8 * document.distance);
    expect(document.minEigenvalue.before).toBeLessThan(0);
    expect(document.minEigenvalue.after).toBeGreaterThanOrEqual(0);
    expect(document.checks.every((check: { passed: boolean }) => check.passed)).toBe(true);
    expect(document.certificate).toBe('passed');
  });
});

describe('constrain --matrix', () => {
  it('gives the document of the contract, and an artifact like any other', () => {
    const { code, document } = ximJson(constrain(indefinite));
    expect(code).toBe(0);
    expect(Object.keys(document)).toEqual(
      expect.arrayContaining(['id', 'status', 'distance', 'iterations', 'minEigenvalue', 'checks']),
    );
    const { manifest, impact } = stored(document.version);
    expect(manifest.universe.names).toEqual(['AAPL', 'MSFT', 'NVDA']);
    const K = impact.matrices.get('K')!;
    const raw = impact.matrices.get('K_raw')!;
    expect([...raw.data]).toEqual([1, 1.4, 0.2, 1.4, 1, -0.3, 0.2, -0.3, 2]);
    const D = diagonalOf(K);
    expect(frobeniusDistance(toNormalised(K, D), toNormalised(raw, D))).toBeCloseTo(document.distance, 10);
    for (const args of [['list'], ['show', document.id], ['verify', document.id.slice(0, 8)]])
      expect(xim([...args, '--store', store]).code).toBe(0);
    expect(xim(['diff', document.id, document.id, '--store', store]).code).toBe(0);
  });

  it('refuses a canary that is no name of it, for which every link would be off', () => {
    const { code, document } = ximJson(constrain(indefinite, '--set', 'guardrails.canary=["APPL"]'));
    expect(code).toBe(2);
    expect(document.error.message).toBe('guardrails.canary: "APPL" is not in the universe');
    expect(ximJson(constrain(indefinite, '--set', 'guardrails.canary=["AAPL"]')).code).toBe(0);
  });

  it('says which decay it takes for granted', () => {
    const { manifest } = stored(ximJson(constrain(indefinite)).document.version);
    expect(manifest.notes.join()).toContain('equal weights on 1 s, 5 s, 30 s, 300 s, permanent');
  });

  it('is champion by a cap on its size, as nothing tells its links from noise', () => {
    const judged = ximJson(constrain(indefinite)).document.id;
    const refused = xim(['promote', judged, '--store', store]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('fails basket_norm');
    const capped = ximJson(constrain(indefinite, '--set', 'guardrails.basket_cap=3')).document.id;
    expect(xim(['promote', capped, '--store', store]).code).toBe(0);
    expect(xim(['show', 'champion', '--store', store]).stdout).toContain('AAPL');
  });

  it('a second run gives the same version and writes nothing but its log', () => {
    const first = ximJson(constrain(indefinite)).document.id;
    const before = snapshot(join(store, 'versions')).concat(snapshot(join(store, 'objects')));
    expect(ximJson(constrain(indefinite)).document.id).toBe(first);
    expect(snapshot(join(store, 'versions')).concat(snapshot(join(store, 'objects')))).toEqual(before);
  });

  it('shows the round trip that the matrix would have paid for, and verify executes it', () => {
    const { stdout } = xim(constrain(indefinite));
    expect(stdout).toContain('before it was projected, the matrix paid');
    const { document } = ximJson(constrain(indefinite));
    const { trades, symbols, gain, gainBps, turnoverMillions } = document.witness;
    expect(symbols).toEqual(['AAPL', 'MSFT']);
    // Two trades: u' K u (g(0) − g(h)), by hand, with the five default time constants at equal weights.
    const [open, close] = trades;
    const g = (h: number) => [1, 5, 30, 300].reduce((sum, tau) => sum + Math.exp(-h / tau) / 5, 1 / 5);
    const [u, v] = open.millions;
    const quadratic = u * u + 2 * 1.4 * u * v + v * v;
    expect(close.millions).toEqual([-u, -v]);
    expect(gain).toBeCloseTo(-100 * quadratic * (1 - g(close.bucket - open.bucket)), 8);
    expect(gainBps).toBeCloseTo(gain / 100 / turnoverMillions, 10);
    const { manifest, object } = stored(document.version);
    expect(manifest.certificate.witness).toBeNull();
    expect(object('report.html').toString()).toContain('What the estimate would have paid for');
  });

  it('reads what it wrote, and changes nothing the second time', () => {
    const { document } = ximJson(constrain(indefinite));
    const { object, impact } = stored(document.version);
    const arrow = join(folder, 'own.arrow');
    writeFileSync(arrow, object('impact.arrow'));
    const again = ximJson(constrain(arrow)).document;
    expect([again.status, again.distance, again.iterations]).toEqual(['alreadyFeasible', 0, 0]);
    const other = stored(again.version).impact;
    expect([...other.matrices.get('K')!.data]).toEqual([...impact.matrices.get('K')!.data]);
    expect(other.symbols).toEqual(impact.symbols);
  });

  it('reads Parquet with a column per name, and with lists', async () => {
    const engine = await testEngine(folder);
    const [wide, lists] = [join(folder, 'wide.parquet'), join(folder, 'lists.parquet')];
    const rows = "(VALUES ('AAPL', 1, 1.4, 0.2), ('MSFT', 1.4, 1, -0.3), ('NVDA', 0.2, -0.3, 2))";
    await rowsOf(
      engine,
      `COPY (SELECT * FROM ${rows} t(symbol, "AAPL", "MSFT", "NVDA")) TO '${wide}' (FORMAT parquet)`,
    );
    await rowsOf(
      engine,
      `COPY (SELECT symbol, [a, b, c]::DOUBLE[] AS impact FROM ${rows} t(symbol, a, b, c)) TO '${lists}' (FORMAT parquet)`,
    );
    engine.close();
    const distances = [indefinite, wide, lists].map((path) => ximJson(constrain(path)).document.distance);
    expect(distances[1]).toBe(distances[0]);
    expect(distances[2]).toBe(distances[0]);
  });

  it.each([
    ['a header alone', 'AAPL,MSFT\n1,0.5\n0.5,1\n', ['AAPL', 'MSFT']],
    ['names on the left alone', 'AAPL,1,0.5\nMSFT,0.5,1\n', ['AAPL', 'MSFT']],
    ['no names', '1,0.5\n0.5,1\n', ['1', '2']],
    ['codes of digits', ',600519,600000\n600519,1,0.2\n600000,0.2,1\n', ['600519', '600000']],
    ['semicolons', 'A;B\n1;0.5\n0.5;1\n', ['A', 'B']],
    [
      'hostile names',
      '<img src=x onerror=alert(1)>,=cmd()\n1,0.5\n0.5,1\n',
      ['<img src=x onerror=alert(1)>', '=cmd()'],
    ],
  ])('reads CSV with %s', (_, content, names) => {
    const { code, document } = ximJson(constrain(file('some.csv', content)));
    expect(code).toBe(0);
    const { manifest, object } = stored(document.version);
    expect(manifest.universe.names).toEqual(names);
    expect(object('report.html').toString()).not.toContain('<img');
  });

  it('takes blocks for the floor and for the block-diagonal fallback', () => {
    const blocks = file('blocks.csv', 'symbol,block\nNVDA,chips\nMSFT,software\nAAPL,software\nSPARE,none\n');
    const { document } = ximJson(constrain(indefinite, '--blocks', blocks, '--date', '2024-03-13'));
    expect(document.version).toMatch(/^2024-03-13-/);
    const { manifest, impact } = stored(document.version);
    expect(manifest.universe.blocks).toEqual(['software', 'software', 'chips']);
    const fallback = impact.matrices.get('K_block')!;
    expect(fallback.data[2]).toBe(0);
    expect(fallback.data[1]).toBe(impact.matrices.get('K')!.data[1]);
    expect(manifest.fallbacks.blockDiagonal.status).toBe('passed');
  });

  it('keeps zeros where asked to, and a cap on the condition number', () => {
    const zeros = file('zeros.csv', '1,0.9,0\n0.9,1,0.9\n0,0.9,1\n');
    const kept = ximJson(constrain(zeros, '--keep-zeros', '--rho', '1')).document;
    expect(stored(kept.version).impact.matrices.get('K')!.data[2]).toBe(0);
    const free = ximJson(constrain(zeros, '--rho', '1')).document;
    expect(stored(free.version).impact.matrices.get('K')!.data[2]).toBeGreaterThan(0.1);
    expect(free.distance).toBeLessThan(kept.distance);
    const capped = ximJson(constrain(zeros, '--set', 'constrain.condition_cap=10')).document;
    const condition = capped.checks.find((check: { name: string }) => check.name === 'condition_number');
    expect(condition.value).toBeLessThanOrEqual(10 * (1 + 1e-10));
    expect(condition.value).toBeGreaterThan(9.99);
    expect(xim(['verify', capped.id, '--store', store]).code).toBe(0);
  });

  it('raises self impact to a floor only where one is asked for, and says so', () => {
    const path = file('flat.csv', 'A,B\n1,0.1\n0.1,0\n');
    const { document } = ximJson(constrain(path, '--floor', '0.2'));
    const { manifest, impact } = stored(document.version);
    expect(impact.matrices.get('K')!.data[3]).toBeCloseTo(0.2, 12);
    expect(manifest.notes).toContain('self impact raised to its floor: B');
    const low = file('low.csv', 'A,B,C\n1,0,0\n0,1,0\n0,0,0.01\n');
    const untouched = ximJson(constrain(low)).document;
    expect(stored(untouched.version).impact.matrices.get('K')!.data[8]).toBe(0.01);
  });

  it('an asymmetric matrix becomes symmetric, and its asymmetry is part of the distance', () => {
    const { document } = ximJson(constrain(file('skew.csv', '1,0.4\n0.2,1\n')));
    expect(document.distance).toBeCloseTo(Math.SQRT2 * 0.1, 10);
    expect(document.witness).not.toBeNull();
  });

  const bad: readonly (readonly [string, string, readonly string[], number, RegExp])[] = [
    ['rectangles', '1,2\n2,3\n4,5\n', [], 3, /not square: it has 3 rows and 2 columns/],
    ['names in another order', ',A,B\nB,1,0\nA,0,1\n', [], 3, /row 1 is "B", but column 1 is "A"/],
    ['a name twice', 'A,A\n1,0\n0,1\n', [], 3, /"A" is the name of 1 and of 2/],
    ['NaN', 'AAPL,MSFT\n1,NaN\n2,3\n', [], 3, /row 1 \(AAPL\), column 2 \(MSFT\) is "NaN"/],
    ['infinity', '1,0\n0,Infinity\n', [], 3, /row 2, column 2 is "Infinity"/],
    ['a gap', '1,0.5\n0.5\n', [], 3, /row 2, column 2 is empty/],
    ['words', 'hello', [], 3, /row 1, column 1 is "hello"/],
    ['nothing', '', [], 3, /is empty/],
    ['a zero self impact', 'A,B\n1,0.5\n0.5,0\n', [], 3, /row 2 \(B\): self impact is 0, which is not positive/],
    ['no positive self impact at all', '-1,0\n0,-1\n', ['--floor', '0.1'], 3, /no self impact is positive/],
    ['a ρ above one', '1,0\n0,1\n', ['--rho', '1.5'], 2, /constrain\.rho: 1\.5 is too large/],
    ['a ρ below zero', '1,0\n0,1\n', ['--rho', '-0.1'], 2, /constrain\.rho/],
    ['a floor above the scale of the data', '1,0\n0,1\n', ['--floor', '3'], 2, /constrain\.floor: 3 is too large/],
    [
      'one-way zeros',
      '1,0\n0.5,1\n',
      ['--keep-zeros'],
      3,
      /row 1 \(1\), column 2 \(2\) is zero, but the other way it is 0\.5/,
    ],
    ['a metric without flow', '1,0\n0,1\n', ['--set', 'constrain.metric=prediction'], 2, /needs flow/],
    [
      'blocks that lack a name',
      'A,B\n1,0\n0,1\n',
      ['--blocks', file('few.csv', 'symbol,block\nA,x\n')],
      3,
      /does not list "B"/,
    ],
    [
      'blocks that are not there',
      '1,0\n0,1\n',
      ['--blocks', join(folder, 'none.csv')],
      3,
      /--blocks .* does not exist/,
    ],
  ];

  it.each(bad)('refuses %s', (_, content, flags, code, message) => {
    const path = file('bad.csv', content);
    const fresh = join(folder, 'fresh');
    const outcome = xim(['constrain', '--matrix', path, '--store', fresh, ...flags]);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(message);
    expect(existsSync(join(fresh, 'versions'))).toBe(false);
  });

  it('refuses what is no matrix file, and no input at all', () => {
    expect(xim(constrain(join(folder, 'none.csv'))).code).toBe(3);
    expect(xim(constrain(file('matrix.xlsx', 'x'))).stderr).toMatch(/neither \.csv, \.parquet nor \.arrow/);
    expect(xim(constrain(file('broken.arrow', 'x'))).code).toBe(3);
    expect(xim(constrain(file('broken.parquet', 'x'))).code).toBe(3);
    expect(xim(['constrain', '--store', store])).toMatchObject({ code: 2 });
  });

  it('ends with 70 and its stage when the second thread dies, and writes nothing', () => {
    const n = 120;
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_unused, j) => (i === j ? 1 : 0.9 * Math.sin(i * j + i + j))).join(','),
    );
    const preload = join(folder, 'deadWorker.mjs');
    writeFileSync(
      preload,
      `import threads from 'node:worker_threads';
import { syncBuiltinESMExports } from 'node:module';
const Worker = threads.Worker;
threads.Worker = class extends Worker {
  constructor(url, options) {
    if (!String(url).endsWith('blasHelper.js')) {
      super(url, options);
      return;
    }
    super(\`const { workerData } = require('node:worker_threads');
      const words = new Int32Array(workerData.control);
      Atomics.store(words, 0, 1);
      Atomics.wait(words, 1, 0);
      Atomics.compareExchange(words, 5, 2, 3);
      Atomics.store(words, 4, 1);
      process.exit(1);\`, { ...options, eval: true });
  }
};
syncBuiltinESMExports();`,
    );
    const fresh = join(folder, 'store-of-the-dead');
    const path = file('large.csv', `${rows.join('\n')}\n`);
    const { code, stderr } = xim(['constrain', '--matrix', path, '--store', fresh, '--set', 'engine.threads=2'], {
      env: { NODE_OPTIONS: `--import=${preload}` },
    });
    expect(code).toBe(70);
    expect(stderr).toMatch(/internal error at "constrain 120 names": the second thread of the kernels died/);
    expect(existsSync(join(fresh, 'versions'))).toBe(false);
  });

  it('does a matrix of 150 names', () => {
    const n = 150;
    const rows = Array.from({ length: n }, (_, i) =>
      Array.from({ length: n }, (_unused, j) => (i === j ? 2 : Math.sin(1 + i * j) + Math.sin(1 + j * i))),
    );
    const path = file('large.csv', rows.map((row) => row.join(',')).join('\n'));
    const { code, document } = ximJson(constrain(path));
    expect([code, document.status]).toEqual([0, 'converged']);
    expect(ximJson(constrain(path, '--threads', '1')).document.id).toBe(document.id);
    expect(document.dualityGap).toBeLessThanOrEqual(1e-8 * document.distance);
    const { matrices } = stored(document.version).impact;
    expect([...matrices.get('K_raw')!.data]).toEqual([...fromRows(rows).data]);
  });
});

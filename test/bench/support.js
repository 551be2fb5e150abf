// What the benchmarks share: counted kernels, peers, matrices.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { blas, useBlas } from '../../dist/numerics/blas/blas.js';
import { newPairLink, pairedBlas, stopHelper } from '../../dist/numerics/blas/pair.js';
import { mapEntries, zeros } from '../../dist/numerics/dense.js';
import { randomStream } from '../../dist/numerics/random.js';

/** Lets a second thread help from here on, as the program does; the function returned ends it. */
export async function withHelper() {
  const link = newPairLink();
  const worker = new Worker(new URL('../../dist/cli/blasHelper.js', import.meta.url), { workerData: link });
  await new Promise((resolve) => worker.once('online', resolve));
  useBlas(pairedBlas(link));
  return () => stopHelper(link);
}

/** Runs the work on kernels that count their multiplications: a number that no machine changes. */
export function counted(work) {
  const plain = blas();
  let multiplications = 0;
  const count =
    (kernel, of) =>
    (...args) => {
      multiplications += of(...args);
      return plain[kernel](...args);
    };
  useBlas({
    ...plain,
    gemm: count('gemm', (m, n, k) => m * n * k),
    matvec: count('matvec', (m, n) => m * n),
    matvecTransposed: count('matvecTransposed', (m, n) => m * n),
    backwardRows: count('backwardRows', (rows, width) => 2 * rows * width),
    forwardStates: count('forwardStates', (rows, n) => rows * n),
    addSparseProducts: count('addSparseProducts', (n, width, events) => width * plain.memory()[events.starts + n]),
  });
  const began = performance.now();
  const result = work();
  const seconds = (performance.now() - began) / 1000;
  useBlas(plain);
  return { result, seconds, multiplications, megabytes: process.resourceUsage().maxRSS / 1024 };
}

/** What a task of numpy_peers.py imports besides numpy. */
const IMPORTS = { moments: 'scipy.signal', elasticNet: 'sklearn.linear_model' };
const INTERPRETERS = ['python3', '/usr/bin/python3'];
const interpreters = new Map();

/** The first interpreter that can import a module; `undefined` where none can. */
function interpreterWith(module) {
  if (!interpreters.has(module))
    interpreters.set(
      module,
      INTERPRETERS.find((command) => spawnSync(command, ['-c', `import numpy, ${module}`]).status === 0),
    );
  return interpreters.get(module);
}

/** OpenBLAS chooses its kernel by the processor; one that the environment pins may be slower. */
function peerEnvironment() {
  const { OPENBLAS_CORETYPE: _kernel, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env;
  return { ...rest, OPENBLAS_NUM_THREADS: '2' };
}

/** What a task of numpy_peers.py prints; `undefined` where Python or a module is missing. */
function printedBy(task, ...args) {
  const interpreter = interpreterWith(IMPORTS[task] ?? 'numpy');
  if (interpreter === undefined) return undefined;
  const script = fileURLToPath(new URL('./numpy_peers.py', import.meta.url));
  const { status, stdout } = spawnSync(interpreter, [script, task, ...args.map(String)], {
    encoding: 'utf8',
    env: peerEnvironment(),
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** What schedule_peer.py says of the case in a folder, on one thread or two, whichever is faster; `undefined` without numpy. */
export function peerProcess(folder) {
  const interpreter = interpreterWith('numpy');
  if (interpreter === undefined) return undefined;
  const script = fileURLToPath(new URL('./schedule_peer.py', import.meta.url));
  const runs = ['1', '2'].map((OPENBLAS_NUM_THREADS) => {
    const env = { ...peerEnvironment(), OPENBLAS_NUM_THREADS };
    const { status, stdout } = spawnSync(interpreter, [script, folder], { encoding: 'utf8', env });
    return status === 0 ? JSON.parse(stdout) : undefined;
  });
  return runs.filter((run) => run !== undefined).sort((a, b) => a.seconds - b.seconds)[0];
}

/** The numbers that a task prints. */
export const peer = (task, ...args) =>
  printedBy(task, ...args)
    ?.split(' ')
    .map(Number);

/** Version, kernel and threads of the peer's linear algebra, in words. */
export const aboutPeer = () => printedBy('about') ?? 'numpy missing';

/** The same with a matrix in a file as first argument. */
export function matrixPeer(task, matrix, ...args) {
  const folder = mkdtempSync(join(tmpdir(), 'xim-bench-'));
  const file = join(folder, 'matrix.f64');
  writeFileSync(file, matrix.data);
  const found = peer(task, file, matrix.rows, ...args);
  rmSync(folder, { recursive: true });
  return found;
}

/** Blocks of links as estimates have them, with noise that makes them indefinite. */
export function estimate(n) {
  const random = randomStream(n);
  const noise = mapEntries(zeros(n), () => random.normal());
  return mapEntries(noise, (v, i, j) =>
    i === j ? 1 : (i % 10 === j % 10 ? 0.4 : 0.15) + 0.15 * (i < j ? v : noise.data[j * n + i]),
  );
}

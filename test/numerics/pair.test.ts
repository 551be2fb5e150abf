import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledBlas } from '../../src/numerics/blas/blas.js';
import type { Blas } from '../../src/numerics/blas/interface.js';
import { newPairLink, pairedBlas, stopHelper } from '../../src/numerics/blas/pair.js';
import { randomStream } from '../../src/numerics/random.js';
import { repository } from '../support/cli.js';

const helper = join(repository, 'dist', 'cli', 'blasHelper.js');
const link = newPairLink();
const words = new Int32Array(link.control);
let worker: Worker;

beforeAll(async () => {
  expect(existsSync(helper)).toBe(true);
  worker = new Worker(helper, { workerData: link });
  while (Atomics.load(words, 0) !== 1) await new Promise((resolve) => setTimeout(resolve, 10));
});

afterAll(async () => {
  stopHelper(link);
  expect(await new Promise((resolve) => worker.on('exit', resolve))).toBe(0);
});

/** The same numbers, work and result on one thread and on two. */
function expectSameBits(doubles: number, work: (set: Blas, memory: Float64Array) => void): void {
  const results = [compiledBlas()!, pairedBlas(link)].map((set) => {
    const memory = set.reserve(doubles + set.gemmScratch(300));
    const random = randomStream(7);
    for (let k = 0; k < doubles; k++) memory[k] = random.normal();
    work(set, memory);
    return memory.slice(0, doubles);
  });
  expect(Buffer.from(results[0].buffer).equals(Buffer.from(results[1].buffer))).toBe(true);
}

describe('two threads give the bits of one', () => {
  it.each([
    [200, 150, 120],
    [97, 300, 257],
    [3, 299, 300],
    [2, 10, 10],
  ])('in products of %d×%d, %d deep', (m, n, k) => {
    const [a, b, c] = [0, m * k, m * k + k * n];
    expectSameBits(c + m * n + ((m * n) % 2), (set) => {
      const scratch = c + m * n + ((c + m * n) % 2);
      set.reserve(scratch + set.gemmScratch(n));
      set.gemm(m, n, k, 0.5, { at: a, row: k, column: 1 }, { at: b, row: 1, column: k }, { at: c, row: n }, scratch);
    });
  });

  it('in products with vectors, again and again', () => {
    expectSameBits(301 * 301 + 700, (set) => {
      for (let run = 0; run < 200; run++) set.matvec(301, 301, 0, 301, 301 * 301, 301 * 301 + 310);
    });
  });

  it('in sparse products', () => {
    const [n, width, events] = [31, 300, 2000];
    const x = 4000;
    const out = x + 100 * width;
    expectSameBits(out + n * width, (set, memory) => {
      const at = { starts: 0, index: 40, value: 40 + events };
      for (let j = 0; j <= n; j++) memory[j] = Math.floor((j * events) / n);
      for (let e = 0; e < events; e++) memory[at.index + e] = (7 * e) % 100;
      set.addSparseProducts(n, width, at, x, out);
    });
  });
});

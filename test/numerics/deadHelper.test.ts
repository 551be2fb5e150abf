import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { newPairLink, pairedBlas, reportFailed } from '../../src/numerics/blas/pair.js';

const SIZE = 200;
const product = (set: ReturnType<typeof pairedBlas>) => {
  const result = 2 * SIZE * SIZE;
  const scratch = result + SIZE * SIZE;
  set.reserve(scratch + set.gemmScratch(SIZE));
  const [a, b] = [0, SIZE * SIZE].map((at) => ({ at, row: SIZE, column: 1 }));
  set.gemm(SIZE, SIZE, SIZE, 1, a, b, { at: result, row: SIZE }, scratch);
};

it('a helper that was found dead ends the work that would be handed to it', () => {
  const link = newPairLink();
  reportFailed(link);
  expect(() => product(pairedBlas(link))).toThrow(/second thread of the kernels died/);
});

it('a helper that dies while it is waited for ends the work at once', async () => {
  const link = newPairLink();
  // Takes the work, and never does it.
  const code = `
    const { workerData } = require('node:worker_threads');
    const words = new Int32Array(workerData.control);
    Atomics.store(words, 0, 1);
    Atomics.wait(words, 1, 0);
    Atomics.compareExchange(words, 5, 2, 3);
    Atomics.store(words, 4, 1);
    Atomics.notify(words, 2);`;
  const helper = new Worker(code, { eval: true, workerData: link });
  const words = new Int32Array(link.control);
  while (Atomics.load(words, 0) !== 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const began = Date.now();
  expect(() => product(pairedBlas(link))).toThrow(/second thread of the kernels died/);
  expect(Date.now() - began).toBeLessThan(20_000);
  await helper.terminate();
});

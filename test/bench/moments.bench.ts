import { bench, describe } from 'vitest';
import { filterIncrements } from '../../src/model/kernel.js';
import { multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { simulatedBuckets } from '../support/simulatedBuckets.js';

const decay = Float64Array.of(Math.exp(-1), Math.exp(-1 / 30), Math.exp(-1 / 300), 1);
const names = 30;
const day = simulatedBuckets({ names, seed: 1, density: 0.05, noise: 1, sessionSeconds: [5000] });

/** Every filtered row formed and multiplied: what the recursion saves. */
function denseProducts() {
  const z = zeros(day.grid.buckets, names * decay.length);
  const flow = new Float64Array(day.grid.buckets * names);
  day.flow.bucket.forEach((t, k) => {
    flow[t * names + day.flow.name[k]] += day.flow.signedNotional[k];
  });
  for (let i = 0; i < names; i++) {
    const own = Float64Array.from({ length: day.grid.buckets }, (_, t) => flow[t * names + i]);
    decay.forEach((d, p) => {
      filterIncrements(own, d).forEach((v, t) => {
        z.data[t * z.cols + p * names + i] = v;
      });
    });
  }
  return multiply(transpose(z), z);
}

describe('moments of 5000 buckets, 30 names, 4 bases, 5 % of cells with flow', () => {
  bench(
    'recursion',
    () => {
      accumulateDay(day, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' });
    },
    { time: 1500 },
  );
  bench(
    "forming Z'Z",
    () => {
      denseProducts();
    },
    { time: 1500 },
  );
});

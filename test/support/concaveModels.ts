import type { CertifiedModel } from '../../src/model/certificate.js';
import type { ConcaveTerms } from '../../src/model/concave.js';
import { type DenseMatrix, mapEntries, zeros } from '../../src/numerics/dense.js';
import { type RandomStream, randomStream } from '../../src/numerics/random.js';
import { randomGram } from './matrices.js';

/** One name, one time constant, nothing linear: the order book of MODEL §2a. */
export const oneName = (shape: { power: number; decay: number; scale: number; weight?: number }): ConcaveTerms => ({
  power: shape.power,
  decay: Float64Array.of(shape.decay),
  scales: Float64Array.of(shape.scale),
  own: { rows: 1, cols: 1, data: Float64Array.of(shape.weight ?? 1) },
  typical: Float64Array.of(0),
  modes: [],
});

/** Terms of a random size, power, scale, decay (a temporary one among them) and random modes; half of the weights are zero. */
export function randomTerms(n: number, random: RandomStream, power = 0.05 + 0.95 * random.uniform()): ConcaveTerms {
  const terms = 1 + random.integer(3);
  const weight = () => (random.uniform() < 0.5 ? 0 : random.uniform());
  const sizes = (count: number) => Float64Array.from({ length: count }, () => 10 ** (2 * random.uniform() - 1));
  return {
    power,
    decay: Float64Array.from({ length: terms }, (_, q) => (q === 0 && random.uniform() < 0.3 ? 0 : random.uniform())),
    scales: sizes(n),
    own: mapEntries(zeros(terms, n), weight),
    typical: sizes(n),
    modes: Array.from({ length: random.integer(3) }, (_, k) => ({
      label: `mode ${k}`,
      direction: Float64Array.from({ length: n }, () => (random.uniform() < 0.3 ? 0 : random.normal())),
      scale: sizes(1)[0],
      weights: Float64Array.from({ length: terms }, weight),
    })),
  };
}

/** Linear matrices of full rank, of low rank or none, beside random concave terms. */
export function randomConcaveModel(n: number, seed: number): CertifiedModel {
  const random = randomStream(seed);
  const decay = Float64Array.of(random.uniform(), 0.9 + 0.1 * random.uniform(), 1);
  const parts = Array.from(decay, (_, p) => {
    const size = random.uniform() < 0.3 ? 0 : random.uniform();
    return mapEntries(randomGram(n, seed + p, random.uniform() < 0.5 ? 0 : 0.1), (value) => size * value);
  });
  const K = mapEntries(zeros(n), (_, i, j) => parts.reduce((sum, { data }) => sum + data[i * n + j], 0));
  const concave = { ...randomTerms(n, random) };
  concave.own.data.forEach((value, k) => {
    concave.own.data[k] = value + (k < n ? 0.01 : 0);
  });
  return {
    K,
    parts,
    decay,
    weights: Float64Array.of(0.4, 0.3, 0.3),
    concavity: 1,
    floors: new Float64Array(n),
    rho: 1 + 1e-9,
    concave,
  };
}

/** T×N in which some trades are zero, of sizes over seven decades. */
export function randomSchedule(buckets: number, n: number, random: RandomStream): DenseMatrix {
  const size = 10 ** (7 * random.uniform() - 3);
  return mapEntries(zeros(buckets, n), () => (random.uniform() < 0.4 ? 0 : size * random.normal()));
}

/** The same with the last trade closing every name. */
export function closed(schedule: DenseMatrix): DenseMatrix {
  const { rows, cols, data } = schedule;
  const held = new Float64Array(cols);
  data.forEach((flow, k) => {
    if (k < (rows - 1) * cols) held[k % cols] += flow;
  });
  return mapEntries(schedule, (flow, t, i) => (t === rows - 1 ? -held[i] : flow));
}

import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import type { Estimate } from './calibration.js';
import { entryErrors, type JackknifeSample } from './jackknife.js';

/**
 * Root mean square errors of shrunk links, N×N, bps per million. The jackknife of the shrunk estimate, each replicate towards
 * its own target, tells the noise and nothing of the bias, which is what the links differ from the raw, unbiased, ones beyond
 * noise: in units of √(scale_i scale_j) the mean over pairs of `(shrunk − raw)²` less its jackknife variance. A link that the tail
 * moved may be off by as much as that in addition.
 * @param scale N: self impacts that no noise makes tiny, as the links are shrunk by, bps per million
 */
export function publishedErrors(
  { rawK }: Estimate,
  shrunk: JackknifeSample<DenseMatrix>,
  published: DenseMatrix,
  scale: Float64Array,
): DenseMatrix {
  const errors = entryErrors(shrunk);
  if (rawK.replicates.length < 2) return errors;
  const bias = biasSquare(moved(shrunk, rawK), scale);
  return mapEntries(errors, (error, i, j) => {
    const k = i * errors.cols + j;
    if (i === j) return error;
    const cut = published.data[k] - shrunk.whole.data[k];
    return Math.sqrt(squared(error) + bias * scale[i] * scale[j] + squared(cut));
  });
}

function moved(shrunk: JackknifeSample<DenseMatrix>, raw: JackknifeSample<DenseMatrix>): JackknifeSample<DenseMatrix> {
  const less = (a: DenseMatrix, b: DenseMatrix) => mapEntries(a, (value, i, j) => value - b.data[i * a.cols + j]);
  return {
    whole: less(shrunk.whole, raw.whole),
    replicates: shrunk.replicates.map((K, g) => less(K, raw.replicates[g])),
    ratios: raw.ratios,
  };
}

function biasSquare(difference: JackknifeSample<DenseMatrix>, scale: Float64Array): number {
  const noise = entryErrors(difference);
  const { data, cols } = difference.whole;
  let [sum, pairs] = [0, 0];
  for (let i = 0; i < cols; i++) {
    for (let j = 0; j < i; j++) {
      const k = i * cols + j;
      const unit = scale[i] * scale[j];
      if (!(unit > 0)) continue;
      sum += (squared(data[k]) - squared(noise.data[k])) / unit;
      pairs++;
    }
  }
  return pairs > 0 ? Math.max(0, sum / pairs) : 0;
}

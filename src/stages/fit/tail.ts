import { type DenseMatrix, mapEntries } from '../../numerics/dense.js';
import type { Estimate, TailParams } from './calibration.js';
import type { RegressionMoments } from './impactProblem.js';
import type { JackknifeSample } from './jackknife.js';
import { pooledError } from './penalised.js';

export interface TailCut {
  readonly K: DenseMatrix;
  /** 1 where a link was sent to zero; N×N. */
  readonly isZero: Uint8Array;
  /** Links that were sent to their target or to zero. */
  readonly links: number;
  readonly isCut: boolean;
}

/** Cuts the tail of the shrunk links where folds held out (`tests`, one per replicate) do not lose by it, or always. */
export function sparseTail(
  shrunk: JackknifeSample<DenseMatrix>,
  target: JackknifeSample<DenseMatrix>,
  estimate: Estimate,
  tests: readonly RegressionMoments[],
  params: TailParams,
): TailCut {
  const error = (test: RegressionMoments, K: DenseMatrix) => pooledError(test, K, estimate.residualVolBps);
  const { rawK } = estimate;
  const loss = () =>
    tests.reduce((sum, test, g) => {
      const K = shrunk.replicates[g];
      const cut = cutTail(K, target.replicates[g], { ...estimate, raw: rawK.replicates[g] }, params);
      return sum + error(test, cut.K) - error(test, K);
    }, 0);
  if (params.apply === 'auto' && loss() > 0) return uncut(shrunk.whole);
  return cutTail(shrunk.whole, target.whole, { ...estimate, raw: rawK.whole }, params);
}

interface LinkEvidence extends Pick<Estimate, 'standardErrors' | 'signStability'> {
  readonly raw: DenseMatrix;
}

/**
 * A link that is weak, or whose sign folds do not agree on, takes the value that it is compatible with: its target when
 * it lies within `tMin` errors of it, else zero. Sending every weak link to its target would turn a well-measured absence
 * of a link into the mean of its block. A link that nothing measures (two names without flow) takes its target.
 */
function cutTail(
  shrunk: DenseMatrix,
  target: DenseMatrix,
  { raw, standardErrors, signStability }: LinkEvidence,
  params: TailParams,
): TailCut {
  const n = shrunk.rows;
  const isZero = new Uint8Array(n * n);
  let links = 0;
  const K = mapEntries(shrunk, (value, i, j) => {
    const k = i * n + j;
    if (i === j) return value;
    const unmeasured = raw.data[k] === 0 && standardErrors.data[k] === 0;
    const reach = params.tMin * standardErrors.data[k];
    const weak = Math.abs(raw.data[k]) < reach || signStability.data[k] < params.signStability;
    if (!weak && !unmeasured) return value;
    if (i < j) links++;
    const kept = unmeasured || Math.abs(raw.data[k] - target.data[k]) <= reach ? target.data[k] : 0;
    if (kept === 0) isZero[k] = 1;
    return kept;
  });
  return { K, isZero, links, isCut: true };
}

/** The cut that changes nothing. */
export const uncut = (K: DenseMatrix): TailCut => ({
  K,
  isZero: new Uint8Array(K.data.length),
  links: 0,
  isCut: false,
});

import { fromNormalised, toNormalised } from '../../model/normalise.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { type BlockTarget, blockTargets } from './blockTarget.js';
import type { CalibrationParams, Estimate } from './calibration.js';
import { clusterNames } from './clusters.js';
import type { RegressionMoments } from './impactProblem.js';
import { type JackknifeSample, mapSample } from './jackknife.js';
import { jackknifedSelfImpacts } from './selfImpactErrors.js';
import { selfImpactsOf } from './selfImpacts.js';

/** What links are drawn to. */
export interface ShrinkageTarget {
  /** N×N, bps per million: for the whole, and for each replicate by what that replicate says of the blocks. */
  readonly matrix: JackknifeSample<DenseMatrix>;
  /** N: the self impacts that normalise links, bps per million. */
  readonly scale: Float64Array;
  /** Group of every name: links within a pair of groups share their target. */
  readonly peers: readonly string[];
  /** How the target of the whole was made; absent where it is zero off the diagonal. */
  readonly blocks?: BlockTarget | undefined;
}

/** Means by pair of groups, the groups being blocks of the universe or clusters of the residual moves; or zero (MODEL §4). */
export function shrinkageTarget(
  { rawK, standardErrors }: Estimate,
  moments: RegressionMoments,
  params: CalibrationParams,
): ShrinkageTarget {
  const { blocks } = params.defactor;
  const self = selfImpactsOf(jackknifedSelfImpacts(rawK, moments), moments, params);
  const scale = self.posterior.map((k, i) => Math.max(k, self.floors[i], 0));
  const peers = params.target === 'clusters' ? clusterNames(moments.moveProducts) : blocks;
  if (params.target === 'none') return { matrix: mapSample(rawK, (K) => zeros(K.rows)), scale, peers };
  const variance = mapEntries(standardErrors, (se, i, j) => squared(se) / (scale[i] * scale[j]));
  const links = mapSample(rawK, (K) => toNormalised(K, scale));
  const described = mapSample(links, blockTargets(links.replicates, variance, peers, params.tail.tMin));
  const matrix = mapSample(described, ({ target }) => fromNormalised(target, scale));
  return { matrix, scale, peers, blocks: described.whole };
}

import type { FoldMoments } from '../../model/moments.js';
import { submatrix, zeros } from '../../numerics/dense.js';

/** The same fold as if no factor had been given. */
export function dropFactors(fold: FoldMoments): FoldMoments {
  const { names, factors, bases, missingControls } = fold;
  if (factors === 0) return fold;
  const kept = [0, ...Array.from({ length: names * bases }, (_, k) => 1 + factors + k)];
  const counts = zeros(names, 1);
  for (let i = 0; i < names; i++) counts.data[i] = missingControls.data[i * missingControls.cols];
  const all = Array.from({ length: names }, (_, i) => i);
  return {
    ...fold,
    factors: 0,
    zz: submatrix(fold.zz, kept),
    zr: submatrix(fold.zr, kept, all),
    missingControls: counts,
  };
}

import { selectBases } from '../../model/bases.js';
import { heldOutGroups } from '../../model/heldOut.js';
import { type Fold, type FoldMoments, throughChange } from '../../model/moments.js';
import { jackknifeStandardError } from '../../numerics/statistics.js';
import { type DefactorParams, fitFactors } from './defactor.js';

/** Standard errors of intercept and loadings by name, bps per unit of factor move: every fold left out in turn. */
export function loadingErrors(folds: readonly Fold[], total: FoldMoments, params: DefactorParams): Float64Array[] {
  const width = 1 + total.factors;
  const replicates = folds.length < 2 || width === 1 ? [] : loadingsWithoutEach(folds, total, params);
  return Array.from({ length: total.names }, (_, i) =>
    Float64Array.from({ length: width }, (_unused, a) =>
      jackknifeStandardError(replicates.map((moves) => moves.data[i * width + a])),
    ),
  );
}

/** Loadings know nothing of flow, which is most of a fold. */
function loadingsWithoutEach(folds: readonly Fold[], total: FoldMoments, params: DefactorParams) {
  const movesOnly = (moments: FoldMoments) => selectBases(moments, []);
  const moves = folds.map((fold) => throughChange(fold, movesOnly, { ...fold, bases: 0 }));
  const groups = heldOutGroups(moves, folds.length, movesOnly(total));
  return Array.from(groups, ({ rest }) => fitFactors(rest, { ...params, derived: false }).controls.moves);
}

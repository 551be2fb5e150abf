import type { StoredImpact } from '../../io/impactArrow.js';
import type { CertifiedModel } from '../../model/certificate.js';
import { XimError } from '../../model/failure.js';
import { keptLinks, pinched } from '../../model/fallback.js';
import { decays } from '../../model/kernel.js';
import { traceShares } from '../../model/kernelParts.js';
import type { Manifest } from '../../model/manifest.js';
import { moveUnitOf } from '../../model/units.js';
import { type DenseMatrix, diagonalMatrix } from '../../numerics/dense.js';
import { besideTerms, type ConcaveModel, pinchedModel, storedConcave } from './storedConcave.js';

export type MatrixColumn = 'K' | 'K_block' | 'K_diag' | 'K_shrunk';

export const COLUMN_OF = { full: 'K', blockDiagonal: 'K_block', diagonal: 'K_diag', before: 'K_shrunk' } as const;

/** The links that the parts of a column keep. */
const FALLBACK_OF = { K: 'full', K_block: 'blockDiagonal', K_diag: 'diagonal', K_shrunk: 'full' } as const;

/** A column as an N×N matrix, bps per million: with the secants, where there are concave terms. */
export const storedMatrix = ({ columns, matrices }: StoredImpact, column: MatrixColumn): DenseMatrix =>
  column === 'K_diag' ? diagonalMatrix(columns.get(column)!) : matrices.get(column)!;

/** A stored matrix with all that the certificate needs to know of it: K is what is linear beside concave terms. */
export function storedModel(manifest: Manifest, impact: StoredImpact, column: MatrixColumn): CertifiedModel {
  const { kernel, constraints } = manifest;
  const concave = concaveOf(manifest, impact, column);
  const parts = storedParts(manifest, impact, column);
  const tauSeconds = kernel.tauSeconds.map((tau) => (tau === 'permanent' ? Number.POSITIVE_INFINITY : tau));
  const { conditionCap } = constraints;
  return {
    K: concave?.linear ?? storedMatrix(impact, column),
    ...(parts ? { parts } : {}),
    decay: decays({ bucketMs: kernel.bucketMs, tauSeconds }),
    weights: parts ? traceShares(parts) : Float64Array.from(kernel.weights),
    ...(concave ? { concave: concave.terms } : {}),
    concavity: kernel.concavity,
    floors: Float64Array.from(constraints.floors),
    rho: constraints.rho,
    units: moveUnitOf(manifest.config),
    ...(conditionCap === null ? {} : { conditionCap }),
  };
}

/** Concave terms as a column has them; `undefined` where impact is linear. @throws XimError `corrupt`. */
export function concaveOf(manifest: Manifest, impact: StoredImpact, column: MatrixColumn): ConcaveModel | undefined {
  const concave = storedConcave(manifest, impact);
  if (!concave) return undefined;
  if (column === 'K_shrunk') return besideTerms(storedMatrix(impact, column), concave);
  return pinchedModel(concave, keptLinks(FALLBACK_OF[column], manifest.universe.blocks));
}

/** K_1 … K_P as a fallback keeps them; `undefined` for a scalar kernel. @throws XimError `corrupt` when one is missing. */
function storedParts(
  { kernel, universe }: Manifest,
  { matrices }: StoredImpact,
  column: MatrixColumn,
): DenseMatrix[] | undefined {
  if (kernel.form === 'scalar') return undefined;
  const keeps = keptLinks(FALLBACK_OF[column], universe.blocks);
  return kernel.tauSeconds.map((_, p) => {
    const name = column === 'K_shrunk' ? `K_shrunk_${p + 1}` : `K_${p + 1}`;
    const part = matrices.get(name);
    if (!part) throw new XimError('corrupt', `impact.arrow has no column ${name}`, 'run the date again');
    return pinched(part, keeps);
  });
}

import { readImpactArrow, type StoredImpact } from '../../io/impactArrow.js';
import { type Certificate, type CertifiedModel, certify, propagatorOf } from '../../model/certificate.js';
import { XimError } from '../../model/failure.js';
import { keptLinks, pinched } from '../../model/fallback.js';
import { decays } from '../../model/kernel.js';
import { traceShares } from '../../model/kernelParts.js';
import type { Manifest, StoredWitness } from '../../model/manifest.js';
import { inCurrency, scheduleCost } from '../../model/roundTrip.js';
import { moveUnitOf } from '../../model/units.js';
import { type DenseMatrix, diagonalMatrix } from '../../numerics/dense.js';
import { readObject, type StoredVersion } from '../../store/store.js';
import { storedFlow } from './storedFlow.js';

export interface Verification {
  readonly version: string;
  readonly objects: number;
  readonly certificates: {
    readonly full: Certificate;
    /** Of the matrix that was projected. */
    readonly before?: Certificate;
    readonly blockDiagonal: Certificate;
    readonly diagonal: Certificate;
  };
}

/** The impact matrices of a version, digest checked. */
export function storedImpact(store: string, { manifest }: StoredVersion): StoredImpact {
  const object = manifest.objects.find(({ name }) => name === 'impact.arrow');
  if (!object)
    throw new XimError('corrupt', `${manifest.asof}: the manifest lists no impact.arrow`, 'run the date again');
  return readImpactArrow(readObject(store, object));
}

/**
 * Checks every object of a version against its digest and computes the certificates anew from the stored bytes.
 * @throws XimError `corrupt` when a digest, a name or a certificate does not agree with the manifest.
 */
export function verifyVersion(store: string, version: StoredVersion): Verification {
  const { manifest } = version;
  for (const object of manifest.objects) readObject(store, object);
  const impact = storedImpact(store, version);
  if (impact.symbols.join('\n') !== manifest.universe.names.join('\n')) {
    throw new XimError(
      'corrupt',
      `${version.folder}: the names of impact.arrow are not those of the manifest`,
      'run the date again',
    );
  }
  storedFlow(manifest, impact);
  const claims = {
    full: manifest.certificate,
    blockDiagonal: manifest.fallbacks.blockDiagonal,
    diagonal: manifest.fallbacks.diagonal,
    // Absent in versions that were written before it was.
    ...(manifest.certificate.before ? { before: manifest.certificate.before } : {}),
  };
  const certificates = {
    full: certify(storedModel(manifest, impact, 'K')),
    blockDiagonal: certify(storedModel(manifest, impact, 'K_block')),
    diagonal: certify(storedModel(manifest, impact, 'K_diag')),
    ...(claims.before ? { before: certify(storedModel(manifest, impact, 'K_shrunk')) } : {}),
  };
  for (const which of ['full', 'blockDiagonal', 'diagonal', 'before'] as const) {
    const [found, claimed] = [certificates[which], claims[which]];
    if (!found || !claimed) continue;
    if (claimed.witness) checkWitness(version, storedModel(manifest, impact, COLUMN_OF[which]), claimed.witness);
    if (found.status === claimed.status) continue;
    const broken = found.checks.filter((check) => !check.passed).map((check) => `${check.name} = ${check.value}`);
    throw new XimError(
      'corrupt',
      `${version.folder}: the ${which} certificate says ${claimed.status}, the stored matrix says ${found.status} (${broken.join(', ')})`,
      'do not use this version; run the date again',
    );
  }
  return { version: version.folder, objects: manifest.objects.length, certificates };
}

export type MatrixColumn = 'K' | 'K_block' | 'K_diag' | 'K_shrunk';

export const COLUMN_OF = { full: 'K', blockDiagonal: 'K_block', diagonal: 'K_diag', before: 'K_shrunk' } as const;

/** The links that the parts of a column keep. */
const FALLBACK_OF = { K: 'full', K_block: 'blockDiagonal', K_diag: 'diagonal', K_shrunk: 'full' } as const;

/** The gain that a witness claims is executed, not believed. */
function checkWitness({ folder, manifest }: StoredVersion, model: CertifiedModel, witness: StoredWitness): void {
  const names = witness.symbols.map((symbol) => manifest.universe.names.indexOf(symbol));
  const propagator = propagatorOf(model);
  const gain = -inCurrency(scheduleCost(propagator, names, witness.trades), propagator);
  if (Math.abs(gain - witness.gain) <= 1e-9 * Math.abs(witness.gain)) return;
  throw new XimError(
    'corrupt',
    `${folder}: the witness claims a gain of ${witness.gain}, the stored matrix gives ${gain}`,
    'do not use this version; run the date again',
  );
}

/** A stored matrix with all that the certificate needs to know of it. */
export function storedModel(manifest: Manifest, impact: StoredImpact, column: MatrixColumn): CertifiedModel {
  const { kernel, constraints } = manifest;
  const K = column === 'K_diag' ? diagonalMatrix(impact.columns.get(column)!) : impact.matrices.get(column)!;
  const parts = storedParts(manifest, impact, column);
  const tauSeconds = kernel.tauSeconds.map((tau) => (tau === 'permanent' ? Number.POSITIVE_INFINITY : tau));
  const { conditionCap } = constraints;
  return {
    K,
    ...(parts ? { parts } : {}),
    decay: decays({ bucketMs: kernel.bucketMs, tauSeconds }),
    weights: parts ? traceShares(parts) : Float64Array.from(kernel.weights),
    concavity: kernel.concavity,
    floors: Float64Array.from(constraints.floors),
    rho: constraints.rho,
    units: moveUnitOf(manifest.config),
    ...(conditionCap === null ? {} : { conditionCap }),
  };
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

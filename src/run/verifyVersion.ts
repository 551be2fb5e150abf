import { readImpactArrow, type StoredImpact } from '../io/impactArrow.js';
import { type Certificate, certify } from '../model/certificate.js';
import { XimError } from '../model/failure.js';
import { decays } from '../model/kernel.js';
import type { Manifest } from '../model/manifest.js';
import { type DenseMatrix, diagonalMatrix, mapEntries } from '../numerics/dense.js';
import { readObject, type StoredVersion } from '../store/store.js';

export interface Verification {
  readonly version: string;
  readonly objects: number;
  readonly certificates: {
    readonly full: Certificate;
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
  const certificates = {
    full: certificateOf(manifest, impact, 'K'),
    blockDiagonal: certificateOf(manifest, impact, 'K_block'),
    diagonal: certificateOf(manifest, impact, 'K_diag'),
  };
  const claims = {
    full: manifest.certificate.status,
    blockDiagonal: manifest.fallbacks.blockDiagonal.status,
    diagonal: manifest.fallbacks.diagonal.status,
  };
  for (const which of ['full', 'blockDiagonal', 'diagonal'] as const) {
    if (certificates[which].status === claims[which]) continue;
    const broken = certificates[which].checks
      .filter((check) => !check.passed)
      .map((check) => `${check.name} = ${check.value}`);
    throw new XimError(
      'corrupt',
      `${version.folder}: the ${which} certificate says ${claims[which]}, the stored matrix says ${certificates[which].status} (${broken.join(', ')})`,
      'do not use this version; run the date again',
    );
  }
  return { version: version.folder, objects: manifest.objects.length, certificates };
}

function certificateOf(manifest: Manifest, impact: StoredImpact, column: 'K' | 'K_block' | 'K_diag'): Certificate {
  const { kernel, constraints } = manifest;
  const K = column === 'K_diag' ? diagonalMatrix(impact.columns.get(column)!) : impact.matrices.get(column)!;
  const parts = storedParts(manifest, impact, column);
  const tauSeconds = kernel.tauSeconds.map((tau) => (tau === 'permanent' ? Number.POSITIVE_INFINITY : tau));
  return certify({
    K,
    ...(parts ? { parts } : {}),
    decay: decays({ bucketMs: kernel.bucketMs, tauSeconds }),
    weights: Float64Array.from(kernel.weights),
    concavity: kernel.concavity,
    floors: Float64Array.from(constraints.floors),
    rho: constraints.rho,
  });
}

/** K_1 … K_P as a fallback keeps them; `undefined` for a scalar kernel. @throws XimError `corrupt` when one is missing. */
function storedParts(
  { kernel, universe }: Manifest,
  { matrices }: StoredImpact,
  column: 'K' | 'K_block' | 'K_diag',
): DenseMatrix[] | undefined {
  if (kernel.form === 'scalar') return undefined;
  const { blocks } = universe;
  const keeps = (i: number, j: number) =>
    column === 'K' || i === j || (column === 'K_block' && blocks[i] === blocks[j]);
  return kernel.tauSeconds.map((_, p) => {
    const part = matrices.get(`K_${p + 1}`);
    if (!part) throw new XimError('corrupt', `impact.arrow has no column K_${p + 1}`, 'run the date again');
    return mapEntries(part, (value, i, j) => (keeps(i, j) ? value : 0));
  });
}

import { readImpactArrow, type StoredImpact } from '../../io/impactArrow.js';
import { readMarketArrow } from '../../io/marketArrow.js';
import { type Certificate, type CertifiedModel, certify, propagatorOf } from '../../model/certificate.js';
import { certifyInTime } from '../../model/certificateInTime.js';
import { XimError } from '../../model/failure.js';
import { type StoredInTime, type StoredWitness, storedInTime } from '../../model/manifest.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import { inCurrency, scheduleCost } from '../../model/roundTrip.js';
import { readObject, type StoredVersion } from '../../store/store.js';
import { checkRanges } from './manifestRanges.js';
import { secantGap } from './storedConcave.js';
import { storedFlow } from './storedFlow.js';
import { COLUMN_OF, concaveOf, storedMatrix, storedModel } from './storedModel.js';

/** Relative to √(K_ii K_jj). */
const SECANT_TOLERANCE = 1e-12;

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

/** What schedules need of the market; `undefined` where a version holds none. @throws XimError `corrupt` */
export function storedMarket(store: string, { manifest }: StoredVersion): MarketProfile | undefined {
  const object = manifest.objects.find(({ name }) => name === 'market.arrow');
  return object && readMarketArrow(readObject(store, object), manifest.universe.names);
}

/**
 * Checks every object of a version against its digest and computes the certificates anew from the stored bytes.
 * @throws XimError `corrupt` when a number of the manifest is out of range, or a digest, a name, a secant or a certificate does not agree with the manifest.
 */
export function verifyVersion(store: string, version: StoredVersion): Verification {
  const { manifest } = version;
  checkRanges(version);
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
  storedMarket(store, version);
  checkSecants(version, impact);
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
  checkInTime(version, storedModel(manifest, impact, 'K'));
  return { version: version.folder, objects: manifest.objects.length, certificates };
}

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

/** Who reads K alone, or a fallback, is to read what typical flow meets by the terms that stand beside it. */
function checkSecants({ folder, manifest }: StoredVersion, impact: StoredImpact): void {
  for (const column of ['K', 'K_block', 'K_diag'] as const) {
    const concave = concaveOf(manifest, impact, column);
    const gap = concave ? secantGap(storedMatrix(impact, column), concave) : 0;
    if (gap <= SECANT_TOLERANCE) continue;
    throw new XimError(
      'corrupt',
      `${folder}: ${column} is not the linear part with the secants of the concave terms, by ${gap} of self impact`,
      'do not use this version; run the date again',
    );
  }
}

/** What is said of multipliers is computed anew too. */
function checkInTime({ folder, manifest }: StoredVersion, model: CertifiedModel): void {
  const claimed = manifest.certificate.inTime;
  if (!claimed) return;
  const { kernel, regimes, universe } = manifest;
  const found = storedInTime(certifyInTime(model, regimes.multipliers, kernel.bucketMs), universe.names);
  const numbers = ({ growth, regimeGrowth, isBorne, switchWitness }: StoredInTime): number[] => [
    ...growth.flatMap(({ tauSeconds, largestGrowthPerBucket }) => [tauSeconds, largestGrowthPerBucket]),
    ...[regimeGrowth, Number(isBorne), switchWitness?.gain ?? 0],
  ];
  const [said, is] = [numbers(claimed), numbers(found)];
  const agrees = said.length === is.length && said.every((value, k) => Math.abs(value - is[k]) <= 1e-9 * is[k]);
  if (agrees) return;
  throw new XimError(
    'corrupt',
    `${folder}: what the certificate says of multipliers that change is not what the stored model gives`,
    'do not use this version; run the date again',
  );
}

import type { Calendar } from '../../model/calendar.js';
import type { Certificate } from '../../model/certificate.js';
import { type CertifiedModel, propagatorOf } from '../../model/certificate.js';
import { XimError } from '../../model/failure.js';
import { isFailing } from '../../model/gate.js';
import type { Manifest } from '../../model/manifest.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import type { Propagator } from '../../model/roundTrip.js';
import { type MoveUnit, moveUnitOf } from '../../model/units.js';
import type { StoredVersion } from '../../store/store.js';
import { storedModel } from '../versions/storedModel.js';
import { storedImpact, storedMarket, verifyVersion } from '../versions/verifyVersion.js';

/** What of a version a schedule is made with, all names of it in its order. */
export interface MarketOfVersion {
  readonly id: string;
  readonly folder: string;
  readonly asof: string;
  /** What the verdict says of links. */
  readonly crossImpact: string;
  /** Gates of promotion that it failed. */
  readonly failedGates: readonly string[];
  /** γ of the depth scaling: costs are those at the usual depth of the book where it is not 0. */
  readonly liquidity: number;
  /** Sessions that the version was calibrated in. */
  readonly calendar: Calendar;
  readonly units: MoveUnit;
  readonly symbols: readonly string[];
  readonly blocks: readonly string[];
  readonly propagator: Propagator;
  readonly profile: MarketProfile;
  readonly certificate: Certificate['status'];
  readonly bucketNs: number;
}

/**
 * A version, verified. Schedules ask for a certificate that passed: where round trips may be paid for, the cost is not convex, and
 * what a solver takes for an optimum may be a way to earn from the model instead of the market.
 * @param force schedule by a version whose certificate did not pass
 * @throws XimError `gate` for such a version, `usage` for one that is concave before its decay or holds no market, `corrupt`
 */
export function marketOfVersion(store: string, version: StoredVersion, force: boolean): MarketOfVersion {
  const { manifest, folder } = version;
  const { certificates } = verifyVersion(store, version);
  const impact = storedImpact(store, version);
  const model = storedModel(manifest, impact, 'K');
  refuseUncertified(folder, certificates.full.status, model, force);
  return {
    id: version.id,
    folder,
    asof: manifest.asof,
    crossImpact: manifest.verdict.crossImpact,
    failedGates: manifest.gates.filter(isFailing).map(({ name }) => name),
    liquidity: manifest.kernel.liquidity ?? 0,
    calendar: calendarOf(manifest),
    units: moveUnitOf(manifest.config),
    symbols: manifest.universe.names,
    blocks: manifest.universe.blocks,
    propagator: propagatorOf(model),
    profile: profileOf(store, version),
    certificate: certificates.full.status,
    bucketNs: manifest.kernel.bucketMs * 1e6,
  };
}

const calendarOf = ({ config }: Manifest): Calendar => (config as { readonly calendar: Calendar }).calendar;

/** @throws XimError `usage` for impact that is concave before its decay, `gate` for a certificate that did not pass */
function refuseUncertified(folder: string, status: Certificate['status'], model: CertifiedModel, force: boolean): void {
  if (model.concavity !== 1)
    throw new XimError(
      'usage',
      `${folder} has flow.concavity ${model.concavity}: impact that is concave before its decay has no convex cost, and no schedule of it can be proved`,
      'calibrate with flow.concavity: 1; fit.kernel.concave gives an impact that is concave and can be scheduled',
    );
  if (status !== 'passed' && !force)
    throw new XimError(
      'gate',
      `the certificate of ${folder} is ${status}: its costs may pay for round trips, and a schedule would be drawn to them`,
      'schedule by another version, or pass --force: the answer is then a local one, and its gap says nothing',
    );
}

function profileOf(store: string, version: StoredVersion): MarketProfile {
  const profile = storedMarket(store, version);
  if (profile) return profile;
  throw new XimError(
    'usage',
    `${version.folder} holds no market.arrow: it was made from a matrix alone, or by an earlier release`,
    'run the date again with this release; a schedule needs volumes, spreads and the covariance of moves',
  );
}

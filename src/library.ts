/**
 * What a live system needs of `xim`, beside the command line: a verified artifact, the guardrails that say how much of it to
 * use, and what the next trade costs. It reads a store and writes nothing. `examples/live.mjs` shows it at work.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { propagatorAt, type ReferenceDepth, scaledSchedule } from './model/atDepth.js';
import type { CertifiedModel } from './model/certificate.js';
import { XimError } from './model/failure.js';
import type { Fallback } from './model/fallback.js';
import { growthBound } from './model/growth.js';
import type { GuardrailValues } from './model/guardrails.js';
import type { Manifest } from './model/manifest.js';
import type { Propagator } from './model/roundTrip.js';
import type { ScheduleDocument } from './model/scheduleDocument.js';
import { type ScheduleSettings, USUAL_SETTINGS } from './model/scheduleSettings.js';
import { currencyPerMoveMillion, type MoveUnit, moveUnitOf } from './model/units.js';
import type { DenseMatrix } from './numerics/dense.js';
import { linesOf } from './run/schedule/basketOfVersion.js';
import { type MarketOfVersion, marketOfVersion } from './run/schedule/marketOfVersion.js';
import { planLines, type RunningPlan, replanRest } from './run/schedule/plan.js';
import type { PlanOptions } from './run/schedule/planContext.js';
import { storedFlow } from './run/versions/storedFlow.js';
import { COLUMN_OF, storedModel } from './run/versions/storedModel.js';
import { storedImpact, type Verification, verifyVersion } from './run/versions/verifyVersion.js';
import { basketCap } from './stages/guardrails/basketCap.js';
import { guardrailValues } from './stages/guardrails/guardrailValues.js';
import type { PricedModels } from './stages/guardrails/prices.js';
import { type Thresholds, thresholdsOf } from './stages/guardrails/thresholds.js';
import { readVersion, resolveReference, type StoredVersion } from './store/store.js';

export type { ReferenceDepth } from './model/atDepth.js';
export { type ConcaveMode, type ConcaveTerms, secantMatrix } from './model/concave.js';
export { XimError } from './model/failure.js';
export { growthBound } from './model/growth.js';
export { costOfSchedule, type Frictions, marginalCost } from './model/marginalCost.js';
export { CURRENCY_PER_BPS_MILLION, type Propagator } from './model/roundTrip.js';
export type { MoveUnit } from './model/units.js';
export { type DenseMatrix, fromRows } from './numerics/dense.js';
export {
  type Action,
  type GuardrailState,
  initialState,
  nextState,
  type Reason,
  type Transition,
} from './stages/guardrails/machine.js';
export { type BucketOutcome, ResidualMonitor } from './stages/guardrails/monitor.js';
export { pricesAt } from './stages/guardrails/prices.js';
export type { Observation } from './stages/guardrails/readings.js';
export type { Thresholds } from './stages/guardrails/thresholds.js';

/** A version whose bytes and certificates were checked. Names are in one order throughout. */
export interface LiveArtifact extends PricedModels {
  readonly id: string;
  /** Folder of the version, `<date>-<id8>`. */
  readonly version: string;
  readonly asof: string;
  readonly blocks: readonly string[];
  readonly bucketMs: number;
  /** Of every move, K and cost here: where names say bps and this is `price`, they are price points. */
  readonly units: MoveUnit;
  /** Units of the reporting currency that a cost of one, moves × millions, is. */
  readonly currencyPerMoveMillion: number;
  /**
   * N×N, bps per million, and per time constant where the kernel is not scalar; all that certificates are computed from. With
   * concave terms (MODEL §2a) K is what is linear beside them; `secantMatrix` gives what typical flow meets.
   */
  readonly models: Readonly<Record<Fallback, CertifiedModel>>;
  /** As recomputed from the stored matrices: `passed`, or `withheld` for concave flow. */
  readonly certificates: Verification['certificates'];
  /** N, bps a bucket; NaN for a matrix that came without data. */
  readonly residualVolBps: Float64Array;
  /** With the growth that multipliers are held to, `growthBound` of the full model. */
  readonly thresholds: Thresholds;
  /** Condition number (`Infinity` where not positive definite) and basket norm of the full matrix, secants included. */
  readonly health: Required<Pick<GuardrailValues, 'conditionNumber' | 'basketNorm'>>;
  readonly regimes: Manifest['regimes'];
  /**
   * Depth that K speaks of: it is bps per million at `depthMedian`, and `liquidity` is 0 where depth does not matter. The
   * certificates then speak of schedules at constant depth, in one ratio to the reference for all names: buying while the book
   * is thin and selling while it is deep has the same arithmetic as multipliers that change in time.
   */
  readonly flow: ReferenceDepth;
  /** What schedules need of the version beside its matrices, read when it is asked for. @throws XimError where it cannot be scheduled by */
  readonly market: () => MarketOfVersion;
}

/**
 * Loads a version and verifies it: digests of every object, and the certificates computed anew from the stored matrices.
 * @param storeOrFolder a store, or the folder of one version in it; `reference` is then not needed
 * @param reference an id, a unique prefix, a date, `candidate` or `champion`
 * @throws XimError `notFound`; `corrupt` when a digest or certificate does not agree; `gate` when a certificate failed
 */
export function loadArtifact(storeOrFolder: string, reference = 'champion'): LiveArtifact {
  const { store, version } = locate(storeOrFolder, reference);
  const { certificates } = verifyVersion(store, version);
  for (const fallback of ['full', 'blockDiagonal', 'diagonal'] as const)
    if (certificates[fallback].status === 'failed') throw uncertified(version, fallback);
  const { manifest } = version;
  const impact = storedImpact(store, version);
  const K = impact.matrices.get('K')!;
  const { conditionNumber = Number.POSITIVE_INFINITY, basketNorm } = guardrailValues(K);
  const model = (fallback: Fallback) => storedModel(manifest, impact, COLUMN_OF[fallback]);
  const full = model('full');
  const { names, blocks } = manifest.universe;
  const units = moveUnitOf(manifest.config);
  const thresholds = { ...storedThresholds(manifest, K), multiplierGrowth: growthBound(full) };
  const unknown = () => new Float64Array(names.length).fill(Number.NaN);
  const { liquidity, depthMedian = unknown() } = storedFlow(manifest, impact);
  return {
    id: version.id,
    version: version.folder,
    asof: manifest.asof,
    symbols: names,
    blocks,
    bucketMs: manifest.kernel.bucketMs,
    units,
    currencyPerMoveMillion: currencyPerMoveMillion(units),
    models: { full, blockDiagonal: model('blockDiagonal'), diagonal: model('diagonal') },
    certificates,
    residualVolBps: impact.columns.get('resid_vol_bps') ?? unknown(),
    thresholds,
    canary: thresholds.canary,
    health: { conditionNumber, basketNorm },
    regimes: manifest.regimes,
    flow: { liquidity, depthMedian },
    market: () => marketOfVersion(store, version, false),
  };
}

/**
 * A schedule (T×N, signed millions) in millions at reference depth: what prices answer to while the book stays as deep as it
 * is. The same where the artifact knows no depth. For costs see {@link pricesAtDepth}.
 * @param depth N, millions at the touch, the mean of both sides; a missing one (NaN, zero) counts as the reference
 */
export const scaledFlow = ({ flow }: LiveArtifact, schedule: DenseMatrix, depth: Float64Array): DenseMatrix =>
  scaledSchedule(flow, schedule, depth);

/**
 * The kernel of `pricesAt` per million that trades at these depths (as of {@link scaledFlow}): a move is answered to by
 * scaled flow but paid on what trades, and `marginalCost` and `costOfSchedule` take the schedule as it is with this one.
 */
export const pricesAtDepth = ({ flow }: LiveArtifact, prices: Propagator, depth: Float64Array): Propagator =>
  propagatorAt(flow, prices, depth);

function locate(storeOrFolder: string, reference: string): { store: string; version: StoredVersion } {
  if (!existsSync(join(storeOrFolder, 'manifest.json')))
    return { store: storeOrFolder, version: resolveReference(storeOrFolder, reference) };
  const folder = resolve(storeOrFolder);
  const store = dirname(dirname(folder));
  return { store, version: readVersion(store, basename(folder)) };
}

const uncertified = ({ folder }: StoredVersion, fallback: Fallback): XimError =>
  new XimError(
    'gate',
    `${folder}: the certificate of the ${fallback} matrix failed, so round trips may be paid for`,
    'load another version, or calibrate again',
  );

/** Versions that were written before a cap was stored have that of their matrix. */
function storedThresholds({ guardrails, kernel, universe, verdict }: Manifest, K: DenseMatrix): Thresholds {
  const cap = guardrails.measured?.basketCap ?? basketCap({ K, groups: universe.blocks }).numericCap;
  return thresholdsOf(guardrails, kernel.bucketMs, { basketCap: cap, links: verdict.links });
}

export type { Guardrail, Level } from './model/guardrails.js';
export type { ScheduleDocument } from './model/scheduleDocument.js';
export type { PolicyName } from './model/scheduleSettings.js';

/** A line of a basket: a side with a positive amount, or a signed one; shares or contracts, or millions. */
export interface BasketEntry {
  readonly symbol: string;
  readonly side?: 'buy' | 'sell';
  readonly qty?: number;
  readonly notional?: number;
  /** Venue time, `10:30`. */
  readonly start?: string;
  readonly end?: string;
  /** Largest share of the market's volume in a bucket. */
  readonly cap?: number;
  readonly urgency?: number;
  readonly lot?: number;
  readonly alpha_bps?: number;
  readonly half_spread_bps?: number;
}

/** As the options of `xim schedule`. */
export interface ScheduleOptions extends Partial<Omit<PlanOptions, 'settings' | 'trades' | 'bucketNs'>> {
  readonly bucketSeconds?: number;
  readonly settings?: Partial<ScheduleSettings>;
}

/**
 * A basket as child orders over time, by a loaded artifact: what `xim schedule` prints with `--json`.
 * @throws XimError as the command does: `usage` or `data` naming the entry, `gate` for a certificate that did not pass
 */
export function schedule(
  artifact: LiveArtifact,
  basket: readonly BasketEntry[],
  options: ScheduleOptions = {},
): ScheduleDocument {
  const market = artifact.market();
  const rows = basket.map((entry, k) => ({
    place: `entry ${k + 1}`,
    cells: Object.fromEntries(
      Object.entries(entry)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, String(value)]),
    ),
  }));
  const { bucketSeconds, settings, ...rest } = options;
  return planLines(market, linesOf(rows, market, options.unknown), {
    ...rest,
    ...(bucketSeconds === undefined ? {} : { bucketNs: bucketSeconds * 1e9 }),
    settings: { ...USUAL_SETTINGS, ...settings },
  });
}

/** The rest of a schedule, from the start of one of its rows on, after what was traded. */
export const replanSchedule = (
  artifact: LiveArtifact,
  plan: RunningPlan,
  options: Omit<PlanOptions, 'settings'>,
): ScheduleDocument => replanRest(artifact.market(), plan, options);

import { termsByNames } from '../../model/concave.js';
import { XimError } from '../../model/failure.js';
import { traceShares } from '../../model/kernelParts.js';
import type { MarketProfile } from '../../model/marketProfile.js';
import type { Propagator } from '../../model/roundTrip.js';
import { type DenseMatrix, mapEntries, submatrix, zeros } from '../../numerics/dense.js';
import type { MarketOfVersion } from './marketOfVersion.js';

/** A market by the names of a basket. */
export type MarketOfBasket = Pick<MarketOfVersion, 'symbols' | 'blocks' | 'propagator' | 'profile'>;

/** What is said of a name that the version does not know. */
export interface UnknownName {
  readonly symbol: string;
  /** Millions that trade of it in a day. */
  readonly dailyMillions: number;
}

/**
 * The part of a market that a basket trades, names in the basket's order. A name that the version does not know has the self impact
 * of a typical name of its volume, no links, and the day, the spread and the variance of the median name.
 */
export function marketOfNames(
  market: MarketOfVersion,
  symbols: readonly string[],
  unknown: readonly UnknownName[],
): MarketOfBasket {
  const place = new Map(market.symbols.map((symbol, i) => [symbol, i]));
  const at = symbols.map((symbol) => place.get(symbol) ?? -1);
  const volumes = new Map(unknown.map(({ symbol, dailyMillions }) => [symbol, dailyMillions]));
  const stranger = symbols.find((symbol, i) => at[i] < 0 && !volumes.has(symbol));
  if (stranger !== undefined)
    throw new XimError(
      'usage',
      `${stranger} is no name of ${market.folder}`,
      'say again what trades of it: --allow-unknown XYZ=120',
    );
  const daily = symbols.map((symbol) => volumes.get(symbol) ?? 0);
  return {
    symbols,
    blocks: at.map((i) => (i < 0 ? '(unknown)' : market.blocks[i])),
    propagator: propagatorOfNames(market, at, daily),
    profile: profileOfNames(market.profile, at, daily),
  };
}

function propagatorOfNames(
  { propagator, profile, folder }: MarketOfVersion,
  at: readonly number[],
  daily: readonly number[],
): Propagator {
  const { matrices, concave } = propagator;
  const typical = typicalSelfImpact(matrices, dailyVolumes(profile));
  if (at.includes(-1) && !(typical > 0))
    throw new XimError(
      'usage',
      `${folder} saw no volume, so nothing says what a name that it does not know costs`,
      'leave the name out, or calibrate with a tape',
    );
  const shares = matrices.length === 1 ? Float64Array.of(1) : traceShares(matrices);
  return {
    ...propagator,
    matrices: matrices.map((matrix, p) => {
      const known = placed(matrix, at);
      return mapEntries(known, (value, i, j) => (i === j && at[i] < 0 ? (shares[p] * typical) / daily[i] : value));
    }),
    ...(concave ? { concave: termsByNames(concave, at) } : {}),
  };
}

/** Median of self impact times daily volume: how self impact goes with volume, were all else alike. */
function typicalSelfImpact(matrices: readonly DenseMatrix[], volumes: Float64Array): number {
  const n = volumes.length;
  const values = Array.from({ length: n }, (_, i) => {
    const self = matrices.reduce((sum, { data }) => sum + data[i * (n + 1)], 0);
    return self * volumes[i];
  });
  return median(values.filter((value) => value > 0));
}

/** Millions that trade in a day, by name. */
export const dailyVolumes = ({ volume: { rows, cols, data } }: MarketProfile): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => data.subarray(i * cols, (i + 1) * cols).reduce((sum, v) => sum + v, 0));

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length > 0 ? sorted[Math.floor(sorted.length / 2)] : Number.NaN;
}

/** N×N by names; zero for those that are not known. */
function placed(matrix: DenseMatrix, at: readonly number[]): DenseMatrix {
  if (at.every((i) => i >= 0)) return submatrix(matrix, at);
  return mapEntries(zeros(at.length), (_, i, j) =>
    at[i] < 0 || at[j] < 0 ? 0 : matrix.data[at[i] * matrix.cols + at[j]],
  );
}

function profileOfNames(profile: MarketProfile, at: readonly number[], daily: readonly number[]): MarketProfile {
  const { volume, halfSpreadBps, covariance, unitMillions } = profile;
  const slots = profile.slots.length;
  const n = unitMillions.length;
  const wholeDay = dailyVolumes(profile);
  const everyone = wholeDay.reduce((sum, v) => sum + v, 0);
  const usualShare = Float64Array.from({ length: slots }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += volume.data[i * slots + c];
    return everyone > 0 ? sum / everyone : 1 / slots;
  });
  const usualSpread = (c: number) =>
    median(Array.from({ length: n }, (_, i) => halfSpreadBps.data[i * slots + c]).filter(Number.isFinite));
  const usualVariance = median(Array.from({ length: n }, (_, i) => covariance.data[i * (n + 1)]));
  const rows = (of: (i: number, c: number) => number) => mapEntries(zeros(at.length, slots), (_, i, c) => of(i, c));
  const known = placed(covariance, at);
  return {
    ...profile,
    volume: rows((i, c) => (at[i] < 0 ? daily[i] * usualShare[c] : volume.data[at[i] * slots + c])),
    halfSpreadBps: rows((i, c) => (at[i] < 0 ? usualSpread(c) : halfSpreadBps.data[at[i] * slots + c])),
    unitMillions: Float64Array.from(at, (i) => (i < 0 ? Number.NaN : unitMillions[i])),
    covariance: mapEntries(known, (value, i, j) => (i === j && at[i] < 0 ? usualVariance : value)),
  };
}

import type { ConcaveMoments } from '../../../model/concaveMoments.js';
import { workedShares } from '../../../model/kernel.js';
import { multiply, zeros } from '../../../numerics/dense.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import { gramInverse } from '../../../numerics/leastSquares.js';
import type { DecayProfile } from '../decayProfile.js';
import type { TermProblems } from './termProblems.js';
import { type TermPrior, type TermWeights, termWeights } from './termStep.js';

/** Buckets over which orders are worked that a curve must price, beside an order of one bucket, as own flow bears it. */
const ORDER_BUCKETS = [10, 60, 300, 1800];
/** What the agreement weighs for each of them, beside the data. */
const WEIGHT = 0.5;

/** What an order of so many buckets costs over one of a single bucket, and how far that is known, as a share of it. */
export interface KeptShare {
  readonly buckets: number;
  readonly share: number;
  readonly error: number;
  /** Ends of an interval of 99 %. */
  readonly low: number;
  readonly high: number;
}

/** Standard errors to either side that make an interval of 90 %. */
const REACH = 1.645;

/** By own flow on its whole grid of time constants; orders that no session holds are left out, and what own flow leaves open. */
export const keptShares = (profile: DecayProfile, sessionBuckets: number): KeptShare[] =>
  ORDER_BUCKETS.filter((buckets) => buckets <= sessionBuckets).flatMap((buckets) => {
    const { value, low, high } = profile.worked(buckets);
    const wide = profile.worked(buckets, 0.99);
    return value > 0 && Number.isFinite(wide.high)
      ? [
          {
            buckets,
            share: 2 * value,
            error: (high - low) / (2 * REACH * value),
            low: 2 * wide.low,
            high: 2 * wide.high,
          },
        ]
      : [];
  });

export interface KeptDecay {
  readonly concave: ConcaveMoments;
  /** Of the terms' grid of lags. */
  readonly lagDecay: Float64Array;
  /** P: decays of the bases, and weights of the linear part beside the terms. */
  readonly decay: Float64Array;
  readonly weights: Float64Array;
  readonly shares: readonly KeptShare[];
}

/** Where own flow knows the cost of an order to this share of it, the agreement has its full weight. */
const WELL_KNOWN = 0.05;
/** A name's own share counts as far as this from that of all names. */
const FURTHEST = 2;

/**
 * Terms that price orders as own flow does. One-bucket moves are predicted best by terms that fade at once, since those follow
 * the size of a single trade best; what is left of impact after minutes, which is what orders pay, hardly shows in them. The
 * regression of the terms on the name's own filtered flow says what they amount to in a line, time constant by time constant.
 * Where what that line charges for an order of ten buckets to half an hour, over what it charges at once, is not what own flow
 * bears whatever the family, the terms are drawn to what it has, as far as that is known: all names together, each by the same
 * factor, since names differ. A right model agrees of itself, and is left as it is.
 */
export function keptTerms(problems: TermProblems, prior: TermPrior, kept: KeptDecay): TermWeights {
  const free = termWeights(problems, prior);
  const priced = kept.shares.map((each) => ({ ...each, found: sharesOf(problems, prior, kept, free, each.buckets) }));
  if (priced.every(({ found, low, high }) => found.pooled >= low && found.pooled <= high)) return free;
  const targets = priced.map(({ buckets, share, error, found }) => {
    const factor = found.pooled > 0 ? share / found.pooled : 1;
    return {
      buckets,
      strength: WEIGHT * Math.min(1, squared(WELL_KNOWN / error)),
      share: found.byName.map((own) => (found.pooled > 0 ? own * factor : share)),
    };
  });
  return termWeights(drawnTo(problems, prior, kept, targets), prior);
}

/** What orders cost over one of a single bucket: by name, and all names together, which count by what their own flow tells. */
function sharesOf(
  { gram }: TermProblems,
  { sizes }: TermPrior,
  kept: KeptDecay,
  { own, linear }: TermWeights,
  buckets: number,
): { readonly pooled: number; readonly byName: Float64Array } {
  const names = sizes.length;
  const priced = (i: number, order: number) => {
    const costs = costsOf(kept, i, order);
    return costs.reduce((sum, cost, a) => sum + cost * (a === 0 ? linear[i] : own.data[(a - 1) * names + i]), 0);
  };
  const all = (order: number) => sizes.reduce((sum, size, i) => sum + gram[i].data[0] * size * priced(i, order), 0);
  const atOnce = all(1);
  const pooled = atOnce > 0 ? all(buckets) / atOnce : 0;
  const byName = sizes.map((_, i) => {
    const [once, worked] = [priced(i, 1), priced(i, buckets)];
    const share = once > 0 ? worked / once : pooled;
    return Math.max(pooled / FURTHEST, Math.min(pooled * FURTHEST, share));
  });
  return { pooled, byName };
}

interface Target {
  readonly buckets: number;
  /** Beside the data. */
  readonly strength: number;
  readonly share: Float64Array;
}

function drawnTo(
  problems: TermProblems,
  { sizes }: TermPrior,
  kept: KeptDecay,
  targets: readonly Target[],
): TermProblems {
  const gram = problems.gram.map((H, i) => {
    const atOnce = costsOf(kept, i, 1);
    const data = H.data.slice();
    // In units in which the whole of self impact, worked so long, has the weight of the data.
    const weight = H.data[0] * squared(sizes[i]);
    for (const { buckets, strength, share } of targets) {
      if (!(share[i] > 0)) continue;
      const row = costsOf(kept, i, buckets).map(
        (cost, a) => (cost - share[i] * atOnce[a]) / (share[i] * sizes[i] * 0.5),
      );
      for (let a = 0; a < row.length; a++)
        for (let b = 0; b < row.length; b++) data[a * row.length + b] += weight * strength * row[a] * row[b];
    }
    return { ...H, data };
  });
  return { ...problems, gram };
}

/** Of an order by the linear part and by every term, for weights of one. */
function costsOf({ concave, lagDecay, decay, weights }: KeptDecay, i: number, buckets: number): number[] {
  const shares = workedShares(lagDecay, buckets);
  return [dot(workedShares(decay, buckets), weights), ...ownProjection(concave, i).map((each) => dot(shares, each))];
}

/** Per term, L: its regression on the name's own flow, filtered by the grid. */
function ownProjection({ names, terms, lags, withLags, lagSquares }: ConcaveMoments, i: number): Float64Array[] {
  const gram = zeros(lags);
  gram.data.forEach((_, k) => {
    gram.data[k] = lagSquares.data[k * names + i];
  });
  const { inverse } = gramInverse(gram);
  return Array.from({ length: terms }, (_, q) => {
    const side = zeros(lags, 1);
    for (let l = 0; l < lags; l++) side.data[l] = withLags.data[(l * terms + q) * names + i];
    return multiply(inverse, side).data;
  });
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, k) => sum + value * b[k], 0);

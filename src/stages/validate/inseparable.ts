import type { Gate } from '../../model/gate.js';
import { type DenseMatrix, diagonalOf, mapEntries, scaleBoth } from '../../numerics/dense.js';
import { composeSpectrum, symmetricEigen } from '../../numerics/symmetricEigen.js';
import { type RegressionMoments, squaredErrors } from '../fit/impactProblem.js';

/**
 * Flow of a name that all others explain but for a hundredth of its variance: errors are ten times those of flow of its own.
 * A factor of ten in the variance is the usual warning (Marquardt 1970); here nothing but a share that is arbitrary may be red.
 */
const INFLATED = 100;
/** Names of one group share their inflation: of two names one half, of so many a share of one in them. */
const SAME_GROUP = 0.05;
/** Directions of less than this share of a name's variance are rounding. */
const ROUNDING = 1e-12;
/** Groups that are named, and names of a group; the rest is counted. */
const NAMED = { groups: 3, names: 4 } as const;

interface Published {
  readonly moments: RegressionMoments;
  /** N×N, bps per million. */
  readonly K: DenseMatrix;
  /** Pairs whose link is zero by the configuration: between them there is nothing to share. */
  readonly unlinked: readonly (readonly [number, number])[];
}

/**
 * Names whose self impact is any share of what they cost together: one instrument under two symbols, or names that only trade as a
 * basket, whose relative prices hardly move. The data know the sum; least squares gives each name a share of it, the folds agree on that
 * share, and scores out of sample are as good as with any other (MODEL §4). A name is one of them where the flow of the others
 * explains its own (variance inflation `[R⁻¹]_ii`, R the correlation of flow), and two standard errors of its self impact
 * without a penalty, `σ_i √([R⁻¹]_ii / Σ v̄_i²)`, exceed what is published: with enough data the nearly same is told apart.
 * @returns groups of two names and more, by index, ascending
 */
export function inseparableGroups({ moments, K, unlinked }: Published): number[][] {
  const { gram, buckets } = moments;
  const n = gram.rows;
  const inverse = inverseCorrelation(gram);
  const isInflated = Array.from({ length: n }, (_, i) => inverse.data[i * (n + 1)] >= INFLATED);
  if (!isInflated.includes(true)) return [];
  const errors = squaredErrors(moments, K).map((square, i) =>
    Math.sqrt((square / buckets) * (inverse.data[i * (n + 1)] / gram.data[i * (n + 1)])),
  );
  const isShared = isInflated.map((inflated, i) => inflated && 2 * errors[i] > Math.abs(K.data[i * (n + 1)]));
  const fixed = new Set(unlinked.flatMap(([i, j]) => [i * n + j, j * n + i]));
  const areTogether = (i: number, j: number) => {
    const least = Math.min(inverse.data[i * (n + 1)], inverse.data[j * (n + 1)]);
    return isShared[j] && !fixed.has(i * n + j) && Math.abs(inverse.data[i * n + j]) >= SAME_GROUP * least;
  };
  return groupsOf(
    isShared.flatMap((shared, i) => (shared ? [i] : [])),
    areTogether,
  ).filter((group) => group.length > 1);
}

/** Of flow, N×N; zero in the rows of names without any. */
function inverseCorrelation(gram: DenseMatrix): DenseMatrix {
  const scale = diagonalOf(gram).map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
  const { values, vectors } = symmetricEigen(scaleBoth(gram, scale));
  const inverse = composeSpectrum(
    vectors,
    values.map((value) => 1 / Math.max(value, ROUNDING)),
  );
  return mapEntries(inverse, (value, i, j) => (scale[i] > 0 && scale[j] > 0 ? value : 0));
}

/** Members that are together directly or by way of others. */
function groupsOf(members: readonly number[], areTogether: (i: number, j: number) => boolean): number[][] {
  const left = new Set(members);
  return members.flatMap((first) => {
    if (!left.delete(first)) return [];
    const group = [first];
    for (const member of group)
      for (const other of left)
        if (areTogether(member, other)) {
          left.delete(other);
          group.push(other);
        }
    return [group.sort((a, b) => a - b)];
  });
}

/** Of groups by symbol; `undefined` where there are none. */
export function inseparableGate(name: string, groups: readonly (readonly string[])[]): Gate | undefined {
  if (groups.length === 0) return undefined;
  const shown = groups.slice(0, NAMED.groups).map(listed).join('; of ');
  const more = groups.length > NAMED.groups ? `; and of ${groups.length - NAMED.groups} more` : '';
  return {
    name,
    verdict: 'failed',
    reason: `the flow of ${shown}${more} goes together: nothing tells what each of them costs. Map codes of one instrument to one symbol (symbols.csv); of names that only trade together keep one, or use a longer window`,
  };
}

function listed(symbols: readonly string[]): string {
  if (symbols.length > NAMED.names)
    return `${symbols.slice(0, NAMED.names).join(', ')} and ${symbols.length - NAMED.names} more`;
  return `${symbols.slice(0, -1).join(', ')} and ${symbols.at(-1)}`;
}

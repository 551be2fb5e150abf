import {
  type DenseMatrix,
  dot,
  mapEntries,
  multiply,
  submatrix,
  symmetricPart,
  transpose,
  zeros,
} from '../numerics/dense.js';
import { pow } from '../numerics/elementary/elementary.js';
import { symmetricEigen } from '../numerics/symmetricEigen.js';
import type { ConcaveTerms } from './concave.js';
import { PotentialStates } from './potentials.js';
import { currencyPerMoveMillion, type MoveUnit } from './units.js';

/**
 * The kernel `G(h) = Σ_p M_p d_p^h`, h in buckets; matrices N×N, bps per million, symmetric or not. Concave terms (MODEL §2a)
 * come on top of it.
 */
export interface Propagator {
  /** One matrix for all terms, or one for each. */
  readonly matrices: readonly DenseMatrix[];
  readonly decay: Float64Array;
  /** Of every term; ones where each has its own matrix. */
  readonly weights: Float64Array;
  readonly concave?: ConcaveTerms;
  /** Buckets in a row of the schedules that it prices, each with an equal child; 1 where absent. */
  readonly children?: number;
  /** Of the moves that the matrices speak of; bps where absent. */
  readonly units?: MoveUnit;
}

/** What is traded in one bucket: signed millions of some names, by index. */
export interface Trade {
  readonly bucket: number;
  readonly millions: readonly number[];
}

/** A schedule that ends flat in every name and is paid for trading. */
export interface Witness {
  /** Indices of the names that are traded. */
  readonly names: readonly number[];
  readonly trades: readonly Trade[];
  /** Millions bought and sold. */
  readonly turnover: number;
  /** Gain in bps (or price points) of turnover and in units of the reporting currency. */
  readonly gainBps: number;
  readonly gain: number;
}

/** A basis point of a million. Under price points it is `currencyPerMoveMillion` that makes money of a cost. */
export const CURRENCY_PER_BPS_MILLION = currencyPerMoveMillion('bps');

/** What a cost of the kernel, moves × millions, is in units of the reporting currency. */
export const inCurrency = (cost: number, { units = 'bps' }: Pick<Propagator, 'units'>): number =>
  cost * currencyPerMoveMillion(units);

/**
 * Cost of a schedule in bps × millions, `Σ_t u_tᵀ[½G(0)u_t + Σ_{s<t} G(t−s)u_s]` (MODEL §7) and the potentials of concave
 * terms (§2a), by carrying one state per term.
 * @param names which of the N names the trades speak of
 */
export function scheduleCost(propagator: Propagator, names: readonly number[], trades: readonly Trade[]): number {
  let cost = 0;
  costByTrade(propagator, names, trades, (part) => {
    cost += part;
  });
  return cost;
}

/** The same in its parts: `add` is told of each and of the index of its trade, in order. */
export function costByTrade(
  { matrices, decay, weights, concave }: Propagator,
  names: readonly number[],
  trades: readonly Trade[],
  add: (cost: number, trade: number) => void,
): void {
  const parts = matrices.map((matrix) => submatrix(matrix, names));
  const m = names.length;
  const states = Array.from(decay, () => new Float64Array(m));
  const potentials = concave && new PotentialStates(concave, names);
  let now = trades[0]?.bucket ?? 0;
  trades.forEach(({ bucket, millions }, trade) => {
    const flow = Float64Array.from(millions);
    states.forEach((state, p) => {
      const left = pow(decay[p], bucket - now);
      const part = parts[Math.min(p, parts.length - 1)];
      for (let i = 0; i < m; i++) state[i] *= left;
      let price = 0;
      for (let i = 0; i < m; i++) price += flow[i] * rowTimes(part, i, state) + 0.5 * flow[i] * rowTimes(part, i, flow);
      add(weights[p] * price, trade);
      for (let i = 0; i < m; i++) state[i] += flow[i];
    });
    if (potentials) add(potentials.trade(flow, bucket - now), trade);
    now = bucket;
  });
}

const rowTimes = ({ data, cols }: DenseMatrix, i: number, x: Float64Array): number =>
  dot(data.subarray(i * cols, (i + 1) * cols), x);

/** Lengths of the round trips that are tried, in trades. */
const TRADES = [2, 3, 4, 6, 8, 16, 48] as const;
/** Names of the round trips that are tried, largest in the offending direction first; all of them where it is cheap. */
const SIZES = [1, 2, 3, 5, 8, 13, 21, 34] as const;
const LARGEST_PROBLEM = 100;
const LONGEST = 192;
/** The shortest round trip that makes this share of what the best one makes is the one to show. */
const GOOD_ENOUGH = 0.1;
const PAIRS = 10;

/**
 * Looks for a round trip that is paid: the smallest eigenvalue of the cost among schedules that end flat, for few names
 * before many and few trades before long, along the directions in which the matrices are indefinite or asymmetric. Exact for
 * all names at two trades. `undefined` when none is found, which proves nothing: that is what the lower bounds of the
 * certificate are for.
 * @param spacings buckets between trades that are tried
 */
export function findWitness(propagator: Propagator, spacings: readonly number[]): Witness | undefined {
  const scale = normalisation(propagator);
  const candidates = subsets(propagator, scale);
  const found: Witness[] = [];
  const look = (names: readonly number[], count: number, apart = spacings) => {
    for (const spacing of apart) {
      const buckets = Array.from({ length: count }, (_, t) => t * spacing);
      const witness = bestRoundTrip(propagator, names, buckets, scale);
      if (witness) found.push(witness);
    }
  };
  for (const names of candidates)
    for (const count of TRADES) if (count === 2 || names.length * (count - 1) <= LARGEST_PROBLEM) look(names, count);
  // Little asymmetry takes long to exploit, with only the lasting part of impact: what it gains grows with the square of
  // the number of trades, what trading costs does not.
  const patient = [...spacings, Math.max(...spacings) * TRADES[TRADES.length - 1]];
  if (found.length === 0)
    for (const names of candidates.filter((set) => set.length === 2)) look(names, LONGEST, patient);
  const most = found.reduce((top, { gainBps }) => Math.max(top, gainBps), 0);
  const size = ({ names, trades }: Witness) => names.length * trades.length;
  return found
    .filter(({ gainBps }) => gainBps >= GOOD_ENOUGH * most)
    .reduce<Witness | undefined>((best, one) => (best && size(best) <= size(one) ? best : one), undefined);
}

/** Square roots of the typical size of every name's self impact. */
function normalisation({ matrices }: Propagator): Float64Array {
  const n = matrices[0].rows;
  const self = Float64Array.from({ length: n }, (_, i) =>
    matrices.reduce((sum, { data }) => sum + Math.abs(data[i * (n + 1)]), 0),
  );
  const typical = self.reduce((sum, value) => sum + value, 0) / n || 1;
  return self.map((value) => Math.sqrt(value > 1e-9 * typical ? value : typical));
}

/** Names that may carry a round trip, as ascending indices; small sets first. */
function subsets({ matrices }: Propagator, scale: Float64Array): number[][] {
  const n = scale.length;
  const everyone = Array.from({ length: n }, (_, i) => i);
  const ranked = [...new Set(matrices)].flatMap((matrix) => {
    const C = mapEntries(matrix, (value, i, j) => value / scale[i] / scale[j]);
    const directions = [leading(symmetricEigen(symmetricPart(C)).vectors, 0)];
    const skew = mapEntries(C, (value, i, j) => (value - C.data[j * n + i]) / 2);
    if (skew.data.some((value) => Math.abs(value) > 1e-12)) {
      const { vectors } = symmetricEigen(symmetricPart(multiply(transpose(skew), skew)));
      directions.push(leading(vectors, n - 1), ...largestPairs(skew));
    }
    return directions;
  });
  const sized = SIZES.flatMap((size) =>
    ranked.filter((names) => names.length >= size).map((names) => names.slice(0, size)),
  );
  const all = [...sized.filter((names) => names.length < n), everyone].map((names) => names.toSorted((a, b) => a - b));
  return [...new Map(all.map((names) => [names.join(), names])).values()];
}

/** Names by the size of their part in an eigenvector. */
function leading({ rows, cols, data }: DenseMatrix, column: number): number[] {
  const size = (i: number) => Math.abs(data[i * cols + column]);
  return Array.from({ length: rows }, (_, i) => i).sort((a, b) => size(b) - size(a) || a - b);
}

function largestPairs({ rows, data }: DenseMatrix): number[][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < rows; i++) for (let j = i + 1; j < rows; j++) pairs.push([i, j]);
  const size = ([i, j]: [number, number]) => Math.abs(data[i * rows + j]);
  return pairs.sort((a, b) => size(b) - size(a)).slice(0, PAIRS);
}

/** The eigenvector of the smallest cost among flat schedules of these names at these buckets, if it is negative. */
function bestRoundTrip(
  propagator: Propagator,
  names: readonly number[],
  buckets: readonly number[],
  scale: Float64Array,
): Witness | undefined {
  const m = names.length;
  const basis = flatSchedules(buckets.length);
  const cost = flatCost(propagator, names, buckets, scale, basis);
  const { values, vectors } = symmetricEigen(cost);
  if (!(values[0] < 0)) return undefined;
  const flow = zeros(buckets.length, m);
  for (let k = 0; k < basis.rows; k++)
    for (let t = 0; t < basis.cols; t++)
      for (let a = 0; a < m; a++)
        flow.data[t * m + a] +=
          (basis.data[k * basis.cols + t] * vectors.data[(k * m + a) * vectors.cols]) / scale[names[a]];
  const largest = flow.data.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  const held = new Float64Array(m);
  const trades = buckets.map((bucket, t) => ({
    bucket,
    millions: Array.from(held, (position, a) => {
      // The last trade closes what is held, to the last bit.
      const millions = t === buckets.length - 1 ? -position : flow.data[t * m + a] / largest;
      held[a] += millions;
      return millions;
    }),
  }));
  const turnover = trades.reduce((sum, { millions }) => sum + millions.reduce((gross, v) => gross + Math.abs(v), 0), 0);
  const gained = -scheduleCost(propagator, names, trades);
  if (!(gained > 0)) return undefined;
  return { names, trades, turnover, gainBps: gained / turnover, gain: inCurrency(gained, propagator) };
}

/** `(Bᵀ ⊗ 1) M (B ⊗ 1)` in units in which self impacts are one, M the cost of a schedule as a symmetric form. */
function flatCost(
  { matrices, decay, weights }: Propagator,
  names: readonly number[],
  buckets: readonly number[],
  scale: Float64Array,
  basis: DenseMatrix,
): DenseMatrix {
  const m = names.length;
  const out = zeros(basis.rows * m);
  const parts = matrices.map((matrix) =>
    mapEntries(submatrix(matrix, names), (value, a, b) => value / scale[names[a]] / scale[names[b]]),
  );
  decay.forEach((d, p) => {
    // u_tᵀ G(t−s) u_s for s < t, and half of G(0) at s = t; its symmetric form is taken in the end.
    const lower = mapEntries(zeros(buckets.length), (_, t, s) =>
      s < t ? weights[p] * pow(d, buckets[t] - buckets[s]) : s === t ? weights[p] / 2 : 0,
    );
    const inBasis = multiply(multiply(basis, lower), transpose(basis));
    const { data } = parts[Math.min(p, parts.length - 1)];
    for (let k = 0; k < basis.rows; k++)
      for (let l = 0; l < basis.rows; l++)
        for (let a = 0; a < m; a++)
          for (let b = 0; b < m; b++)
            out.data[(k * m + a) * out.cols + l * m + b] += inBasis.data[k * basis.rows + l] * data[a * m + b];
  });
  return symmetricPart(out);
}

/** Orthonormal basis (Helmert) of the schedules of one name that sum to zero, (T−1)×T. */
export function flatSchedules(trades: number): DenseMatrix {
  return mapEntries(zeros(trades - 1, trades), (_, k, t) => {
    const norm = Math.sqrt((k + 1) * (k + 2));
    return t <= k ? 1 / norm : t === k + 1 ? -(k + 1) / norm : 0;
  });
}

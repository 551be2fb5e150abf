import { type DenseMatrix, mapEntries, zeros } from '../numerics/dense.js';
import { squared } from '../numerics/elementary/elementary.js';
import { concaveSecant } from './concaveShape.js';

/**
 * Concave terms of the price level beside a linear propagator (MODEL §2a): with the decayed volume `J_t^q = d_q J_{t−1}^q + u_t`
 * of every time constant, a name's level has `Σ_q g_qi h_i(J_ti^q)` more, and every mode adds `Σ_q λ_q · direction · h(directionᵀ J_t^q)`.
 * Both are gradients of convex potentials, so they admit no paid round trip as long as weights are not negative.
 */
export interface ConcaveTerms {
  /** c of every h, in (0, 1]; 1 is linear. */
  readonly power: number;
  /** Q: decays per bucket, in [0, 1). 0 is gone with the next bucket. */
  readonly decay: Float64Array;
  /** N, millions, positive: where every name's h bends. */
  readonly scales: Float64Array;
  /** Q×N, bps per million at zero, not negative. */
  readonly own: DenseMatrix;
  /** N, millions: median size of a name's flow over the buckets in which it trades, where secants are taken; 0 is the slope at zero. */
  readonly typical: Float64Array;
  /** Concave links. */
  readonly modes: readonly ConcaveMode[];
}

/** A combination of names whose decayed volume moves them together: the potential `λ_q H(directionᵀ J^q)`. */
export interface ConcaveMode {
  readonly label: string;
  /** N. */
  readonly direction: Float64Array;
  /** In units of `directionᵀ J`, positive. */
  readonly scale: number;
  /** Q: λ, bps per million at zero where the direction is of ones, not negative. */
  readonly weights: Float64Array;
}

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);

/** Indices of the names that a mode holds. */
export const namesOf = ({ direction }: Pick<ConcaveMode, 'direction'>): number[] =>
  [...direction.keys()].filter((i) => direction[i] !== 0);

/** N, bps per million: own impact of a typical trade on its own bucket, by its size, `Σ_q g_qi h(m_i)/m_i`. */
export function secants({ power, scales, own, typical }: ConcaveTerms): Float64Array {
  return typical.map((size, i) => {
    let weight = 0;
    for (let q = 0; q < own.rows; q++) weight += own.data[q * own.cols + i];
    return weight * concaveSecant(size, scales[i], power);
  });
}

/**
 * What a bucket of typical flow meets, N×N, bps per million: the linear matrix, secants on its diagonal, and every mode's
 * `Σ_q λ_q · h(m)/m · direction directionᵀ` at `m = √Σ (direction_i typical_i)²`. Positive semidefinite with the linear one.
 */
export function secantMatrix(linear: DenseMatrix, terms: ConcaveTerms): DenseMatrix {
  const own = secants(terms);
  const modes = terms.modes.map(({ direction, scale, weights }) => {
    const size = Math.sqrt(total(direction.map((loading, i) => squared(loading * terms.typical[i]))));
    return { direction, slope: total(weights) * concaveSecant(size, scale, terms.power) };
  });
  return mapEntries(linear, (value, i, j) =>
    modes.reduce(
      (sum, { direction, slope }) => sum + slope * direction[i] * direction[j],
      i === j ? value + own[i] : value,
    ),
  );
}

/**
 * The terms by other names: a name that they do not know has none, and names that are left out take their part of a mode along.
 * @param at for every name its place among those of the terms, negative where it has none
 */
export function termsByNames(terms: ConcaveTerms, at: readonly number[]): ConcaveTerms {
  const placed = (values: Float64Array, unknown: number) => Float64Array.from(at, (i) => (i < 0 ? unknown : values[i]));
  const { own, scales, typical } = terms;
  return {
    ...terms,
    scales: placed(scales, 1),
    own: mapEntries(zeros(own.rows, at.length), (_, q, i) => (at[i] < 0 ? 0 : own.data[q * own.cols + at[i]])),
    typical: placed(typical, 0),
    modes: terms.modes
      .map((mode) => ({ ...mode, direction: placed(mode.direction, 0) }))
      .filter((mode) => namesOf(mode).length > 0),
  };
}

/**
 * The terms with some links dropped, as `pinched` does it for a matrix: where `keeps` is an equivalence, a mode becomes one
 * mode for each of its classes, `λ H(q_bᵀJ)`. What is left of a mode for a single name is self impact,
 * `λ q_i h_s(q_i J_i) = λ q_i² h_{s/|q_i|}(J_i)`; it joins the own terms where it bends where they do.
 */
export function pinchedConcave(terms: ConcaveTerms, keeps: (i: number, j: number) => boolean): ConcaveTerms {
  const own = mapEntries(terms.own, (value) => value);
  const modes = terms.modes.flatMap((mode) => {
    const classes = classesOf(namesOf(mode), keeps);
    if (classes.length <= 1) return [mode];
    return classes.flatMap((names, k) => {
      const [i] = names;
      const scale = mode.scale / Math.abs(mode.direction[i]);
      if (names.length > 1 || scale !== terms.scales[i]) return [restricted(mode, names, k)];
      for (let q = 0; q < own.rows; q++) own.data[q * own.cols + i] += mode.weights[q] * squared(mode.direction[i]);
      return [];
    });
  });
  return { ...terms, own, modes };
}

function classesOf(names: readonly number[], keeps: (i: number, j: number) => boolean): number[][] {
  const classes: number[][] = [];
  for (const name of names) {
    const its = classes.find(([first]) => keeps(first, name));
    if (its) its.push(name);
    else classes.push([name]);
  }
  return classes;
}

function restricted({ direction, label, ...mode }: ConcaveMode, names: readonly number[], k: number): ConcaveMode {
  const kept = new Set(names);
  return { ...mode, label: `${label}/${k + 1}`, direction: direction.map((loading, i) => (kept.has(i) ? loading : 0)) };
}

/**
 * Self impact at one multiplier and links at another, as `scaledLinks` does it for a matrix and the same where c is 1: own
 * terms `self` times, modes `link` times, and of their self impact `self − link` times more. Potentials stay convex as long as
 * `0 ≤ link ≤ self`.
 */
export function scaledConcave(terms: ConcaveTerms, self: number, link: number): ConcaveTerms {
  if (self === 1 && link === 1) return terms;
  const scaled = ({ weights, ...mode }: ConcaveMode, by: number) => ({ ...mode, weights: weights.map((w) => by * w) });
  const linked = terms.modes.map((mode) => scaled(mode, namesOf(mode).length > 1 ? link : self));
  const own = mapEntries(terms.own, (value) => self * value);
  if (self === link) return { ...terms, own, modes: linked };
  const links = terms.modes.filter((mode) => namesOf(mode).length > 1);
  const alone = pinchedConcave({ ...terms, own: zeros(own.rows, own.cols), modes: links }, (i, j) => i === j);
  return {
    ...terms,
    own: mapEntries(own, (value, q, i) => value + (self - link) * alone.own.data[q * own.cols + i]),
    modes: [...linked, ...alone.modes.map((mode) => scaled(mode, self - link))],
  };
}

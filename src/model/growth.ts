import { pow } from '../numerics/elementary/elementary.js';
import type { CertifiedModel } from './certificate.js';

/** What one time constant of the model bears. */
export interface BearableGrowth {
  readonly kind: 'linear' | 'concave';
  /** Per bucket. */
  readonly decay: number;
  /** Largest `m_{t+1}/m_t` of a multiplier of its level at which no schedule earns; `Infinity` for what is gone with the next bucket. */
  readonly bears: number;
}

/**
 * With a level `m_t ∇Φ(J_t)` (MODEL §2a) a schedule costs `Σ_t m_t Φ(J_t) − m_{t+1} Φ(d J_t)`. Potentials of linear impact have
 * `Φ(dJ) = d² Φ(J)`, concave ones `Φ(dJ) ≤ d^{1+c} Φ(J)`, since `x h(x) ≥ (1+c) H(x)`: no sum is negative as long as the
 * multiplier grows by at most `1/d^{1+c}` a bucket. Both are the largest that do: `switchWitness` finds what more earns.
 * A fall is always borne.
 */
export const bearableGrowth = (decay: number, power = 1): number => pow(decay, -(1 + power));

/** Of every time constant that weighs something; 1 for the permanent one, which bears no growth at all. */
export function bearableGrowths({ decay, weights, parts, concave }: CertifiedModel): BearableGrowth[] {
  const weighs = (p: number) => (parts ? parts[p].data.some((value) => value !== 0) : weights[p] !== 0);
  const linear = [...decay.keys()]
    .filter(weighs)
    .map((p): BearableGrowth => ({ kind: 'linear', decay: decay[p], bears: bearableGrowth(decay[p]) }));
  if (!concave) return linear;
  const { own, modes, power } = concave;
  const bent = [...concave.decay.keys()]
    .filter((q) => modes.some((mode) => mode.weights[q] !== 0) || ownWeighs(own.data, own.cols, q))
    .map((q): BearableGrowth => {
      const d = concave.decay[q];
      return { kind: 'concave', decay: d, bears: bearableGrowth(d, power) };
    });
  return [...linear, ...bent];
}

const ownWeighs = (data: Float64Array, names: number, q: number): boolean =>
  data.subarray(q * names, (q + 1) * names).some((weight) => weight !== 0);

/**
 * Largest growth per bucket of one multiplier of all that passes. What is permanent is not multiplied (`pricesAt`), so it does
 * not count; `Infinity` where nothing lasts beyond its bucket.
 */
export function growthBound(model: CertifiedModel): number {
  return bearableGrowths(model)
    .filter(({ decay }) => decay < 1)
    .reduce((least, { bears }) => Math.min(least, bears), Number.POSITIVE_INFINITY);
}

/** A multiplier that grows by at most `bound` a bucket and falls at once. @param previous absent in the first bucket, when nothing is held yet */
export const heldMultiplier = (
  previous: number | undefined,
  wanted: number,
  bound = Number.POSITIVE_INFINITY,
): number => (previous === undefined ? wanted : Math.min(wanted, previous * bound));

/** Multipliers of self impact and of links. */
export interface Multipliers {
  readonly self: number;
  readonly link: number;
}

/**
 * Growth of the level of the basket that it favours most, between two pairs of multipliers: `link·C + (self − link)·1` has the
 * eigenvalues `link·λ + self − link`, and their ratio is largest at one end of the spectrum. With {@link bearableGrowth} of every time
 * constant no schedule earns. Links that fall alone are a growth too: a hedged basket pays less while they are there.
 * @param eigenvalues smallest and largest of K normalised by self impact
 */
export function growthOfPrices(
  before: Multipliers,
  after: Multipliers,
  eigenvalues: readonly [number, number],
): number {
  const level = ({ self, link }: Multipliers, eigenvalue: number) => link * eigenvalue + self - link;
  return Math.max(...eigenvalues.map((value) => level(after, value) / level(before, value)));
}

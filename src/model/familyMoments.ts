import { squared } from '../numerics/elementary/elementary.js';

/**
 * How a name's own flow may move it (MODEL §2a): by a line; by `h` of the decayed flow beside a line, which a certificate can
 * pass; by a power of the flow itself, which is always withheld.
 */
export type FlowShape =
  | { readonly kind: 'linear' }
  /** `scale`: s over the typical flow of a bucket in which the name trades. */
  | { readonly kind: 'after'; readonly power: number; readonly scale: number }
  | { readonly kind: 'before'; readonly power: number };

/** What families are compared on: every shape at every γ of the liquidity scaling, own flow of some names, several horizons. */
export interface FamilySpec {
  /** Of the universe. */
  readonly names: readonly number[];
  readonly factors: number;
  readonly gammas: readonly number[];
  readonly shapes: readonly FlowShape[];
  /** Buckets that moves are summed over. */
  readonly horizons: readonly number[];
  /** Per bucket, of the linear terms and of those that are concave after the decay. */
  readonly linearDecay: readonly number[];
  readonly concaveDecay: readonly number[];
}

/**
 * Sums of `y yᵀ` over windows of each horizon that have all their moves, `y = [1, x (F), own regressors, r]` of one name: a
 * symmetric matrix per γ, shape, horizon and name, one after the other.
 */
export interface FamilyMoments {
  readonly label: string;
  readonly sums: Float64Array;
}

/** Whether a line need not be summed: its sums are a part of those of a curve, whose row begins with it. */
export const isPartOfCurve = ({ shapes }: FamilySpec, shape: FlowShape): boolean =>
  shape.kind === 'linear' && shapes.some(({ kind }) => kind === 'after');

/** Own regressors of a shape. */
export const termsOf = ({ linearDecay, concaveDecay }: FamilySpec, shape: FlowShape): number =>
  linearDecay.length + (shape.kind === 'after' ? concaveDecay.length : 0);

export const rowWidth = (spec: FamilySpec, shape: FlowShape): number => 2 + spec.factors + termsOf(spec, shape);

/** Where the matrix of a γ, shape, horizon and name begins (by position in the spec), and how wide it is. */
export interface FamilyBlock {
  readonly at: number;
  readonly width: number;
}

/** Blocks by γ, shape, horizon and name, and how many numbers they are. */
export function familyLayout(spec: FamilySpec): { readonly block: BlockOf; readonly length: number } {
  const perName = spec.shapes.map((shape) => (isPartOfCurve(spec, shape) ? 0 : squared(rowWidth(spec, shape))));
  const perHorizon = spec.names.length;
  const starts: number[] = [];
  let perGamma = 0;
  for (const size of perName) {
    starts.push(perGamma);
    perGamma += size * perHorizon * spec.horizons.length;
  }
  const block: BlockOf = (gamma, shape, horizon, name) => ({
    at: gamma * perGamma + starts[shape] + (horizon * perHorizon + name) * perName[shape],
    width: rowWidth(spec, spec.shapes[shape]),
  });
  return { block, length: perGamma * spec.gammas.length };
}

type BlockOf = (gamma: number, shape: number, horizon: number, name: number) => FamilyBlock;

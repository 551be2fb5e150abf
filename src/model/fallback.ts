import { type DenseMatrix, mapEntries } from '../numerics/dense.js';

/** The matrices that a live system prices with (MODEL §6). */
export const FALLBACKS = ['full', 'blockDiagonal', 'diagonal'] as const;
export type Fallback = (typeof FALLBACKS)[number];

/**
 * The matrix with some links set to zero. Where `keeps` is an equivalence (blocks, or the canaries and everyone else alone)
 * this is a pinching, and a positive semidefinite matrix stays one.
 */
export const pinched = (matrix: DenseMatrix, keeps: (i: number, j: number) => boolean): DenseMatrix =>
  mapEntries(matrix, (value, i, j) => (keeps(i, j) ? value : 0));

/** Which links a fallback keeps. */
export function keptLinks(fallback: Fallback, blocks: readonly string[]): (i: number, j: number) => boolean {
  if (fallback === 'full') return () => true;
  return fallback === 'diagonal' ? (i, j) => i === j : (i, j) => blocks[i] === blocks[j];
}

/** A link is in use when both of its names are canaries; with no canaries, all are. */
export function canaryLinks(symbols: readonly string[], canary: readonly string[]): (i: number, j: number) => boolean {
  const chosen = new Set(canary);
  if (chosen.size === 0) return () => true;
  return (i, j) => i === j || (chosen.has(symbols[i]) && chosen.has(symbols[j]));
}

/** `self · diag(K) + link · (K − diag(K))`: positive semidefinite with K as long as `0 ≤ link ≤ self`. */
export const scaledLinks = (matrix: DenseMatrix, self: number, link: number): DenseMatrix =>
  mapEntries(matrix, (value, i, j) => (i === j ? self : link) * value);

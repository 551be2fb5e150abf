import type { Gate } from '../../model/gate.js';
import type { DenseMatrix } from '../../numerics/dense.js';

/** Flows that correlate by all but this much are one: what is left of either apart is a thousandth of it. */
const APART = 1e-6;
/** Pairs that are named; the rest is counted. */
const NAMED = 3;

/**
 * Pairs of names whose flow is one and the same but for its size: one instrument under two symbols, or names that only trade as a
 * basket. The data know what they cost together; least squares gives each of them a share, the folds agree on it, and scores
 * out of sample are as good as with any other share (MODEL §4).
 * @param gram N×N: `Σ v̄ v̄ᵀ`
 */
export function inseparablePairs({ rows: n, data }: DenseMatrix): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const size = Math.sqrt(data[i * (n + 1)] * data[j * (n + 1)]);
      if (size > 0 && Math.abs(data[i * n + j]) >= (1 - APART) * size) pairs.push([i, j]);
    }
  return pairs;
}

/** Of pairs by symbol; `undefined` where there are none. */
export function inseparableGate(name: string, pairs: readonly string[]): Gate | undefined {
  if (pairs.length === 0) return undefined;
  const more = pairs.length > NAMED ? `, and ${pairs.length - NAMED} pairs more` : '';
  return {
    name,
    verdict: 'failed',
    value: pairs.length,
    bound: 0,
    reason: `the flow of ${pairs.slice(0, NAMED).join(', of ')}${more} is one and the same but for its size: nothing tells what each of them costs. Map codes of one instrument to one symbol (symbols.csv); of names that only trade together keep one, or use a longer window`,
  };
}

import { describe, expect, it } from 'vitest';
import { type DenseMatrix, multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { inseparableGate, inseparablePairs } from '../../src/stages/validate/inseparable.js';

/** Second moments of flow, a column a name, in so many buckets. */
function gramOf(buckets: number, names: readonly ((own: number[], t: number) => number)[]): DenseMatrix {
  const random = randomStream(7);
  const flow = zeros(buckets, names.length);
  for (let t = 0; t < buckets; t++) {
    const own = names.map(() => random.normal());
    names.forEach((of, i) => {
      flow.data[t * names.length + i] = of(own, t);
    });
  }
  return multiply(transpose(flow), flow);
}

const own = (own: number[]) => own[0];
const other = (own: number[]) => own[1];

describe('names whose flow nothing tells apart', () => {
  it('trade in one proportion, whatever their sizes and sides, and whatever rounds them', () => {
    expect(inseparablePairs(gramOf(500, [own, other, own]))).toEqual([[0, 2]]);
    expect(inseparablePairs(gramOf(500, [own, (x) => -1000 * x[0], other]))).toEqual([[0, 1]]);
    expect(inseparablePairs(gramOf(500, [own, other, (x) => Math.round(1e4 * x[0]) / 1e4]))).toEqual([[0, 2]]);
    // A basket that is only traded as a whole.
    expect(inseparablePairs(gramOf(500, [own, (x) => 2 * x[0], (x) => 3 * x[0]]))).toHaveLength(3);
  });

  it('are not names that are correlated, silent, or more than there are buckets', () => {
    expect(inseparablePairs(gramOf(500, [own, (x) => x[0] + 0.02 * x[1]]))).toEqual([]);
    expect(inseparablePairs(gramOf(500, [own, () => 0, () => 0]))).toEqual([]);
    const many = Array.from({ length: 30 }, (_, i) => (x: number[]) => x[i]);
    expect(inseparablePairs(gramOf(10, many))).toEqual([]);
  });

  it('fail a gate that names them', () => {
    expect(inseparableGate('identification', [])).toBeUndefined();
    const gate = inseparableGate('identification', ['A and B', 'A and C', 'B and C', 'D and E'])!;
    expect(gate).toMatchObject({ verdict: 'failed', value: 4, bound: 0 });
    expect(gate.reason).toContain('the flow of A and B, of A and C, of B and C, and 1 pairs more is one and the same');
  });
});

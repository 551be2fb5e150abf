import { describe, expect, it } from 'vitest';
import { type DenseMatrix, diagonalOf, fromRows, multiply, transpose, zeros } from '../../src/numerics/dense.js';
import { randomStream } from '../../src/numerics/random.js';
import { median } from '../../src/numerics/statistics.js';
import type { RegressionMoments } from '../../src/stages/fit/impactProblem.js';
import { symmetricEstimator } from '../../src/stages/fit/kernelWeights.js';
import { inseparableGate, inseparableGroups } from '../../src/stages/validate/inseparable.js';

type Flow = (own: number[], t: number) => number;

interface World {
  readonly K: DenseMatrix;
  readonly buckets: number;
  /** Of a residual move; impact of a name's own flow is of the order of one. */
  readonly noise: number;
  readonly seed?: number;
}

/** Moves `K v̄` and noise, as moments; a flow a name. */
function momentsOf(flows: readonly Flow[], { K, buckets, noise, seed = 7 }: World): RegressionMoments {
  const n = flows.length;
  const random = randomStream(seed);
  const flow = zeros(buckets, n);
  for (let t = 0; t < buckets; t++) {
    const own = flows.map(() => random.normal());
    flows.forEach((of, i) => {
      flow.data[t * n + i] = of(own, t);
    });
  }
  const moves = multiply(flow, transpose(K));
  for (let k = 0; k < moves.data.length; k++) moves.data[k] += noise * random.normal();
  const moveProducts = multiply(transpose(moves), moves);
  return {
    names: n,
    buckets,
    observed: new Float64Array(n).fill(buckets),
    gram: multiply(transpose(flow), flow),
    cross: multiply(transpose(moves), flow),
    moveSquare: diagonalOf(moveProducts),
    rawMoveSquare: diagonalOf(moveProducts),
    moveProducts,
  };
}

const NOBODY: readonly (readonly [number, number])[] = [];
const ones = (n: number): DenseMatrix =>
  fromRows(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0.2))));
/** Groups among names of impact one, in noise that leaves their self impacts to be known within a tenth. */
const groups = (flows: readonly Flow[], unlinked = NOBODY, buckets = 2000) => {
  const K = ones(flows.length);
  return inseparableGroups({ moments: momentsOf(flows, { K, buckets, noise: 2 }), K, unlinked });
};

const first: Flow = (own) => own[0];
const second: Flow = (own) => own[1];

describe('names whose flow nothing tells apart', () => {
  it('trade in one proportion, whatever their sizes and sides, and whatever rounds them', () => {
    expect(groups([first, second, first])).toEqual([[0, 2]]);
    expect(groups([first, (x) => -1000 * x[0], second])).toEqual([[0, 1]]);
    expect(groups([first, second, (x) => Math.round(1e4 * x[0]) / 1e4])).toEqual([[0, 2]]);
    // A basket that is only traded as a whole, and another one.
    expect(groups([first, (x) => 2 * x[0], (x) => 3 * x[0], second, (x) => -x[1], (x) => x[5]])).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('are not names that correlate, that are silent, or whose link the configuration has as zero', () => {
    expect(groups([first, (x) => x[0] + 0.3 * x[1]])).toEqual([]);
    expect(groups([first, () => 0, () => 0])).toEqual([]);
    expect(groups([first, first, second], [[1, 0]])).toEqual([]);
  });

  it('may be three of which two make the third, where no two of them go together', () => {
    expect(groups([first, second, (x) => x[0] + x[1], (x) => x[3]])).toEqual([[0, 1, 2]]);
  });

  it('are all of them where there are fewer buckets than names', () => {
    const many = Array.from({ length: 30 }, (_, i) => (x: number[]) => x[i]);
    expect(groups(many, NOBODY, 10)).toEqual([Array.from(many.keys())]);
  });

  describe('a basket of fixed quantities, whose relative prices wander', () => {
    const K = fromRows([
      [0.3, 0.1],
      [0.1, 0.8],
    ]);
    /** 1.2 % a day. */
    const drift = 0.012;
    const basket = (buckets: number): Flow[] => [first, (x, t) => 0.6 * x[0] * (1 + drift * (t / buckets - 0.5))];
    const estimates = (buckets: number, noise: number) =>
      Array.from({ length: 40 }, (_, seed) => {
        const moments = momentsOf(basket(buckets), { K, buckets, noise, seed: seed + 1 });
        return { moments, K: symmetricEstimator(moments) };
      });
    /** Median error, of what is true. */
    const off = (found: readonly { K: DenseMatrix }[], of: (K: DenseMatrix) => number) =>
      median(found.map((each) => Math.abs(of(each.K) / of(K) - 1)));
    const self = ({ data }: DenseMatrix) => data[0];
    const together = ({ data }: DenseMatrix) => data[0] + 1.2 * data[1] + 0.36 * data[3];

    it('is one where data say what it costs, and not what its names do', () => {
      const found = estimates(4000, 3);
      expect(off(found, together)).toBeLessThan(0.15);
      expect(off(found, self)).toBeGreaterThan(1);
      // Whatever share of it is published.
      const shares = fromRows([
        [0.21, 0.12],
        [0.12, 0.8],
      ]);
      for (const { moments } of found)
        expect(inseparableGroups({ moments, K: shares, unlinked: NOBODY })).toEqual([[0, 1]]);
    });

    it('is none where there are data enough to tell its names apart', () => {
      const found = estimates(4000, 0.001);
      expect(off(found, self)).toBeLessThan(0.1);
      for (const each of found) expect(inseparableGroups({ ...each, unlinked: NOBODY })).toEqual([]);
    });
  });

  it('fail a gate that names them', () => {
    expect(inseparableGate('identification', [])).toBeUndefined();
    const many = ['D', 'E', 'F', 'G', 'H', 'I'];
    const gate = inseparableGate('identification', [['A', 'B', 'C'], many, ['J', 'K'], ['L', 'M']])!;
    expect(gate.verdict).toBe('failed');
    expect(gate.reason).toContain(
      'the flow of A, B and C; of D, E, F, G and 2 more; of J and K; and of 1 more goes together',
    );
  });
});

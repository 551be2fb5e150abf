import { coarserKernel } from '../../model/coarserBuckets.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import type { ScheduleProblem } from './problem.js';

/** What the trades of one name add to the cost of another's, over a schedule. */
export interface PairCost {
  /** Indices: the one that trades, and the one that pays. */
  readonly from: number;
  readonly to: number;
  /** bps × millions; negative where trading one makes the other cheaper. */
  readonly cost: number;
}

/**
 * Who hurts whom: `Σ_t u_ti Σ_j [½G_ij(0) u_tj + Σ_{s<t} G_ij(t−s) u_sj]` by pair (i pays, j traded), N×N, bps × millions. The
 * rows sum to what a name pays and the diagonal is its own part; all entries sum to the linear impact of the schedule. Costs of
 * concave modes have no pairs: they are left out, and {@link CostParts.cross} holds them.
 * @returns N×N, row i is what name i pays
 */
export function pairCosts({ propagator, children }: ScheduleProblem, schedule: DenseMatrix): DenseMatrix {
  const { matrices, now, next, decay } = coarserKernel(propagator, children);
  const { rows, cols: n, data } = schedule;
  const out = zeros(n);
  matrices.forEach((matrix, k) => {
    const overlap = zeros(n);
    decay.forEach((d, p) => {
      if (Math.min(p, matrices.length - 1) !== k) return;
      const state = new Float64Array(n);
      for (let t = 0; t < rows; t++) {
        const row = data.subarray(t * n, (t + 1) * n);
        addOverlap(overlap, row, state, { now: now[p], next: next[p] });
        for (let j = 0; j < n; j++) state[j] = d * state[j] + row[j];
      }
    });
    for (let e = 0; e < n * n; e++) out.data[e] += matrix.data[e] * overlap.data[e];
  });
  return out;
}

/** `u_i (½ now u_j + next state_j)`. */
function addOverlap(
  { cols: n, data }: DenseMatrix,
  row: Float64Array,
  state: Float64Array,
  { now, next }: { readonly now: number; readonly next: number },
): void {
  for (let i = 0; i < n; i++) {
    if (row[i] === 0) continue;
    for (let j = 0; j < n; j++) data[i * n + j] += row[i] * (0.5 * now * row[j] + next * state[j]);
  }
}

/** Pairs of different names by what they cost, the dearest first; half of what is symmetric counts for each. */
export function dearestPairs(costs: DenseMatrix, most: number): PairCost[] {
  const pairs: PairCost[] = [];
  mapEntries(costs, (cost, to, from) => {
    if (from !== to && cost !== 0) pairs.push({ from, to, cost });
    return cost;
  });
  return pairs.sort((a, b) => Math.abs(b.cost) - Math.abs(a.cost) || a.to - b.to || a.from - b.from).slice(0, most);
}

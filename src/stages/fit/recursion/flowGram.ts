import { transpose } from '../../../numerics/dense.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import type { FilterState } from './run.js';
import type { Workspace } from './workspace.js';

/** What the forward pass has collected, N×N each. */
interface FlowProducts {
  /** C_0. */
  readonly square: Float64Array;
  /** C_p. */
  readonly lagged: readonly Float64Array[];
}

function flowProducts({ decay, fold, memory, at }: Workspace): FlowProducts {
  const size = squared(fold.names);
  return {
    square: memory.subarray(at.square, at.square + size),
    lagged: Array.from(decay, (_, p) => memory.subarray(at.lagged + p * size, at.lagged + (p + 1) * size)),
  };
}

/** Blocks on and above the diagonal; the others are their transposes. */
export function addFlowGram(work: Workspace, start: FilterState, end: FilterState): void {
  const { decay, fold } = work;
  const { names: n, zz } = fold;
  const { square, lagged } = flowProducts(work);
  const offset = zz.cols - n * decay.length;
  const turned = lagged.map((data) => transpose({ rows: n, cols: n, data }).data);
  for (let p = 0; p < decay.length; p++) {
    for (let q = p; q < decay.length; q++) {
      const [dp, dq] = [decay[p], decay[q]];
      // The permanent basis has no state to take products of.
      const states = dp < 1 && dq < 1 ? ((1 - dp) * (1 - dq)) / (1 - dp * dq) : 0;
      const ofLagged = states * dq - (1 - dq);
      const ofTurned = states * dp - (1 - dp);
      const [cq, cpT] = [lagged[q], turned[p]];
      for (let i = 0; i < n; i++) {
        const [before, after] = [start[p][i], end[p][i]];
        const row = (offset + p * n + i) * zz.cols + offset + q * n;
        for (let j = 0; j < n; j++) {
          const k = i * n + j;
          const value =
            (1 + states) * square[k] +
            (ofLagged * cq[k] + ofTurned * cpT[k]) +
            states * (before * start[q][j] - after * end[q][j]);
          zz.data[row + j] += value;
        }
      }
    }
  }
}

import { blas } from './blas/blas.js';

/** Rows that are multiplied at once: enough for the kernels, and they stay in the cache. */
const PANEL_ROWS = 128;

/** Adds `y yᵀ` of one row after the other to a symmetric matrix. */
export interface RowProducts {
  /** Takes a copy. */
  readonly push: (row: Float64Array) => void;
  /** Adds what is still waiting; the matrix is whole only then. */
  readonly finish: () => void;
}

/**
 * Sums `Σ y yᵀ` into `sums`, width² and row by row, by panels of rows: the kernels multiply them many times faster than row
 * by row. Every entry is summed in the order of the rows within a panel, and panel by panel.
 */
export function rowProducts(width: number, sums: Float64Array): RowProducts {
  const panel = new Float64Array(PANEL_ROWS * width);
  let waiting = 0;
  const finish = () => {
    if (waiting > 0) addPanel(panel, waiting, width, sums);
    waiting = 0;
  };
  return {
    push: (row) => {
      const at = waiting * width;
      for (let k = 0; k < width; k++) panel[at + k] = row[k];
      waiting++;
      if (waiting === PANEL_ROWS) finish();
    },
    finish,
  };
}

function addPanel(panel: Float64Array, rows: number, width: number, sums: Float64Array): void {
  const set = blas();
  const size = width * width;
  const at = size + (size % 2);
  const scratch = at + rows * width + ((rows * width) % 2);
  const memory = set.reserve(scratch + set.gemmScratch(width));
  memory.set(sums, 0);
  memory.set(rows * width === panel.length ? panel : panel.subarray(0, rows * width), at);
  const turned = { at, row: 1, column: width };
  const straight = { at, row: width, column: 1 };
  set.gemm(width, width, rows, 1, turned, straight, { at: 0, row: width }, scratch);
  sums.set(memory.subarray(0, size));
}

/** Half the distance from 1 to the next double. */
const EPSILON = Number.EPSILON / 2;

/** Eigenvalues alone, ascending, by QL iterations without vectors. */
export function tridiagonalEigenvalues(diagonal: Float64Array, subdiagonal: Float64Array): Float64Array {
  const d = diagonal.slice();
  const off = subdiagonal.slice();
  off[d.length - 1] = 0;
  qlIterations(d, off, 0, d.length, () => {});
  return d.sort();
}

/** Rotation of rows i and i + 1. */
export type Rotate = (i: number, c: number, s: number) => void;

/** Implicit QL (Bowdler, Martin, Reinsch and Wilkinson 1968) on [from, to); `off` starts at `from`. */
export function qlIterations(d: Float64Array, off: Float64Array, from: number, to: number, rotate: Rotate): void {
  const matrix = { d, off, from };
  for (let l = from; l < to; l++) {
    for (let sweep = 0; sweep < 60; sweep++) {
      let m = l;
      while (m + 1 < to && Math.abs(off[m - from]) > EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      qlSweep(matrix, l, m, rotate);
    }
  }
}

interface Tridiagonal {
  readonly d: Float64Array;
  /** Entry i − from couples i and i + 1. */
  readonly off: Float64Array;
  readonly from: number;
}

/** One implicit step on rows l to m. */
function qlSweep({ d, off, from }: Tridiagonal, l: number, m: number, rotate: Rotate): void {
  let g = (d[l + 1] - d[l]) / (2 * off[l - from]);
  let r = Math.sqrt(g * g + 1);
  g = d[m] - d[l] + off[l - from] / (g + (g >= 0 ? r : -r));
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * off[i - from];
    const b = c * off[i - from];
    r = Math.sqrt(f * f + g * g);
    off[i + 1 - from] = r;
    if (r === 0) {
      d[i + 1] -= p;
      off[m - from] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    rotate(i, c, s);
  }
  d[l] -= p;
  off[l - from] = g;
  off[m - from] = 0;
}

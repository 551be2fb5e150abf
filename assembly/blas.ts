// The inner loops, for AssemblyScript: pointers are byte offsets into the memory, matrices are row-major doubles.
// Two doubles at a time, multiply and add apart, sums in a fixed order: the same bits on every machine.

/** Terms of a sum, and rows of A, that are packed at a time: they fill the second cache. */
const KC: i32 = 256;
const MC: i32 = 96;

/** Sum of x_i y_i over n doubles: four pairs at a time, then one by one. */
@inline
function dotOf(x: usize, y: usize, n: i32): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    a = f64x2.add(a, f64x2.mul(v128.load(x), v128.load(y)));
    b = f64x2.add(b, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    c = f64x2.add(c, f64x2.mul(v128.load(x, 32), v128.load(y, 32)));
    d = f64x2.add(d, f64x2.mul(v128.load(x, 48), v128.load(y, 48)));
    x += 64;
    y += 64;
  }
  const s = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; i < n; i++) {
    sum += load<f64>(x) * load<f64>(y);
    x += 8;
    y += 8;
  }
  return sum;
}

/** y += a x. */
@inline
function addScaled(y: usize, a: f64, x: usize, n: i32): void {
  const s = f64x2.splat(a);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(s, v128.load(x))));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(s, v128.load(x, 16))), 16);
    x += 32;
    y += 32;
  }
  for (; i < n; i++) {
    store<f64>(y, load<f64>(y) + a * load<f64>(x));
    x += 8;
    y += 8;
  }
}

/** y = A x for m×n A with rows `lda` doubles apart. */
export function matvec(m: i32, n: i32, A: usize, lda: i32, x: usize, y: usize): void {
  const row = (<usize>lda) << 3;
  for (let i = 0; i < m; i++) store<f64>(y + ((<usize>i) << 3), dotOf(A + (<usize>i) * row, x, n));
}

/** y = Aᵀ x for m×n A. */
export function matvecTransposed(m: i32, n: i32, A: usize, lda: i32, x: usize, y: usize): void {
  memory.fill(y, 0, (<usize>n) << 3);
  const row = (<usize>lda) << 3;
  for (let i = 0; i < m; i++) addScaled(y, load<f64>(x + ((<usize>i) << 3)), A + (<usize>i) * row, n);
}

/** Panels of eight columns of B, k rows each, zeros beyond n. */
function packB(k: i32, n: i32, B: usize, rsb: i32, csb: i32, to: usize): void {
  const row = (<usize>rsb) << 3;
  const col = (<usize>csb) << 3;
  for (let j = 0; j < n; j += 8) {
    const width = min(8, n - j);
    let from = B + (<usize>j) * col;
    if (width == 8 && csb == 1) {
      for (let p = 0; p < k; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        v128.store(to, v128.load(from, 32), 32);
        v128.store(to, v128.load(from, 48), 48);
        to += 64;
        from += row;
      }
    } else {
      for (let p = 0; p < k; p++) {
        for (let c = 0; c < 8; c++)
          store<f64>(to + ((<usize>c) << 3), c < width ? load<f64>(from + (<usize>c) * col) : 0);
        to += 64;
        from += row;
      }
    }
  }
}

/** Pairs of rows of A, every entry twice, so that it loads as a pair. */
function packA(m: i32, k: i32, A: usize, rsa: i32, csa: i32, to: usize): void {
  const row = (<usize>rsa) << 3;
  const col = (<usize>csa) << 3;
  for (let i = 0; i < m; i += 2) {
    let first = A + (<usize>i) * row;
    let second = i + 1 < m ? first + row : first;
    for (let p = 0; p < k; p++) {
      v128.store(to, v128.load64_splat(first));
      v128.store(to, v128.load64_splat(second), 16);
      to += 32;
      first += col;
      second += col;
    }
  }
}

/** C(2×8) += alpha Ap Bp. */
function tile(k: i32, Ap: usize, Bp: usize, alpha: f64, C: usize, second: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c02 = f64x2.splat(0);
  let c03 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c12 = f64x2.splat(0);
  let c13 = f64x2.splat(0);
  for (let p = 0; p < k; p++) {
    const a0 = v128.load(Ap);
    const a1 = v128.load(Ap, 16);
    const b0 = v128.load(Bp);
    c00 = f64x2.add(c00, f64x2.mul(a0, b0));
    c10 = f64x2.add(c10, f64x2.mul(a1, b0));
    const b1 = v128.load(Bp, 16);
    c01 = f64x2.add(c01, f64x2.mul(a0, b1));
    c11 = f64x2.add(c11, f64x2.mul(a1, b1));
    const b2 = v128.load(Bp, 32);
    c02 = f64x2.add(c02, f64x2.mul(a0, b2));
    c12 = f64x2.add(c12, f64x2.mul(a1, b2));
    const b3 = v128.load(Bp, 48);
    c03 = f64x2.add(c03, f64x2.mul(a0, b3));
    c13 = f64x2.add(c13, f64x2.mul(a1, b3));
    Ap += 32;
    Bp += 64;
  }
  const s = f64x2.splat(alpha);
  v128.store(C, f64x2.add(v128.load(C), f64x2.mul(s, c00)));
  v128.store(C, f64x2.add(v128.load(C, 16), f64x2.mul(s, c01)), 16);
  v128.store(C, f64x2.add(v128.load(C, 32), f64x2.mul(s, c02)), 32);
  v128.store(C, f64x2.add(v128.load(C, 48), f64x2.mul(s, c03)), 48);
  v128.store(second, f64x2.add(v128.load(second), f64x2.mul(s, c10)));
  v128.store(second, f64x2.add(v128.load(second, 16), f64x2.mul(s, c11)), 16);
  v128.store(second, f64x2.add(v128.load(second, 32), f64x2.mul(s, c12)), 32);
  v128.store(second, f64x2.add(v128.load(second, 48), f64x2.mul(s, c13)), 48);
}

/** Bytes of scratch that `gemm` needs for any m and k, by the width n of the result. */
export function gemmScratch(n: i32): i32 {
  return 128 + ((2 * MC * KC + ((n + 7) & ~7) * KC) << 3);
}

/**
 * C(m×n) += alpha A(m×k) B(k×n); strides in doubles, C with unit column stride. Sums over k in blocks of 256, in order; rows
 * in blocks that stay in the cache.
 */
export function gemm(
  m: i32, n: i32, k: i32, alpha: f64,
  A: usize, rsa: i32, csa: i32,
  B: usize, rsb: i32, csb: i32,
  C: usize, ldc: i32, scratch: usize,
): void {
  const Ap = scratch + 128;
  const Bp = Ap + ((<usize>(2 * MC * KC)) << 3);
  for (let from = 0; from < k; from += KC) {
    const depth = min(KC, k - from);
    packB(depth, n, B + ((<usize>from * <usize>rsb) << 3), rsb, csb, Bp);
    for (let top = 0; top < m; top += MC) {
      const rows = min(MC, m - top);
      packA(rows, depth, A + ((<usize>top * <usize>rsa + <usize>from * <usize>csa) << 3), rsa, csa, Ap);
      block(rows, n, depth, alpha, Ap, Bp, C + ((<usize>top * <usize>ldc) << 3), ldc, scratch);
    }
  }
}

/** C += alpha Ap Bp for packed panels; tiles over the edge go through `edge`, sixteen doubles. */
function block(m: i32, n: i32, k: i32, alpha: f64, Ap: usize, Bp: usize, C: usize, ldc: i32, edge: usize): void {
  const rowC = (<usize>ldc) << 3;
  const panel = (<usize>k) << 6;
  const pair = (<usize>k) << 5;
  for (let j = 0; j < n; j += 8) {
    const bp = Bp + (<usize>(j >> 3)) * panel;
    const width = min(8, n - j);
    for (let i = 0; i < m; i += 2) {
      const ap = Ap + (<usize>(i >> 1)) * pair;
      const c = C + (<usize>i) * rowC + ((<usize>j) << 3);
      if (width == 8 && i + 1 < m) tile(k, ap, bp, alpha, c, c + rowC);
      else {
        memory.fill(edge, 0, 128);
        tile(k, ap, bp, alpha, edge, edge + 64);
        const rows = min(2, m - i);
        for (let r = 0; r < rows; r++)
          for (let q = 0; q < width; q++) {
            const at = c + (<usize>r) * rowC + ((<usize>q) << 3);
            store<f64>(at, load<f64>(at) + load<f64>(edge + ((<usize>(8 * r + q)) << 3)));
          }
      }
    }
  }
}

/**
 * Rows of X with the rows ahead of them taken out, walking back: `out_t = X_t − (1−d) a`, then `a ← d a + X_t`. `ahead` holds a
 * and is left at the start of the tile.
 */
export function backwardRows(count: i32, width: i32, decay: f64, ahead: usize, rows: usize, out: usize): void {
  const d = f64x2.splat(decay);
  const e = f64x2.splat(1 - decay);
  const bytes = (<usize>width) << 3;
  for (let t = count - 1; t >= 0; t--) {
    let x = rows + (<usize>t) * bytes;
    let y = out + (<usize>t) * bytes;
    let a = ahead;
    let w = 0;
    for (; w + 2 <= width; w += 2) {
      const xs = v128.load(x);
      const as_ = v128.load(a);
      v128.store(y, f64x2.sub(xs, f64x2.mul(e, as_)));
      v128.store(a, f64x2.add(f64x2.mul(d, as_), xs));
      x += 16;
      y += 16;
      a += 16;
    }
    if (w < width) {
      const xs = load<f64>(x);
      const as_ = load<f64>(a);
      store<f64>(y, xs - (1 - decay) * as_);
      store<f64>(a, decay * as_ + xs);
    }
  }
}

/**
 * The filter's state before each bucket: `out_t = s`, then `s ← d s + u_t`. Events of bucket t are `starts[t] … starts[t+1]−1`;
 * all indices are stored as doubles.
 */
export function forwardStates(
  count: i32, n: i32, decay: f64, state: usize,
  starts: usize, names: usize, values: usize, out: usize,
): void {
  const d = f64x2.splat(decay);
  for (let t = 0; t < count; t++) {
    let s = state;
    let i = 0;
    for (; i + 2 <= n; i += 2) {
      const v = v128.load(s);
      v128.store(out, v);
      v128.store(s, f64x2.mul(d, v));
      s += 16;
      out += 16;
    }
    if (i < n) {
      const v = load<f64>(s);
      store<f64>(out, v);
      store<f64>(s, decay * v);
      out += 8;
    }
    const last = <i32>load<f64>(starts + ((<usize>(t + 1)) << 3));
    for (let e = <i32>load<f64>(starts + ((<usize>t) << 3)); e < last; e++) {
      const at = state + ((<usize><i32>load<f64>(names + ((<usize>e) << 3))) << 3);
      store<f64>(at, load<f64>(at) + load<f64>(values + ((<usize>e) << 3)));
    }
  }
}

/**
 * `out_j += Σ_e value_e X_{time_e}` over the events `starts[j] … starts[j+1]−1` of each of n names: four events in one pass over a
 * row of the result. Rows of X and of the result are `width` doubles.
 */
export function addSparseProducts(
  n: i32, width: i32, starts: usize, times: usize, values: usize, x: usize, out: usize,
): void {
  const bytes = (<usize>width) << 3;
  for (let j = 0; j < n; j++) {
    let e = <i32>load<f64>(starts + ((<usize>j) << 3));
    const last = <i32>load<f64>(starts + ((<usize>(j + 1)) << 3));
    const row = out + (<usize>j) * bytes;
    for (; e + 4 <= last; e += 4) {
      const at = (<usize>e) << 3;
      const u0 = load<f64>(values + at);
      const u1 = load<f64>(values + at, 8);
      const u2 = load<f64>(values + at, 16);
      const u3 = load<f64>(values + at, 24);
      let x0 = x + (<usize><i32>load<f64>(times + at)) * bytes;
      let x1 = x + (<usize><i32>load<f64>(times + at, 8)) * bytes;
      let x2 = x + (<usize><i32>load<f64>(times + at, 16)) * bytes;
      let x3 = x + (<usize><i32>load<f64>(times + at, 24)) * bytes;
      const a = f64x2.splat(u0);
      const b = f64x2.splat(u1);
      const c = f64x2.splat(u2);
      const d = f64x2.splat(u3);
      let y = row;
      let w = 0;
      for (; w + 2 <= width; w += 2) {
        const first = f64x2.add(f64x2.mul(a, v128.load(x0)), f64x2.mul(b, v128.load(x1)));
        const second = f64x2.add(f64x2.mul(c, v128.load(x2)), f64x2.mul(d, v128.load(x3)));
        v128.store(y, f64x2.add(v128.load(y), f64x2.add(first, second)));
        x0 += 16;
        x1 += 16;
        x2 += 16;
        x3 += 16;
        y += 16;
      }
      if (w < width) {
        const first = u0 * load<f64>(x0) + u1 * load<f64>(x1);
        const second = u2 * load<f64>(x2) + u3 * load<f64>(x3);
        store<f64>(y, load<f64>(y) + (first + second));
      }
    }
    for (; e < last; e++) {
      const u = load<f64>(values + ((<usize>e) << 3));
      addScaled(row, u, x + (<usize><i32>load<f64>(times + ((<usize>e) << 3))) * bytes, width);
    }
  }
}

/**
 * The inner loops on one memory. Positions are indices of doubles in `memory()`, matrices are row-major with strides in
 * doubles. Every implementation sums every entry in the same order, so the compiled loops and the reference give the
 * same bits for every shape and on every machine. Arguments are positional and in the order of BLAS (sizes, factor, A,
 * x, y): that is how the field reads them; what has two strides is an object.
 */
export interface Blas {
  readonly name: 'compiled' | 'reference';
  /** All doubles; a view that growing the memory makes stale. */
  memory(): Float64Array;
  /** Makes room for so many doubles and returns the view. @throws NumericalError when there is no more memory. */
  reserve(doubles: number): Float64Array;
  /** Doubles of scratch that `gemm` needs for a result of this width. */
  gemmScratch(n: number): number;
  /** C(m×n) += alpha A(m×k) B(k×n), C with unit column stride. */
  gemm(
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Strided,
    b: Strided,
    c: { readonly at: number; readonly row: number },
    scratch: number,
  ): void;
  /** y = A x for m×n A. */
  matvec(m: number, n: number, a: number, row: number, x: number, y: number): void;
  /** y = Aᵀ x for m×n A. */
  matvecTransposed(m: number, n: number, a: number, row: number, x: number, y: number): void;
  /** Walking back over rows of X (count×width): `out_t = X_t − (1−d) a`, then `a ← d a + X_t`. */
  backwardRows(count: number, width: number, decay: number, ahead: number, rows: number, out: number): void;
  /** Before each bucket, `out_t = s`, then `s ← d s + u_t`; events by bucket, indices stored as doubles. */
  forwardStates(count: number, n: number, decay: number, state: number, events: EventsAt, out: number): void;
  /** `out_j += Σ_e value_e X_{index_e}` over the events of each of n rows of the result, all rows `width` long. */
  addSparseProducts(n: number, width: number, events: EventsAt, x: number, out: number): void;
}

/** Places of `starts` (one more than there are groups), of an index and of a value per event. */
export interface EventsAt {
  readonly starts: number;
  readonly index: number;
  readonly value: number;
}

/** Where a matrix starts, and how far apart its rows and columns are. */
export interface Strided {
  readonly at: number;
  readonly row: number;
  readonly column: number;
}

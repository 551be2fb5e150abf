const EPSILON = Number.EPSILON / 2;
const MAX_STEPS = 100;

/** `diag(poles) + ρ u uᵀ`, k×k, ρ positive; the poles ascend strictly and no weight is negligible. */
export interface RankOneUpdate {
  readonly poles: Float64Array;
  /** u. */
  readonly weights: Float64Array;
  readonly rho: number;
}

/**
 * Returns the k eigenvalues of an update, ascending: the roots of `1 + ρ Σ u_i² / (d_i − λ)`. Writes the eigenvectors
 * as rows of the k×k matrix at `at`. They are those of a nearby update that has the computed roots exactly (Löwner's
 * formula; Gu and Eisenstat 1995), so they are orthogonal to rounding.
 */
export function secularVectors({ poles, weights, rho }: RankOneUpdate, data: Float64Array, at: number): Float64Array {
  const k = poles.length;
  const secular = { poles, squares: weights.map((v) => v * v), rho };
  const roots = new Float64Array(k);
  for (let i = 0; i < k; i++) roots[i] = secularRoot(secular, i, data, at + i * k);
  const fitted = fittedWeights(poles, weights, data, at);
  for (let i = 0; i < k; i++) writeVector(fitted, data, at + i * k);
  return roots;
}

/** The weights of the update that has the roots, from the differences of poles and roots. */
function fittedWeights(d: Float64Array, u: Float64Array, data: Float64Array, at: number): Float64Array {
  const k = d.length;
  const fitted = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    let product = -data[at + j * k + j];
    for (let i = 0; i < k; i++) if (i !== j) product *= data[at + i * k + j] / (d[j] - d[i]);
    fitted[j] = Math.sqrt(Math.max(0, product)) * (u[j] < 0 ? -1 : 1);
  }
  return fitted;
}

/** `u_j / (d_j − λ)` of length one, in place of the differences. */
function writeVector(u: Float64Array, data: Float64Array, row: number): void {
  let square = 0;
  for (let j = 0; j < u.length; j++) {
    const entry = u[j] / data[row + j];
    data[row + j] = entry;
    square += entry * entry;
  }
  const norm = 1 / Math.sqrt(square);
  for (let j = 0; j < u.length; j++) data[row + j] *= norm;
}

interface Secular {
  readonly poles: Float64Array;
  /** u². */
  readonly squares: Float64Array;
  readonly rho: number;
}

/**
 * Root i, between d_i and d_{i+1} (the last one beyond d_k). Works with the distance μ to the nearer pole, so that the
 * differences d_j − λ, written to `data`, keep all their digits. Steps by the middle way (Li 1994) inside a bracket.
 */
function secularRoot(secular: Secular, i: number, data: Float64Array, at: number): number {
  const { poles: d } = secular;
  const k = d.length;
  const { origin, width, low, high } = bracketOf(secular, i);
  for (let j = 0; j < k; j++) data[at + j] = d[j] - origin;
  const shift = k === 1 ? width : shiftOf(secular, i, { low, high }, data.subarray(at, at + k));
  for (let j = 0; j < k; j++) data[at + j] -= shift;
  return origin + shift;
}

/** The pole nearer to root i, how wide its interval is, and where the root's distance to that pole lies. */
function bracketOf({ poles: d, squares, rho }: Secular, i: number) {
  const isLast = i === d.length - 1;
  const width = isLast ? rho * squares.reduce((sum, v) => sum + v, 0) : d[i + 1] - d[i];
  let middle = 1 / rho;
  for (let j = 0; j < d.length; j++) middle += squares[j] / (d[j] - d[i] - width / 2);
  // The function rises from −∞ to +∞ (or to 1/ρ) over the interval.
  if (isLast) return { origin: d[i], width, low: 0, high: width };
  return middle >= 0
    ? { origin: d[i], width, low: 0, high: width / 2 }
    : { origin: d[i + 1], width, low: -width / 2, high: 0 };
}

/** Distance of root i to the pole that the differences `delta` are counted from. */
function shiftOf(secular: Secular, i: number, bracket: { low: number; high: number }, delta: Float64Array): number {
  const k = delta.length;
  const isLast = i === k - 1;
  const p = isLast ? k - 2 : i;
  let { low, high } = bracket;
  let shift = (low + high) / 2;
  for (let step = 0; step < MAX_STEPS; step++) {
    const sums = sumsAt(secular, delta, shift, p);
    if (Math.abs(sums.value) <= sums.noise) break;
    if (sums.value < 0) low = Math.max(low, shift);
    else high = Math.min(high, shift);
    let next = shift + middleWay(sums, delta[p] - shift, delta[p + 1] - shift, isLast);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (next === shift || high - low <= EPSILON * Math.max(Math.abs(low), Math.abs(high))) break;
    shift = next;
  }
  return shift;
}

interface SecularSums {
  /** `1/ρ + Σ u_j² / (δ_j − μ)`, and what of it is rounding. */
  readonly value: number;
  readonly noise: number;
  /** Slopes of the terms up to pole p, and of those beyond. */
  readonly psiSlope: number;
  readonly phiSlope: number;
}

/** One object for a pass over all poles. */
function sumsAt({ squares, rho }: Secular, delta: Float64Array, shift: number, p: number): SecularSums {
  const k = delta.length;
  let [psi, psiSlope, phi, phiSlope] = [0, 0, 0, 0];
  for (let j = 0; j <= p; j++) {
    const ratio = 1 / (delta[j] - shift);
    const term = squares[j] * ratio;
    psi += term;
    psiSlope += term * ratio;
  }
  for (let j = p + 1; j < k; j++) {
    const ratio = 1 / (delta[j] - shift);
    const term = squares[j] * ratio;
    phi += term;
    phiSlope += term * ratio;
  }
  const noise = EPSILON * k * (1 / rho + Math.abs(psi) + Math.abs(phi));
  return { value: 1 / rho + psi + phi, noise, psiSlope, phiSlope };
}

/**
 * The change of μ that solves `c + s/(δ_p − μ) + S/(δ_q − μ)` through value and slopes of both sums, p and q the poles
 * around.
 */
function middleWay({ value, psiSlope, phiSlope }: SecularSums, dp: number, dq: number, isLast: boolean): number {
  const slope = psiSlope + phiSlope;
  const c = value - dp * psiSlope - dq * phiSlope;
  const a = (dp + dq) * value - dp * dq * slope;
  const b = dp * dq * value;
  const root = Math.sqrt(Math.max(0, a * a - 4 * b * c));
  const change = isLast ? lastChange(a, b, c, root) : innerChange(a, b, c, root);
  return !Number.isFinite(change) || value * change >= 0 ? -value / slope : change;
}

/** The root of the quadratic that lies in the interval, in the form that does not cancel. */
const innerChange = (a: number, b: number, c: number, root: number): number =>
  a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * c);

/** The same beyond the last pole. */
const lastChange = (a: number, b: number, c: number, root: number): number =>
  a >= 0 ? (a + root) / (2 * Math.abs(c)) : (2 * b) / (a - root);

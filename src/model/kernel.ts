import { cos, exp, log, pow, sin, squared } from '../numerics/elementary/elementary.js';

/**
 * The decay kernel `G(h) = Σ_p K_p exp(−h/τ_p)` and its increment filter (MODEL §2).
 * A basis is its decay per bucket `d = exp(−Δ/τ)`; the permanent basis has d = 1.
 */
export interface KernelBasis {
  readonly bucketMs: number;
  /** Seconds, ascending; 0 is the temporary basis (gone with the next bucket), `Infinity` the permanent one. */
  readonly tauSeconds: readonly number[];
}

/** Shortest time constant of the grid beside the temporary one, in buckets, and the largest ratio of neighbours. */
const SHORTEST_BUCKETS = 0.5;
const GRID_RATIO = 3;

/**
 * The grid that `tau: auto` chooses from (MODEL §4): temporary, then evenly in the logarithm from half a bucket to a quarter
 * of the longest session, then permanent.
 */
export function kernelGrid(bucketMs: number, sessionBuckets: number): KernelBasis {
  const longest = Math.max(2 * SHORTEST_BUCKETS, sessionBuckets / 4);
  const steps = Math.ceil(log(longest / SHORTEST_BUCKETS) / log(GRID_RATIO));
  const buckets = Array.from(
    { length: steps + 1 },
    (_, k) => SHORTEST_BUCKETS * pow(longest / SHORTEST_BUCKETS, k / steps),
  );
  const seconds = buckets.map((count) => (count * bucketMs) / 1000);
  return { bucketMs, tauSeconds: [0, ...seconds, Number.POSITIVE_INFINITY] };
}

export function decays({ bucketMs, tauSeconds }: KernelBasis): Float64Array {
  return Float64Array.from(tauSeconds, (tau) => (tau === Number.POSITIVE_INFINITY ? 1 : exp(-bucketMs / (1000 * tau))));
}

/** Seconds of a decay per bucket: the number with the fewest digits that {@link decays} makes it of again, to the last bit where there is one. */
export function timeConstant(decay: number, bucketMs: number): number {
  if (decay === 0) return 0;
  if (decay === 1) return Number.POSITIVE_INFINITY;
  const seconds = -bucketMs / (1000 * log(decay));
  for (let digits = 1; digits <= 16; digits++) {
    const rounded = Number(seconds.toPrecision(digits));
    if (decays({ bucketMs, tauSeconds: [rounded] })[0] === decay) return rounded;
  }
  return seconds;
}

/** `Σ_p a_p d_p^k` for k = 0 … horizon−1: what is left of a unit impact k buckets later. */
export function kernelCurve(decay: Float64Array, weights: Float64Array, horizon: number): Float64Array {
  return Float64Array.from({ length: horizon }, (_, k) => weights.reduce((sum, a, p) => sum + a * pow(decay[p], k), 0));
}

/**
 * What an order costs that is worked evenly over `buckets` buckets, by time constant: `Σ_t [½ + Σ_{s<t} d^{t−s}] / T²`, so that
 * `q² K Σ_p a_p (…)_p` is money (MODEL §7).
 */
export function workedShares(decay: Float64Array, buckets: number): Float64Array {
  return decay.map((d) => {
    let sum = buckets / 2;
    for (let k = 1, left = d; k < buckets; k++, left *= d) sum += (buckets - k) * left;
    return sum / squared(buckets);
  });
}

/**
 * Spectrum of one exponential at angular frequency ω (radians per bucket): `(1−d²)/(1−2d cos ω + d²)`.
 * Zero for the permanent basis, whose mass sits at ω = 0 alone.
 */
export function basisSpectrum(decay: number, omega: number): number {
  if (decay === 1) return 0;
  return (1 - decay * decay) / (1 - 2 * decay * cos(omega) + decay * decay);
}

/**
 * Imaginary part of `Σ_{h≥0} d^h e^{iωh}`: `d sin ω / (1−2d cos ω + d²)`, what an antisymmetric matrix is multiplied by at
 * frequency ω. Zero at ω = 0.
 */
export function basisPhase(decay: number, omega: number): number {
  if (omega === 0) return 0;
  return (decay * sin(omega)) / (1 - 2 * decay * cos(omega) + decay * decay);
}

/**
 * Filters flow through the increments of one exponential: `v_t = u_t − (1−d) s_{t−1}`, `s_t = d s_{t−1} + u_t`.
 * Returns v; the state starts at zero.
 */
export function filterIncrements(flow: ArrayLike<number>, decay: number): Float64Array {
  const out = new Float64Array(flow.length);
  let state = 0;
  for (let t = 0; t < flow.length; t++) {
    out[t] = flow[t] - (1 - decay) * state;
    state = decay * state + flow[t];
  }
  return out;
}

/** Concave flow `sign(u)|u|^c`; the name's scale `s^{1−c}` is a linear factor and is applied to the moments. */
export function concaveFlow(flow: number, concavity: number): number {
  if (concavity === 1) return flow;
  return Math.sign(flow) * (concavity === 0.5 ? Math.sqrt(Math.abs(flow)) : pow(Math.abs(flow), concavity));
}

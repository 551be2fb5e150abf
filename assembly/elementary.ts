// Exponentials, logarithms, powers and trigonometric functions, for AssemblyScript: its `NativeMath` ports those of musl and of Arm's
// optimized routines (their notices: NOTICE). The engine leaves the last digits of its own functions open; these are compiled once.

export function exp(x: f64): f64 {
  return NativeMath.exp(x);
}

/** As in musl; the order of the last sums in `NativeMath.expm1` costs up to 1.2 units in the last place. Sun's notice: NOTICE. */
export function expm1(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  const high = <u32>(bits >> 32) & 0x7fffffff;
  const negative = <bool>(bits >> 63);
  // From 56 ln 2 on.
  if (high >= 0x4043687a) {
    if (x != x) return x;
    if (negative) return -1;
    if (x > 7.09782712893383973096e2) return x * reinterpret<f64>(0x7fe0000000000000);
  }
  let k = 0;
  let c: f64 = 0;
  // From ln 2 / 2 on: x = k ln 2 + the rest, c what rounding of the rest leaves.
  if (high > 0x3fd62e42) {
    if (high < 0x3ff0a2b2) k = negative ? -1 : 1;
    else k = <i32>(1.4426950408889634074 * x + (negative ? -0.5 : 0.5));
    const hi = x - <f64>k * 6.93147180369123816490e-1;
    const lo = <f64>k * 1.90821492927058770002e-10;
    x = hi - lo;
    c = hi - x - lo;
  } else if (high < 0x3c900000) return x;

  const half = 0.5 * x;
  const s = x * half;
  const r =
    1.0 +
    s *
      (-3.33333333333331316428e-2 +
        s *
          (1.5873015872548146e-3 +
            s * (-7.93650757867487942473e-5 + s * (4.00821782732936239552e-6 + s * -2.01099218183624371326e-7))));
  const t = 3.0 - r * half;
  let e = s * ((r - t) / (6.0 - x * t));
  if (k == 0) return x - (x * e - s);
  e = x * (e - c) - c - s;
  if (k == -1) return 0.5 * (x - e) - 0.5;
  if (k == 1) return x < -0.25 ? -2.0 * (e - (x + 0.5)) : 1.0 + 2.0 * (x - e);
  const power = reinterpret<f64>(<u64>(0x3ff + k) << 52);
  if (k < 0 || k > 56) {
    const y = x - e + 1.0;
    return (k == 1024 ? y * 2.0 * reinterpret<f64>(0x7fe0000000000000) : y * power) - 1.0;
  }
  const inverse = reinterpret<f64>(<u64>(0x3ff - k) << 52);
  return (k < 20 ? x - e + (1.0 - inverse) : x - (e + inverse) + 1.0) * power;
}

export function log(x: f64): f64 {
  return NativeMath.log(x);
}

export function log1p(x: f64): f64 {
  return NativeMath.log1p(x);
}

export function log2(x: f64): f64 {
  return NativeMath.log2(x);
}

export function log10(x: f64): f64 {
  return NativeMath.log10(x);
}

export function pow(x: f64, y: f64): f64 {
  return NativeMath.pow(x, y);
}

export function sin(x: f64): f64 {
  return NativeMath.sin(x);
}

export function cos(x: f64): f64 {
  return NativeMath.cos(x);
}

export function tan(x: f64): f64 {
  return NativeMath.tan(x);
}

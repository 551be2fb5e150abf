/** One side of a broken line, the outermost point first. Points are kept under a shift and an affine term that all of them share. */
class Side {
  private readonly x: Float64Array;
  private readonly g: Float64Array;
  private from = 0;
  private to = 0;
  private shift = 0;
  private slope = 0;
  private level = 0;

  constructor(capacity: number) {
    this.x = new Float64Array(capacity);
    this.g = new Float64Array(capacity);
  }

  get count(): number {
    return this.to - this.from;
  }

  clear(): void {
    this.from = 0;
    this.to = 0;
    this.shift = 0;
    this.slope = 0;
    this.level = 0;
  }

  /** @param k counted from the outermost */
  xAt(k: number): number {
    return this.x[this.from + k] + this.shift;
  }

  gAt(k: number): number {
    const at = this.from + k;
    return this.g[at] + this.slope * this.x[at] + this.level;
  }

  set(k: number, x: number, g: number): void {
    const stored = x - this.shift;
    this.x[this.from + k] = stored;
    this.g[this.from + k] = g - this.slope * stored - this.level;
  }

  push(x: number, g: number): void {
    this.to++;
    this.set(this.count - 1, x, g);
  }

  dropInnermost(): void {
    this.to--;
  }

  dropOutermost(): void {
    this.from++;
  }

  move(by: number): void {
    this.shift += by;
  }

  /** Adds `slope · x + level` to every point. */
  add(slope: number, level: number): void {
    this.slope += slope;
    this.level += slope * this.shift + level;
  }
}

/**
 * The derivative of a convex function of one variable on an interval, a rising broken line that may jump: what dynamic programs
 * over a chain pass from link to link. `left` is where it is negative and `right` where it is not, so that the minimum is between
 * the innermost points of both, and a step of the chain touches those only.
 */
export class ChainMessage {
  private readonly left: Side;
  private readonly right: Side;

  /** @param links of the longest chain */
  constructor(links: number) {
    this.left = new Side(4 * links + 8);
    this.right = new Side(4 * links + 8);
  }

  /** Zero on an interval. */
  start(lower: number, upper: number): void {
    this.left.clear();
    this.right.clear();
    this.left.push(lower, 0);
    this.right.push(upper, 0);
  }

  /** Becomes that of `min_{|y − x| ≤ reach} f(y)`: flat about the minimum. */
  widen(minimum: number, reach: number): void {
    this.left.move(-reach);
    this.right.move(reach);
    this.left.push(minimum - reach, 0);
    this.right.push(minimum + reach, 0);
  }

  clip(lower: number, upper: number): void {
    clipEnd(this.left, this.right, lower, 1);
    clipEnd(this.right, this.left, upper, -1);
  }

  /** Adds the derivative of `½ curvature x² + tilt x`. */
  add(curvature: number, tilt: number): void {
    this.left.add(curvature, tilt);
    this.right.add(curvature, tilt);
  }

  /** Adds the derivative of `kink |x|`, zero being inside of the interval. */
  bend(kink: number): void {
    const points = [...pointsOf(this.left), ...pointsOf(this.right).reverse()];
    const after = points.findIndex(({ x }) => x > 0);
    const [before, next] = [points[after - 1], points[after]];
    const g = between(before.x, before.g, next.x, next.g, 0);
    this.left.clear();
    this.right.clear();
    for (const point of points.slice(0, after)) this.left.push(point.x, point.g - kink);
    this.left.push(0, g - kink);
    for (const point of points.slice(after).reverse()) this.right.push(point.x, point.g + kink);
    this.right.push(0, g + kink);
  }

  /** Where it is lowest. */
  minimum(): number {
    const { left, right } = this;
    for (let k = left.count - 1; k >= 0 && left.gAt(k) >= 0; k--) carry(left, right, k);
    for (let k = right.count - 1; k >= 0 && right.gAt(k) < 0; k--) carry(right, left, k);
    const l = left.count - 1;
    const r = right.count - 1;
    if (l < 0) return right.xAt(r);
    if (r < 0) return left.xAt(l);
    const below = left.gAt(l);
    const x = left.xAt(l);
    return x + ((right.xAt(r) - x) * -below) / (right.gAt(r) - below);
  }
}

function carry(from: Side, to: Side, k: number): void {
  to.push(from.xAt(k), from.gAt(k));
  from.dropInnermost();
}

const pointsOf = (side: Side): { x: number; g: number }[] =>
  Array.from({ length: side.count }, (_, k) => ({ x: side.xAt(k), g: side.gAt(k) }));

function between(x0: number, g0: number, x1: number, g1: number, x: number): number {
  return x1 > x0 ? g0 + ((g1 - g0) * (x - x0)) / (x1 - x0) : g0;
}

/** Cuts off what is beyond a bound on the outer side; `sign` is 1 where that side is the lower one, −1 where it is the upper one. */
function clipEnd(outer: Side, inner: Side, bound: number, sign: number): void {
  for (;;) {
    const isOuter = outer.count > 0;
    const side = isOuter ? outer : inner;
    const k = isOuter ? 0 : inner.count - 1;
    const x = side.xAt(k);
    if (sign * (x - bound) >= 0) return;
    const nextSide = outer.count > 1 ? outer : inner;
    const nextK = outer.count > 1 ? 1 : isOuter ? inner.count - 1 : inner.count - 2;
    if (nextK < 0) {
      side.set(k, bound, side.gAt(k));
      return;
    }
    const nextX = nextSide.xAt(nextK);
    if (sign * (nextX - bound) > 0) {
      const g = side.gAt(k);
      side.set(k, bound, g + ((nextSide.gAt(nextK) - g) * (bound - x)) / (nextX - x));
      return;
    }
    if (isOuter) outer.dropOutermost();
    else inner.dropInnermost();
  }
}

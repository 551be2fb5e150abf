import { type BoxedTotal, nearestBoxed, sumOf } from './boxedTotal.js';
import { ChainMessage } from './chainMessage.js';
import { squared } from './elementary/elementary.js';
import { NumericalError } from './failure.js';
import { type Chain, chainOf, extremes, hasRate, isBroken, ROUNDING, type SteppedTotal } from './steppedChain.js';
import { type PlacedSum, totalMultiplier } from './totalMultiplier.js';

/** What each entry costs: `½ curvature u² + tilt u + kink |u|`. */
interface EntryCosts {
  readonly curvature: ArrayLike<number>;
  readonly tilt: ArrayLike<number>;
}

/** The two problems that {@link BoxedTotal} has, under steps as well. */
export class SteppedProblems {
  private readonly chain: Chain;
  private readonly message: ChainMessage;
  private readonly minima: Float64Array;
  private readonly rates: Float64Array;
  /** Whether a rate is as far from the one before as it may be. */
  private readonly isTied: Uint8Array;
  private readonly least: Float64Array;
  private readonly most: Float64Array;
  private readonly loose: readonly number[];
  /** Multiplier of the cheapest vector that was asked for last. */
  private price = 0;
  /** Whether steps held the last nearest vector: where they do not, bounds alone give it sooner. */
  private isBinding = false;

  /** @throws NumericalError where bounds and steps contradict each other whatever the total is */
  constructor(private readonly set: SteppedTotal) {
    this.chain = chainOf(set);
    if (isBroken(this.chain))
      throw new NumericalError(
        `no rate within the bounds changes by no more than ${set.step} an entry`,
        'allow a larger step, or wider bounds',
      );
    const links = this.chain.entries.length;
    this.message = new ChainMessage(links);
    [this.minima, this.rates] = [new Float64Array(links), new Float64Array(links)];
    this.isTied = new Uint8Array(links);
    ({ least: this.least, most: this.most } = extremes(set, this.chain));
    this.loose = [...set.volume.keys()].filter((k) => !hasRate(set, k));
  }

  /**
   * `argmin Σ ½ m_k (u_k − z_k)² + kink_k |u_k|`. For a multiplier of the total the chain is solved exactly, by passing the broken
   * line that its derivative is from link to link (as for the fused lasso: Johnson 2013); Newton's method finds the multiplier.
   * Where the total is out of reach, the vector that comes nearest to it.
   */
  nearest(z: Float64Array, metric: Float64Array, guess = 0): { nearest: Float64Array; multiplier: number } {
    const { total } = this.set;
    if (!(total > sumOf(this.least))) return { nearest: this.least.slice(), multiplier: guess };
    if (!(total < sumOf(this.most))) return { nearest: this.most.slice(), multiplier: guess };
    if (!this.isBinding) {
      const relaxed = nearestBoxed({ ...this.set, lower: this.least, upper: this.most }, z, metric, guess);
      if (this.holds(relaxed.nearest)) return relaxed;
    }
    const out = new Float64Array(z.length);
    const tilt = new Float64Array(z.length);
    const costs = { curvature: metric, tilt };
    const place = (multiplier: number): PlacedSum => {
      for (let k = 0; k < z.length; k++) tilt[k] = multiplier - metric[k] * z[k];
      this.solve(costs, out);
      return { sum: sumOf(out), slope: this.slopeOf(metric, out), size: sizeOf(out) };
    };
    const multiplier = totalMultiplier(place, total, guess, 1e-12);
    this.settle(metric, out);
    this.isBinding = this.isTied.includes(1);
    return { nearest: out, multiplier };
  }

  /**
   * `min Σ g_k u_k + kink_k |u_k|`, or by its last digits less: every multiplier of the total gives a bound, and the best one is
   * where the tangents from both sides meet (Kelley 1960).
   */
  cheapest(price: Float64Array): number {
    const { total, kink } = this.set;
    const steepest = price.reduce((most, g, k) => Math.max(most, Math.abs(g) + (kink?.[k] ?? 0)), 0);
    const size = steepest * (sizeOf(this.least) + sizeOf(this.most));
    const out = new Float64Array(price.length);
    const tilt = new Float64Array(price.length);
    const costs = { curvature: new Float64Array(price.length), tilt };
    const at = (multiplier: number): Tangent => {
      for (let k = 0; k < price.length; k++) tilt[k] = price[k] + multiplier;
      this.solve(costs, out);
      const excess = sumOf(out) - total;
      return { multiplier, value: this.costOf(price, out) + multiplier * excess, excess };
    };
    let [below, above] = [at(-steepest), at(steepest)];
    let best = Math.max(below.value, above.value);
    let next = Math.min(steepest, Math.max(-steepest, this.price));
    for (let step = 0; step < MAX_TANGENTS && below.excess > 0 && above.excess < 0; step++) {
      const tangent = at(next);
      if (tangent.value >= best) this.price = next;
      best = Math.max(best, tangent.value);
      if (tangent.excess > 0) below = tangent;
      else if (tangent.excess < 0) above = tangent;
      else return tangent.value;
      const meets = meeting(below, above);
      if (!(meets.value - best > TANGENTS_MEET * size)) break;
      // Tangents of few pieces creep: every third look is at the middle.
      next = step % 3 === 2 ? (below.multiplier + above.multiplier) / 2 : meets.multiplier;
    }
    return best;
  }

  /** Whether rates change by no more than a step, from the one before on, to rounding. */
  holds(u: Float64Array): boolean {
    const { entries, reach, lower, upper } = this.chain;
    const rate = (k: number) => u[entries[k]] / this.set.volume[entries[k]];
    if (entries.length > 0 && !isAtMost(lower[0], rate(0))) return false;
    if (entries.length > 0 && !isAtMost(rate(0), upper[0])) return false;
    for (let k = 1; k < entries.length; k++) if (!isAtMost(Math.abs(rate(k) - rate(k - 1)), reach[k])) return false;
    return true;
  }

  private costOf(price: Float64Array, u: Float64Array): number {
    const { kink } = this.set;
    let cost = 0;
    for (let k = 0; k < u.length; k++) cost += price[k] * u[k] + (kink ? kink[k] * Math.abs(u[k]) : 0);
    return cost;
  }

  /** Entry costs to their minimum under bounds and steps, whatever the total. */
  private solve(costs: EntryCosts, out: Float64Array): void {
    this.forwards(costs);
    this.backwards(out);
    for (const k of this.loose) out[k] = lowestIn(this.set, costs, k);
  }

  private forwards({ curvature, tilt }: EntryCosts): void {
    const { entries, reach, lower, upper } = this.chain;
    const { message, minima } = this;
    const { volume, kink } = this.set;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k];
      const low = lower[k];
      const high = upper[k];
      const size = volume[entry];
      const bend = kink ? kink[entry] * size : 0;
      if (k === 0) message.start(low, high);
      else {
        message.widen(minima[k - 1], reach[k]);
        message.clip(low, high);
      }
      const side = low >= 0 ? bend : high <= 0 ? -bend : 0;
      message.add(curvature[entry] * size * size, tilt[entry] * size + side);
      if (bend > 0 && side === 0) message.bend(bend);
      minima[k] = clip(message.minimum(), low, high);
    }
  }

  private backwards(out: Float64Array): void {
    const { entries, reach } = this.chain;
    const { rates, minima, isTied, set } = this;
    for (let k = entries.length - 1; k >= 0; k--) {
      const isLast = k === entries.length - 1;
      const rate = isLast ? minima[k] : clip(minima[k], rates[k + 1] - reach[k + 1], rates[k + 1] + reach[k + 1]);
      if (!isLast) isTied[k + 1] = isNear(Math.abs(rates[k + 1] - rate), reach[k + 1], rate) ? 1 : 0;
      rates[k] = rate;
      const entry = entries[k];
      out[entry] = clip(rate * set.volume[entry], set.lower[entry], set.upper[entry]);
    }
  }

  /** Runs of rates that are tied to each other, those that a multiplier moves: `visit(from, to, Σ volume, Σ curvature)`. */
  private movingRuns(
    metric: Float64Array,
    visit: (from: number, to: number, volume: number, curvature: number) => void,
  ): void {
    const { entries, lower, upper } = this.chain;
    const { kink, volume } = this.set;
    for (let from = 0, to = 0; from < entries.length; from = to) {
      let sum = 0;
      let curvature = 0;
      let isHeld = false;
      for (to = from; to < entries.length && (to === from || this.isTied[to] === 1); to++) {
        const rate = this.rates[to];
        const size = volume[entries[to]];
        sum += size;
        curvature += metric[entries[to]] * size * size;
        const isAtKink = kink !== undefined && kink[entries[to]] > 0 && isNear(rate, 0, upper[to] - lower[to]);
        isHeld ||= isNear(rate, lower[to], rate) || isNear(rate, upper[to], rate) || isAtKink;
      }
      if (!isHeld) visit(from, to, sum, curvature);
    }
  }

  private slopeOf(metric: Float64Array, u: Float64Array): number {
    let slope = 0;
    this.movingRuns(metric, (_, __, volume, curvature) => {
      slope += squared(volume) / curvature;
    });
    for (const k of this.loose) if (this.moves(u, k)) slope += 1 / metric[k];
    return slope;
  }

  /** Whether an entry that no other one holds is at no bound and at no kink. */
  private moves(u: Float64Array, k: number): boolean {
    const { lower, upper, kink } = this.set;
    return u[k] > lower[k] && u[k] < upper[k] && !(kink && kink[k] > 0 && u[k] === 0);
  }

  /** Puts what rounding left of the total where the multiplier would, and the last bits wherever there is room for them. */
  private settle(metric: Float64Array, u: Float64Array): void {
    const { total, lower, upper, volume } = this.set;
    const { entries } = this.chain;
    const slope = this.slopeOf(metric, u);
    const rest = total - sumOf(u);
    if (slope > 0 && rest !== 0) {
      for (const k of this.loose)
        if (this.moves(u, k)) u[k] = clip(u[k] + rest / (slope * metric[k]), lower[k], upper[k]);
      this.movingRuns(metric, (from, to, sum, curvature) => {
        const by = (rest / slope) * (sum / curvature);
        for (let k = from; k < to; k++) {
          const entry = entries[k];
          u[entry] = clip(u[entry] + by * volume[entry], lower[entry], upper[entry]);
        }
      });
    }
    for (let turn = 0; turn < 2; turn++) {
      let left = total - sumOf(u);
      for (let k = 0; k < u.length && left !== 0; k++) {
        if (u[k] <= lower[k] || u[k] >= upper[k]) continue;
        const next = clip(u[k] + left, lower[k], upper[k]);
        left -= next - u[k];
        u[k] = next;
      }
    }
  }
}

const MAX_TANGENTS = 60;
/** Of the size of what is summed: by so little may the bound that tangents give be less than the best one. */
const TANGENTS_MEET = 1e-12;

/** Of the bound that a multiplier gives: its value and its slope. */
interface Tangent {
  readonly multiplier: number;
  readonly value: number;
  readonly excess: number;
}

function meeting(below: Tangent, above: Tangent): { multiplier: number; value: number } {
  const width = above.multiplier - below.multiplier;
  const along = clip((above.value - below.value - above.excess * width) / (below.excess - above.excess), 0, width);
  return { multiplier: below.multiplier + along, value: below.value + below.excess * along };
}

/** Of an entry that no other one holds. */
function lowestIn({ lower, upper, kink }: SteppedTotal, { curvature, tilt }: EntryCosts, k: number): number {
  const bend = kink?.[k] ?? 0;
  const slope = tilt[k] > bend ? tilt[k] - bend : tilt[k] < -bend ? tilt[k] + bend : 0;
  if (slope === 0) return clip(0, lower[k], upper[k]);
  if (curvature[k] > 0) return clip(-slope / curvature[k], lower[k], upper[k]);
  return slope > 0 ? lower[k] : upper[k];
}

const isAtMost = (a: number, b: number): boolean => a <= b || isNear(a, b, a);

const isNear = (a: number, b: number, size: number): boolean =>
  Math.abs(a - b) <= ROUNDING * (Math.abs(size) + Math.abs(b));

function sizeOf(values: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += Math.abs(values[k]);
  return sum;
}

const clip = (x: number, least: number, most: number): number => Math.min(most, Math.max(least, x));

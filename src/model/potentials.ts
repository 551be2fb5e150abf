import { type DenseMatrix, zeros } from '../numerics/dense.js';
import { type ConcaveTerms, namesOf } from './concave.js';
import type { ConcaveColumn } from './concaveLevels.js';
import { concaveLevel, concavePotential } from './concaveShape.js';

/** One combination of names with a concave level for every time constant: an own term where there is one name, else a mode. */
interface Potential {
  /** Columns of the flow, and what each counts for. */
  readonly names: readonly number[];
  readonly loadings: readonly number[];
  readonly scale: number;
  /** Q. */
  readonly weights: Float64Array;
}

/** Those with a weight. @param names which of the N names the flow has, in which order; all of them where absent */
function potentialsOf({ own, scales, modes }: ConcaveTerms, names?: readonly number[]): Potential[] {
  const columns = names ?? [...scales.keys()];
  const alone = columns.map((i, column) => ({
    names: [column],
    loadings: [1],
    scale: scales[i],
    weights: Float64Array.from({ length: own.rows }, (_, q) => own.data[q * own.cols + i]),
  }));
  const columnOf = new Map(columns.map((i, column) => [i, column]));
  const together = modes.map((mode) => {
    const held = namesOf(mode).filter((i) => columnOf.has(i));
    const { scale, weights } = mode;
    return { names: held.map((i) => columnOf.get(i)!), loadings: held.map((i) => mode.direction[i]), scale, weights };
  });
  return [...alone, ...together].filter(({ weights }) => weights.some((weight) => weight !== 0));
}

function combined({ names, loadings }: Potential, flow: ArrayLike<number>, offset = 0): number {
  let sum = 0;
  for (let k = 0; k < names.length; k++) sum += loadings[k] * flow[offset + names[k]];
  return sum;
}

/** Decayed volumes of the potentials, carried from trade to trade. */
export class PotentialStates {
  private readonly potentials: readonly Potential[];
  private readonly volumes: readonly Float64Array[];

  /** @param names which of the N names trades speak of, in which order; all of them where absent */
  constructor(
    private readonly terms: ConcaveTerms,
    names?: readonly number[],
  ) {
    this.potentials = potentialsOf(terms, names);
    this.volumes = this.potentials.map(() => new Float64Array(terms.decay.length));
  }

  /**
   * What a trade costs that comes so many buckets after the last one, bps × millions: `Σ Φ(J + u) − Φ(J)` with J decayed, volume
   * walked through inside the bucket (MODEL §2a).
   */
  trade(flow: ArrayLike<number>, buckets: number): number {
    const { decay, power } = this.terms;
    let cost = 0;
    this.potentials.forEach((potential, k) => {
      const { scale, weights } = potential;
      const volume = combined(potential, flow);
      for (let q = 0; q < decay.length; q++) {
        const left = this.volumes[k][q] * decay[q] ** buckets;
        this.volumes[k][q] = left + volume;
        if (volume === 0 || weights[q] === 0) continue;
        cost += weights[q] * (concavePotential(left + volume, scale, power) - concavePotential(left, scale, power));
      }
    });
    return cost;
  }
}

/** What a schedule (T×N, signed millions, one row a bucket) costs by its concave terms, bps × millions. */
export function concaveCost(terms: ConcaveTerms, { rows, cols, data }: DenseMatrix): number {
  const states = new PotentialStates(terms);
  let cost = 0;
  for (let t = 0; t < rows; t++) cost += states.trade(data.subarray(t * cols, (t + 1) * cols), 1);
  return cost;
}

/**
 * What a basket costs by its concave terms that is worked evenly over some buckets, bps × millions: `Σ_t Φ(J_t) − Φ(d J_{t−1})`
 * with `J_t = d J_{t−1} + q/T`. Only potentials of names that trade are looked at, and none once its volume has settled.
 * @param q N, signed millions
 */
export function evenlyWorkedCost(terms: ConcaveTerms, q: Float64Array, buckets: number): number {
  const { decay, power } = terms;
  const names = [...q.keys()].filter((i) => q[i] !== 0);
  const each = names.map((i) => q[i] / buckets);
  let cost = 0;
  for (const potential of potentialsOf(terms, names)) {
    const { scale, weights } = potential;
    const child = combined(potential, each);
    decay.forEach((d, k) => {
      if (weights[k] !== 0 && child !== 0) cost += weights[k] * evenCost(child, { decay: d, scale, power }, buckets);
    });
  }
  return cost;
}

/** Of equal children, one a bucket, with weight one. */
function evenCost(child: number, { decay, scale, power }: ConcaveColumn, buckets: number): number {
  let cost = 0;
  for (let t = 0, before = 0; t < buckets; t++) {
    const left = decay * before;
    const volume = left + child;
    const step = concavePotential(volume, scale, power) - concavePotential(left, scale, power);
    // What is bought is what fades: all further buckets are like this one.
    if (volume === before) return cost + (buckets - t) * step;
    cost += step;
    before = volume;
  }
  return cost;
}

/**
 * Gradient of that cost, T×N, bps. A trade moves the volume of every bucket after it, so with `A_t = h(J_t)` the gradient is
 * `μ_t = A_t − d h(d J_t) + d μ_{t+1}`, and `A_T` in the last bucket: volumes forwards, μ backwards.
 */
export function concaveGradient(terms: ConcaveTerms, schedule: DenseMatrix): DenseMatrix {
  const { rows, cols, data } = schedule;
  const out = zeros(rows, cols);
  for (const potential of potentialsOf(terms)) {
    const flow = Float64Array.from({ length: rows }, (_, t) => combined(potential, data, t * cols));
    const price = potentialPrice(terms, potential, flow);
    potential.names.forEach((i, k) => {
      for (let t = 0; t < rows; t++) out.data[t * cols + i] += potential.loadings[k] * price[t];
    });
  }
  return out;
}

/** Derivative of one potential's cost by its combined flow, T. */
function potentialPrice({ decay, power }: ConcaveTerms, { scale, weights }: Potential, flow: Float64Array) {
  const out = new Float64Array(flow.length);
  const volume = new Float64Array(flow.length);
  decay.forEach((d, q) => {
    if (weights[q] === 0) return;
    for (let t = 0, left = 0; t < flow.length; t++) {
      volume[t] = left + flow[t];
      left = d * volume[t];
    }
    let later = 0;
    for (let t = flow.length - 1; t >= 0; t--) {
      const price = concaveLevel(volume[t], scale, power) + later;
      out[t] += weights[q] * price;
      // What the bucket before makes of this one: its volume is carried here, and what it was worth is taken off.
      if (t > 0) later = d * (price - concaveLevel(d * volume[t - 1], scale, power));
    }
  });
  return out;
}

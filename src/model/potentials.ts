import { type DenseMatrix, zeros } from '../numerics/dense.js';
import { type ConcaveTerms, namesOf } from './concave.js';
import type { ConcaveColumn } from './concaveLevels.js';
import { concaveLevel, concavePotential, levelsAndPotentials } from './concaveShape.js';

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

/** How a schedule is worked, where it is not one trade a bucket from the first trade on. */
export interface Worked {
  /** Q×N, millions: decayed volume that earlier trades leave when the schedule's first bucket begins. */
  readonly start?: DenseMatrix | undefined;
  /** Equal children that every row of the schedule is worked in, one a bucket of the model. */
  readonly children?: number | undefined;
}

/** What a schedule (T×N, signed millions, one row a bucket) costs by its concave terms, bps × millions. */
export function concaveCost(terms: ConcaveTerms, schedule: DenseMatrix, worked: Worked = {}): number {
  let cost = 0;
  for (const potential of potentialsOf(terms)) {
    const flow = childFlow(potential, schedule, worked);
    const { scale, weights } = potential;
    terms.decay.forEach((d, q) => {
      if (weights[q] === 0) return;
      let [sum, left] = [0, startOf(potential, worked, q)];
      for (let t = 0; t < flow.length; t++) {
        const volume = left + flow[t];
        if (flow[t] !== 0)
          sum += concavePotential(volume, scale, terms.power) - concavePotential(left, scale, terms.power);
        left = d * volume;
      }
      cost += weights[q] * sum;
    });
  }
  return cost;
}

/** T times children: of the potential's names together. */
function childFlow(potential: Potential, { rows, cols, data }: DenseMatrix, { children = 1 }: Worked): Float64Array {
  const flow = new Float64Array(rows * children);
  for (let t = 0, k = 0; t < rows; t++) {
    const child = combined(potential, data, t * cols) / children;
    for (let i = 0; i < children; i++) flow[k++] = child;
  }
  return flow;
}

const startOf = (potential: Potential, { start }: Worked, q: number): number =>
  start ? combined(potential, start.data, q * start.cols) : 0;

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
 * Cost of a schedule by its concave terms, and its gradient, T×N, bps. A trade moves the volume of every bucket after it, so with
 * `A_t = h(J_t)` the gradient is `μ_t = A_t − d h(d J_{t−1}) + d μ_{t+1}`, and `A_T` in the last bucket: volumes forwards, μ backwards.
 */
export function concaveCostAndGradient(
  terms: ConcaveTerms,
  schedule: DenseMatrix,
  worked: Worked = {},
): { cost: number; gradient: DenseMatrix } {
  const { rows, cols } = schedule;
  const { children = 1 } = worked;
  const gradient = zeros(rows, cols);
  let cost = 0;
  for (const potential of potentialsOf(terms)) {
    const priced = pricedFlow(terms, potential, childFlow(potential, schedule, worked), worked);
    cost += priced.cost;
    potential.names.forEach((i, k) => {
      const loading = potential.loadings[k] / children;
      for (let t = 0, child = 0; t < rows; t++) {
        let sum = 0;
        for (const last = child + children; child < last; child++) sum += priced.price[child];
        gradient.data[t * cols + i] += loading * sum;
      }
    });
  }
  return { cost, gradient };
}

/** What a million of every name pays on average in its bucket by its concave terms, T×N, bps: flow times this sums to their cost. */
export function concavePricesMet(terms: ConcaveTerms, schedule: DenseMatrix, worked: Worked = {}): DenseMatrix {
  const { rows, cols } = schedule;
  const { children = 1 } = worked;
  const out = zeros(rows, cols);
  for (const potential of potentialsOf(terms)) {
    const flow = childFlow(potential, schedule, worked);
    terms.decay.forEach((d, q) => {
      if (potential.weights[q] === 0) return;
      for (let t = 0, left = startOf(potential, worked, q); t < flow.length; t++) {
        const volume = left + flow[t];
        const price = (potential.weights[q] * meanLevel(left, volume, potential.scale, terms.power)) / children;
        potential.names.forEach((i, k) => {
          out.data[Math.floor(t / children) * cols + i] += potential.loadings[k] * price;
        });
        left = d * volume;
      }
    });
  }
  return out;
}

/** Of h between two volumes. */
function meanLevel(from: number, to: number, scale: number, power: number): number {
  // Differences of potentials have no digits left where the step is much smaller than the volume.
  if (Math.abs(to - from) <= 1e-6 * Math.abs(to)) return concaveLevel((from + to) / 2, scale, power);
  return (concavePotential(to, scale, power) - concavePotential(from, scale, power)) / (to - from);
}

export const concaveGradient = (terms: ConcaveTerms, schedule: DenseMatrix, worked: Worked = {}): DenseMatrix =>
  concaveCostAndGradient(terms, schedule, worked).gradient;

/** One potential's cost of its combined flow, and the derivative, T. */
function pricedFlow({ decay, power }: ConcaveTerms, potential: Potential, flow: Float64Array, worked: Worked) {
  const { scale, weights } = potential;
  const buckets = flow.length;
  const price = new Float64Array(buckets);
  // Of every bucket, before its trade and after it.
  const volumes = new Float64Array(2 * buckets);
  const levels = new Float64Array(2 * buckets);
  const potentials = new Float64Array(2 * buckets);
  let cost = 0;
  decay.forEach((d, q) => {
    if (weights[q] === 0) return;
    for (let t = 0, left = startOf(potential, worked, q); t < buckets; t++) {
      volumes[2 * t] = left;
      volumes[2 * t + 1] = left + flow[t];
      left = d * volumes[2 * t + 1];
    }
    levelsAndPotentials(volumes, scale, power, levels, potentials);
    let [later, sum] = [0, 0];
    for (let t = buckets - 1; t >= 0; t--) {
      sum += potentials[2 * t + 1] - potentials[2 * t];
      const now = levels[2 * t + 1] + later;
      price[t] += weights[q] * now;
      // What the bucket before makes of this one: its volume is carried here, and what it was worth is taken off.
      later = d * (now - levels[2 * t]);
    }
    cost += weights[q] * sum;
  });
  return { cost, price };
}

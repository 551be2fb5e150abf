import { type DenseMatrix, zeros } from '../numerics/dense.js';
import { log, pow } from '../numerics/elementary/elementary.js';
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
        const left = this.volumes[k][q] * pow(decay[q], buckets);
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

/** Lumps in a time constant, at least, that children are joined to: costs of a term are then right to .2 %. */
const LUMPS = 12;

interface Lumps {
  /** In a row. */
  readonly count: number;
  /** From one to the next, and from the start of the schedule to the first, which stands in the middle of its children. */
  readonly decay: number;
  readonly first: number;
}

/**
 * The children of a row as one term sees them: those that follow each other much faster than it fades are one trade. A lump is
 * half too early and half too late, so that the error is of second order; what is summed stays the cost of a schedule, and convex.
 */
function lumpsOf(decay: number, { children = 1 }: Worked): Lumps {
  if (children === 1) return { count: 1, decay, first: 1 };
  const lifetime = decay > 0 ? -1 / log(decay) : 0;
  const count = Math.min(children, Math.max(1, Math.ceil((LUMPS * children) / lifetime)));
  const joined = children / count;
  return { count, decay: pow(decay, joined), first: joined === 1 ? 1 : pow(decay, (joined - 1) / 2) };
}

/** What a schedule (T×N, signed millions, one row a bucket) costs by its concave terms, bps × millions. */
export function concaveCost(terms: ConcaveTerms, schedule: DenseMatrix, worked: Worked = {}): number {
  let cost = 0;
  for (const potential of potentialsOf(terms)) {
    const flow = rowFlow(potential, schedule);
    const { scale, weights } = potential;
    terms.decay.forEach((d, q) => {
      if (weights[q] === 0) return;
      const lumps = lumpsOf(d, worked);
      let [sum, left] = [0, lumps.first * startOf(potential, worked, q)];
      for (const row of flow) {
        const lump = row / lumps.count;
        let [before, step] = [Number.NaN, 0];
        for (let k = 0; k < lumps.count; k++) {
          const volume = left + lump;
          // What is bought is what fades: this lump costs what the one before it did.
          if (lump !== 0 && volume !== before)
            step = concavePotential(volume, scale, terms.power) - concavePotential(left, scale, terms.power);
          sum += step;
          before = volume;
          left = lumps.decay * volume;
        }
      }
      cost += weights[q] * sum;
    });
  }
  return cost;
}

/** T: of the potential's names together. */
const rowFlow = (potential: Potential, { rows, cols, data }: DenseMatrix): Float64Array => {
  const flow = new Float64Array(rows);
  for (let t = 0; t < rows; t++) flow[t] = combined(potential, data, t * cols);
  return flow;
};

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
  const gradient = zeros(rows, cols);
  let cost = 0;
  for (const potential of potentialsOf(terms)) {
    const priced = pricedFlow(terms, potential, rowFlow(potential, schedule), worked);
    cost += priced.cost;
    potential.names.forEach((i, k) => {
      const loading = potential.loadings[k];
      for (let t = 0; t < rows; t++) gradient.data[t * cols + i] += loading * priced.price[t];
    });
  }
  return { cost, gradient };
}

/** What a million of every name pays on average in its bucket by its concave terms, T×N, bps: flow times this sums to their cost. */
export function concavePricesMet(terms: ConcaveTerms, schedule: DenseMatrix, worked: Worked = {}): DenseMatrix {
  const { rows, cols } = schedule;
  const out = zeros(rows, cols);
  for (const potential of potentialsOf(terms)) {
    const flow = rowFlow(potential, schedule);
    const { weights, scale, names, loadings } = potential;
    terms.decay.forEach((d, q) => {
      if (weights[q] === 0) return;
      const lumps = lumpsOf(d, worked);
      let left = lumps.first * startOf(potential, worked, q);
      for (let t = 0; t < rows; t++) {
        let price = 0;
        for (let k = 0; k < lumps.count; k++) {
          const volume = left + flow[t] / lumps.count;
          price += (weights[q] * meanLevel(left, volume, scale, terms.power)) / lumps.count;
          left = lumps.decay * volume;
        }
        for (let k = 0; k < names.length; k++) out.data[t * cols + names[k]] += loadings[k] * price;
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
  const price = new Float64Array(flow.length);
  let cost = 0;
  decay.forEach((d, q) => {
    if (weights[q] === 0) return;
    const lumps = lumpsOf(d, worked);
    // Of every lump, before its trade and after it.
    const volumes = new Float64Array(2 * flow.length * lumps.count);
    let [left, at] = [lumps.first * startOf(potential, worked, q), 0];
    for (const row of flow)
      for (let k = 0; k < lumps.count; k++) {
        volumes[at++] = left;
        left += row / lumps.count;
        volumes[at++] = left;
        left *= lumps.decay;
      }
    const levels = new Float64Array(volumes.length);
    const potentials = new Float64Array(volumes.length);
    levelsAndPotentials(volumes, scale, power, levels, potentials);
    let [later, sum] = [0, 0];
    for (let t = flow.length - 1; t >= 0; t--) {
      let inRow = 0;
      for (let k = 0; k < lumps.count; k++) {
        at -= 2;
        sum += potentials[at + 1] - potentials[at];
        const now = levels[at + 1] + later;
        inRow += now;
        // What the lump before makes of this one: its volume is carried here, and what it was worth is taken off.
        later = lumps.decay * (now - levels[at]);
      }
      price[t] += (weights[q] * inRow) / lumps.count;
    }
    cost += weights[q] * sum;
  });
  return { cost, price };
}

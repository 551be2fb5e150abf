import type { Scenario } from '../../model/scenario.js';
import { type DenseMatrix, diagonalOf, mapEntries } from '../../numerics/dense.js';
import { pow } from '../../numerics/elementary/elementary.js';

/** What makes impact concave after the decay (MODEL §2a): own terms `g h(J)` and modes `λ q h(qᵀJ)`, per time constant. */
export interface ConcaveTruth {
  /** Of K, the share that stays linear in flow. */
  readonly linearShare: number;
  /** c of h; 1 is linear. */
  readonly power: number;
  /** s of h, millions, by name. */
  readonly scaleMillions: Float64Array;
  readonly tauSeconds: readonly number[];
  /** g, bps per million: by time constant, then by name. */
  readonly own: readonly Float64Array[];
  readonly modes: readonly ConcaveMode[];
}

export interface ConcaveMode {
  /** `MARKET` or a block. */
  readonly name: string;
  /** q by name, so that `λ q_i²` is the same share of every self impact. */
  readonly direction: Float64Array;
  /** s of h, millions of qᵀJ. */
  readonly scaleMillions: number;
  /** λ by time constant, bps per million. */
  readonly lambda: readonly number[];
}

/** What the concave terms are shares of. */
interface LinearTruth {
  readonly K: DenseMatrix;
  readonly childMillions: Float64Array;
  readonly blocks: readonly string[];
}

/** Follows from the linear truth: nothing is drawn. */
export function concaveTruth({ impact }: Scenario, linear: LinearTruth): ConcaveTruth | undefined {
  const { concave } = impact;
  if (!concave) return undefined;
  const self = diagonalOf(linear.K);
  return {
    linearShare: Math.max(0, 1 - concave.weights.reduce((sum, g) => sum + g, 0)),
    power: concave.power,
    scaleMillions: linear.childMillions.map((child) => concave.scale * child),
    tauSeconds: concave.tau_seconds,
    own: concave.weights.map((share) => self.map((k) => share * k)),
    modes: concave.links > 0 ? concaveModes(impact.per_child_bps, concave, linear) : [],
  };
}

function concaveModes(
  perChildBps: number,
  { weights, links, scale }: NonNullable<Scenario['impact']['concave']>,
  { childMillions, blocks }: LinearTruth,
): ConcaveMode[] {
  const typical = childMillions.reduce((sum, child) => sum + child, 0) / childMillions.length;
  const total = weights.reduce((sum, w) => sum + w, 0);
  const lambda = weights.map((w) => ((links * w) / total) * (perChildBps / typical));
  const groups = [...new Set(blocks)];
  // One block is the market.
  return ['MARKET', ...(groups.length > 1 ? groups : [])].map((name) => ({
    name,
    direction: childMillions.map((child, i) =>
      name === 'MARKET' || blocks[i] === name ? Math.sqrt(typical / child) : 0,
    ),
    scaleMillions: scale * typical,
    lambda,
  }));
}

/** `h(x) = sign(x)(s/c)((1+|x|/s)^c − 1)`: slope 1 at zero, power c far out. */
function smoothedPower(x: number, scale: number, power: number): number {
  return ((Math.sign(x) * scale) / power) * (pow(1 + Math.abs(x) / scale, power) - 1);
}

/** Impact level of the concave terms, bps by name, given the decayed volumes in millions by time constant and name. */
export function concaveLevel(truth: ConcaveTruth, volumes: readonly Float64Array[]): Float64Array {
  const { power, scaleMillions, own, modes } = truth;
  const out = new Float64Array(scaleMillions.length);
  volumes.forEach((volume, q) => {
    for (let i = 0; i < out.length; i++) out[i] += own[q][i] * smoothedPower(volume[i], scaleMillions[i], power);
    for (const { direction, scaleMillions: scale, lambda } of modes) {
      const along = direction.reduce((sum, share, i) => sum + share * volume[i], 0);
      const pressure = lambda[q] * smoothedPower(along, scale, power);
      for (let i = 0; i < out.length; i++) out[i] += direction[i] * pressure;
    }
  });
  return out;
}

/**
 * Bps per million that flow of one name at a time moves all of them by at once, linear part included: entry (i, j) is what
 * name i does after `millions[j]` of name j: the secant at that flow. With power 1 it is the slope at zero.
 */
export function immediateImpact(truth: ConcaveTruth, K: DenseMatrix, millions: Float64Array): DenseMatrix {
  const columns = Array.from(millions, (size, j) => {
    const flow = new Float64Array(millions.length);
    flow[j] = size;
    const volumes = truth.tauSeconds.map(() => flow);
    return concaveLevel(truth, volumes).map((level) => level / size);
  });
  return mapEntries(K, (k, i, j) => truth.linearShare * k + columns[j][i]);
}

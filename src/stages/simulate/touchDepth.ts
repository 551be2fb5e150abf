import type { Scenario } from '../../model/scenario.js';
import { exp, pow } from '../../numerics/elementary/elementary.js';
import type { RandomStream } from '../../numerics/random.js';

/** Typical depth at the touch, in typical child orders: about what the quotes of a market without `liquidity` show. */
const DEPTH_CHILDREN = 4;

/** How depth varies and what it does to impact (MODEL §2a). */
export interface LiquidityTruth {
  /** Flow counts times `(D̄/D)^γ`. */
  readonly gamma: number;
  /** D̄, millions, by name. */
  readonly depthMillions: Float64Array;
  /** Standard deviation of log D. */
  readonly spread: number;
  /** What a second leaves of log D − log D̄. */
  readonly keptPerSecond: number;
}

export function liquidityTruth({ liquidity }: Scenario, childMillions: Float64Array): LiquidityTruth | undefined {
  if (!liquidity) return undefined;
  return {
    gamma: liquidity.gamma,
    depthMillions: childMillions.map((child) => DEPTH_CHILDREN * child),
    spread: liquidity.spread,
    keptPerSecond: pow(0.5, 1 / (60 * liquidity.half_life_minutes)),
  };
}

/** Depth of a session as it runs; a session starts in the stationary state, before any quote. */
export interface TouchDepth {
  readonly truth: LiquidityTruth;
  /** Draws depth and nothing else. */
  readonly random: RandomStream;
  /** (log D − log D̄) / spread, by name. */
  readonly state: Float64Array;
}

/** Depth of a name at the end of a second, and how unevenly it lies on the two sides. */
export interface DrawnDepth {
  readonly millions: number;
  readonly imbalance: number;
}

export function openTouchDepth(truth: LiquidityTruth | undefined, random: RandomStream): TouchDepth | undefined {
  if (!truth) return undefined;
  return { truth, random, state: truth.depthMillions.map(() => random.normal()) };
}

/**
 * Flow as prices feel it, millions: by the depth at the end of the second before.
 * @param quoted depth as quoted, millions: mean of both sides at the mid; D̄ before the first quote
 */
export function byDepth(
  { depthMillions, gamma }: LiquidityTruth,
  quoted: Float64Array,
  flow: Float64Array,
): Float64Array {
  return flow.map((u, i) => u * pow(depthMillions[i] / quoted[i], gamma));
}

/** Depth moves on. */
export function drawDepth({ truth, random, state }: TouchDepth, name: number): DrawnDepth {
  const kept = truth.keptPerSecond;
  state[name] = kept * state[name] + Math.sqrt(1 - kept * kept) * random.normal();
  return {
    millions: truth.depthMillions[name] * exp(truth.spread * state[name]),
    imbalance: random.uniform() - 0.5,
  };
}

/** Sizes that show it, shares. */
export function quoteSizes({ millions, imbalance }: DrawnDepth, mid: number): { bid: number; ask: number } {
  const shares = (millions * 1e6) / mid;
  const [bid, ask] = [1 + imbalance, 1 - imbalance].map((share) => Math.max(1, Math.round(share * shares)));
  return { bid, ask };
}

/** Depth that sizes show, millions. */
export const shownDepth = ({ bid, ask }: { bid: number; ask: number }, mid: number): number =>
  ((bid + ask) / 2) * (mid / 1e6);

import { exp } from '../../numerics/elementary/elementary.js';
import { type ConcaveTruth, concaveLevel } from './concaveTruth.js';

/** What the concave terms remember within a session. */
export interface ConcaveImpact {
  readonly truth: ConcaveTruth;
  /** Per second, by time constant. */
  readonly decay: readonly number[];
  /** Decayed volumes in millions, by time constant and name. */
  readonly volumes: readonly Float64Array[];
  /** Level after the second before, bps by name. */
  level: Float64Array;
}

export function openConcaveImpact(truth: ConcaveTruth | undefined): ConcaveImpact | undefined {
  if (!truth) return undefined;
  const blank = () => new Float64Array(truth.scaleMillions.length);
  return {
    truth,
    decay: truth.tauSeconds.map((tau) => exp(-1 / tau)),
    volumes: truth.tauSeconds.map(blank),
    level: blank(),
  };
}

export const copyOfConcave = (impact: ConcaveImpact): ConcaveImpact => ({
  ...impact,
  volumes: impact.volumes.map((volume) => volume.slice()),
});

/** Adds what the concave terms make of a second's flow to the share that stays of the linear moves, bps by name. */
export function concaveMoves(impact: ConcaveImpact, linear: Float64Array, flow: Float64Array): Float64Array {
  const { truth, decay, volumes, level: before } = impact;
  volumes.forEach((volume, q) => {
    for (let i = 0; i < flow.length; i++) volume[i] = decay[q] * volume[i] + flow[i];
  });
  impact.level = concaveLevel(truth, volumes);
  return linear.map((move, i) => truth.linearShare * move + impact.level[i] - before[i]);
}

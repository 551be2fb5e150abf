import { exp } from '../../numerics/elementary/elementary.js';
import { type ConcaveImpact, concaveMoves, copyOfConcave, openConcaveImpact } from './concaveImpact.js';
import { type FaultyMarket, feltFlow, response } from './faultyMarket.js';
import { byDepth } from './touchDepth.js';
import type { Truth } from './truth.js';

/** What prices remember of flow within a session. */
export interface ImpactMemory {
  readonly truth: Truth;
  /** By time constant of the kernel, per second. */
  readonly decay: readonly number[];
  /** Filtered flow, by time constant and name. */
  readonly states: readonly Float64Array[];
  readonly concave: ConcaveImpact | undefined;
  /** `Σ_p a_p v^p` of the second before. */
  before: Float64Array;
  /** Depth as it was quoted last, millions: mean of both sides at the mid; D̄ before the first quote. */
  readonly depthMillions: Float64Array | undefined;
}

export function openMemory(truth: Truth): ImpactMemory {
  const blank = () => new Float64Array(truth.symbols.length);
  return {
    truth,
    decay: truth.tauSeconds.map((tau) => (Number.isFinite(tau) ? exp(-1 / tau) : 1)),
    states: truth.tauSeconds.map(blank),
    concave: openConcaveImpact(truth.concave),
    before: blank(),
    depthMillions: truth.liquidity?.depthMillions.slice(),
  };
}

const copyOf = (memory: ImpactMemory): ImpactMemory => ({
  ...memory,
  states: memory.states.map((state) => state.slice()),
  concave: memory.concave && copyOfConcave(memory.concave),
});

/** What a second's flow does to the mids, bps by name; the memory moves on. */
export function impactMoves(faulty: FaultyMarket, memory: ImpactMemory, flow: Float64Array): Float64Array {
  const { truth, depthMillions, concave } = memory;
  const counted = feltFlow(faulty, flow);
  const felt = truth.liquidity && depthMillions ? byDepth(truth.liquidity, depthMillions, counted) : counted;
  const v = filtered(memory, felt);
  const linear = response(faulty, v, memory.before);
  memory.before = v;
  return concave ? concaveMoves(concave, linear, felt) : linear;
}

/** What some of a second's flow adds to what the rest of it does to the mids, bps by name; nothing moves on. */
export function addedMoves(
  faulty: FaultyMarket,
  memory: ImpactMemory,
  rest: Float64Array,
  added: Float64Array,
): Float64Array {
  const without = impactMoves(faulty, copyOf(memory), rest);
  const all = impactMoves(
    faulty,
    copyOf(memory),
    rest.map((u, i) => u + added[i]),
  );
  return all.map((move, i) => move - without[i]);
}

/** `Σ_p a_p v^p` for this second's flow; moves the filter states on. */
function filtered({ truth, states, decay }: ImpactMemory, flow: Float64Array): Float64Array {
  const v = new Float64Array(flow.length);
  states.forEach((state, p) => {
    for (let i = 0; i < flow.length; i++) {
      v[i] += truth.weights[p] * (flow[i] - (1 - decay[p]) * state[i]);
      state[i] = decay[p] * state[i] + flow[i];
    }
  });
  return v;
}

import { concaveFlow } from '../../model/kernel.js';
import type { Scenario } from '../../model/scenario.js';
import { type DenseMatrix, diagonalOf, mapEntries } from '../../numerics/dense.js';
import type { RandomStream } from '../../numerics/random.js';
import type { Truth } from './truth.js';

/** What a market that breaks the model remembers from one second to the next; a session starts anew. */
export interface FaultyMarket {
  readonly faults: Scenario['faults'];
  readonly truth: Truth;
  /** N×N of the day. */
  readonly K: DenseMatrix;
  /** How much more legs that buy trade in this second, by name; less for legs that sell. */
  readonly pull: Float64Array;
  /** Flow of others that all names share, in typical child orders. */
  crowd: number;
}

/** No faults, no change: neither the market nor its random numbers differ then. */
export function faultyMarket({ faults }: Scenario, truth: Truth, dayIndex: number): FaultyMarket {
  const flips = dayIndex + 1 >= (faults.links_flip_on_day ?? Number.POSITIVE_INFINITY);
  return {
    faults,
    truth,
    K: flips ? mapEntries(truth.K, (value, i, j) => (i === j ? value : -value)) : truth.K,
    pull: new Float64Array(truth.symbols.length),
    crowd: 0,
  };
}

/** Draws the flow of others of this second, on whose side own legs trade more. */
export function drawCrowd(market: FaultyMarket, random: RandomStream): void {
  const { crowding } = market.faults;
  if (!crowding) return;
  market.crowd = crowding * random.normal();
  for (let i = 0; i < market.pull.length; i++) market.pull[i] += market.crowd;
}

/** Flow that prices answer to, millions: that of others too, and concave where asked for. */
export function feltFlow({ faults, truth, crowd }: FaultyMarket, flow: Float64Array): Float64Array {
  const { concavity = 1 } = faults;
  if (crowd === 0 && concavity === 1) return flow;
  return flow.map((own, i) => {
    const typical = truth.childMillions[i];
    return typical * concaveFlow(own / typical + crowd, concavity);
  });
}

/**
 * Moves `K v` of all names, bps; links may take back a share of what they did in the second before.
 * @param before filtered flow of that second
 */
export function response({ K, faults }: FaultyMarket, v: Float64Array, before: Float64Array): Float64Array {
  const moves = product(K, v);
  if (faults.link_reversion) {
    const self = diagonalOf(K);
    const undone = product(K, before);
    for (let i = 0; i < v.length; i++) moves[i] -= faults.link_reversion * (undone[i] - self[i] * before[i]);
  }
  return moves;
}

function product(K: DenseMatrix, v: Float64Array): Float64Array {
  return v.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < v.length; j++) sum += K.data[i * v.length + j] * v[j];
    return sum;
  });
}

/** The next second's legs see the moves of this one that nothing explains, bps. */
export function follow({ faults, pull }: FaultyMarket, noiseBps: Float64Array): void {
  for (let i = 0; i < pull.length; i++) pull[i] = (faults.flow_follows_moves ?? 0) * noiseBps[i];
}

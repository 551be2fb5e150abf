import type { DayFlow } from '../../model/buckets.js';
import type { ConcaveTerms } from '../../model/concave.js';
import { type ConcaveMove, ConcaveResponse } from '../../model/concaveResponse.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { haltChanges } from '../fit/accumulate.js';
import { netFlow } from '../fit/netFlow.js';

/** What walks through a day. */
export interface FlowWalk {
  readonly decay: Float64Array;
  readonly transform: FlowTransform;
  readonly concave?: ConcaveTerms | undefined;
}

/**
 * Walks a day: `v^p_t` of every basis, concave flow at scale one, and what concave terms do where there are some. The vectors
 * are used again for the next bucket.
 */
export function eachFilteredBucket(
  day: DayFlow,
  { decay, transform, concave }: FlowWalk,
  visit: (t: number, bases: readonly Float64Array[], concave?: ConcaveMove) => void,
): void {
  const n = day.symbols.length;
  const { bucketStart, name, value } = netFlow(day, transform);
  const flow = new Float64Array(n);
  const bases = Array.from(decay, () => new Float64Array(n));
  const halts = haltChanges(day);
  const response = concave && new ConcaveResponse(concave);
  for (const { firstBucket, buckets } of day.grid.sessions) {
    const states = Array.from(decay, () => new Float64Array(n));
    response?.reset();
    for (let t = firstBucket; t < firstBucket + buckets; t++) {
      for (const i of halts.get(t) ?? []) {
        for (const state of states) state[i] = 0;
        response?.reset(i);
      }
      flow.fill(0);
      for (let e = bucketStart[t]; e < bucketStart[t + 1]; e++) flow[name[e]] = value[e];
      for (let p = 0; p < decay.length; p++) filterBucket(flow, decay[p], states[p], bases[p]);
      visit(t, bases, response?.next(flow));
    }
  }
}

function filterBucket(flow: Float64Array, decay: number, state: Float64Array, out: Float64Array): void {
  // What does not fade is as it came: its state stays zero.
  if (!(decay < 1)) {
    out.set(flow);
    return;
  }
  for (let i = 0; i < flow.length; i++) {
    out[i] = flow[i] - (1 - decay) * state[i];
    state[i] = decay * state[i] + flow[i];
  }
}

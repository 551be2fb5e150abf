import { namesOf } from '../../../model/concave.js';
import type { ConcaveBasis } from '../../../model/concaveLevels.js';
import { concaveLevel } from '../../../model/concaveShape.js';
import type { NetFlow } from '../recursion/run.js';
import { TILE } from '../recursion/workspace.js';

/**
 * Increments of a run of buckets, made a tile at a time from states that are kept at the tiles' starts: a day of them never
 * stands in memory. A row has Q·N increments of own terms, a time constant after the other, then M·Q of the modes, a mode after
 * the other.
 */
export interface ConcaveRun {
  readonly width: number;
  /** Writes rows of the run from the place given on; the first must be the start of a tile. */
  readonly load: (first: number, count: number, into: Float64Array, place: number) => void;
}

/** Moves `state` (Q·N decayed flow) to the end of the run. */
export function concaveRun(
  flow: NetFlow,
  { from, count }: { readonly from: number; readonly count: number },
  basis: ConcaveBasis,
  state: Float64Array,
): ConcaveRun {
  const starts: Float64Array[] = [];
  for (let t = 0; t < count; t++) {
    if (t % TILE === 0) starts.push(state.slice());
    advance(flow, from + t, basis, state);
  }
  const width = state.length + basis.modes.length * basis.decay.length;
  const levelsOf = levelFiller(basis);
  const decayed = new Float64Array(state.length);
  let level = new Float64Array(width);
  let now = new Float64Array(width);
  const load = (first: number, rows: number, into: Float64Array, place: number) => {
    decayed.set(starts[first / TILE]);
    levelsOf(decayed, level);
    for (let row = 0; row < rows; row++) {
      advance(flow, from + first + row, basis, decayed);
      levelsOf(decayed, now);
      const at = place + row * width;
      for (let k = 0; k < width; k++) into[at + k] = now[k] - level[k];
      [level, now] = [now, level];
    }
  };
  return { width, load };
}

/** Levels of slope one at zero, in the order of a row. */
function levelFiller({
  power,
  scales,
  decay,
  modes,
}: ConcaveBasis): (decayed: Float64Array, out: Float64Array) => void {
  const names = scales.length;
  const members = modes.map(namesOf);
  const levelOf = (x: number, scale: number) => (x === 0 ? 0 : concaveLevel(x, scale, power));
  return (decayed, out) => {
    for (let q = 0, k = 0; q < decay.length; q++)
      for (let i = 0; i < names; i++, k++) out[k] = levelOf(decayed[k], scales[i]);
    let at = decayed.length;
    modes.forEach(({ direction, scale }, m) => {
      for (let q = 0; q < decay.length; q++) {
        let volume = 0;
        for (const i of members[m]) volume += direction[i] * decayed[q * names + i];
        out[at++] = levelOf(volume, scale);
      }
    });
  };
}

function advance(flow: NetFlow, t: number, { decay, scales }: ConcaveBasis, state: Float64Array): void {
  const names = scales.length;
  for (let q = 0; q < decay.length; q++) {
    const at = q * names;
    for (let i = 0; i < names; i++) state[at + i] *= decay[q];
    for (let e = flow.bucketStart[t]; e < flow.bucketStart[t + 1]; e++) state[at + flow.name[e]] += flow.value[e];
  }
}

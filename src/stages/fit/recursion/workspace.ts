import type { FoldMoments } from '../../../model/moments.js';
import { blas } from '../../../numerics/blas/blas.js';
import type { Blas, EventsAt } from '../../../numerics/blas/interface.js';
import { squared } from '../../../numerics/elementary/elementary.js';
import type { NetFlow, RunRows } from './run.js';

/** Buckets that pass through the caches together. */
export const TILE = 128;
/** Share of cells with flow above which flow is cheaper as a dense matrix. */
const DENSE_SHARE = 0.3;

/** Rows of any responses, for their products with flow. */
export type Rows = Pick<RunRows, 'from' | 'count' | 'width' | 'load'>;

/** Places in the kernels' memory, for products of rows with flow. */
export interface FlowWorkspace {
  readonly flow: NetFlow;
  readonly run: Rows;
  readonly decay: Float64Array;
  readonly names: number;
  readonly set: Blas;
  readonly memory: Float64Array;
  readonly isDense: boolean;
  readonly at: Places;
}

/** The same with what a pass over moves collects. */
export interface Workspace extends FlowWorkspace {
  readonly run: RunRows;
  readonly fold: FoldMoments;
  /** Filtered flow of the buckets that are left out, NP numbers each. */
  readonly leftOut: Float64Array[];
}

interface Places {
  /** TILE × width: the rows, the rows or states filtered; TILE × N: flow where it is dense. */
  readonly rows: number;
  readonly filtered: number;
  readonly dense: number;
  /** Per basis: width numbers ahead of the tile, N of state. */
  readonly ahead: number;
  readonly state: number;
  /** Per basis: N × width and N × N. */
  readonly rowFlow: number;
  readonly lagged: number;
  /** N × N: C_0; controls × width; N × N, of which the blocks on and above the diagonal are filled. */
  readonly square: number;
  readonly controls: number;
  readonly moves: number;
  readonly byTime: EventsAt;
  readonly byName: EventsAt;
  readonly scratch: number;
}

export function workspace(flow: NetFlow, run: RunRows, decay: Float64Array, fold: FoldMoments): Workspace {
  const { width } = run;
  const { names } = fold;
  const lagged = { states: decay.length * squared(names), square: squared(names), controls: (width - names) * width };
  return { ...flowWorkspace(flow, run, decay, { names, ...lagged }), run, fold, leftOut: [] };
}

/** The places of a pass that has products of rows with flow and no others. */
export function flowWorkspace(
  flow: NetFlow,
  run: Rows,
  decay: Float64Array,
  { names, states = 0, square = 0, controls = 0 }: ProductPlaces,
): FlowWorkspace {
  const { width } = run;
  const total = flow.bucketStart[run.from + run.count] - flow.bucketStart[run.from];
  const isDense = total > DENSE_SHARE * run.count * names;
  const events = mostEvents(flow, run);
  const at = placesOf({ names, width, bases: decay.length, events, isDense, states, square, controls });
  const set = blas();
  const memory = set.reserve(at.scratch + set.gemmScratch(Math.max(width, names)));
  memory.fill(0, at.ahead, at.scratch);
  return { flow, run, decay, names, set, memory, isDense, at };
}

interface ProductPlaces {
  readonly names: number;
  /** Doubles of the products of flow with its states, with itself (and of moves with moves), and of the controls. */
  readonly states?: number;
  readonly square?: number;
  readonly controls?: number;
}

/** Events of the tile that has most. */
function mostEvents({ bucketStart }: NetFlow, { from, count }: Rows): number {
  let most = 0;
  for (let t = 0; t < count; t += TILE)
    most = Math.max(most, bucketStart[from + Math.min(t + TILE, count)] - bucketStart[from + t]);
  return most;
}

interface WorkSize {
  readonly names: number;
  readonly width: number;
  readonly bases: number;
  readonly events: number;
  readonly isDense: boolean;
  readonly states: number;
  readonly square: number;
  readonly controls: number;
}

/** One after the other, each at an even place; what is summed into, from `ahead` on, lies together. */
function placesOf({ names: n, width, bases, events, isDense, ...products }: WorkSize): Places {
  let next = 0;
  const place = (doubles: number) => {
    const here = next;
    next += doubles + (doubles % 2);
    return here;
  };
  const eventsAt = (groups: number): EventsAt => ({
    starts: place(groups + 1),
    index: place(events),
    value: place(events),
  });
  const places = {
    rows: place(TILE * width),
    filtered: place(TILE * width),
    dense: place(isDense ? TILE * n : 0),
    byTime: eventsAt(TILE),
    byName: eventsAt(n),
    ahead: place(bases * width),
    state: place(bases * n),
    rowFlow: place(bases * n * width),
    lagged: place(products.states),
    square: place(products.square),
    controls: place(products.controls),
    moves: place(products.square),
  };
  return { ...places, scratch: next };
}

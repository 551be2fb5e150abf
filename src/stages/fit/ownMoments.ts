import type { DayMoves } from '../../model/buckets.js';
import type { FlowTransform } from '../../model/flowTransform.js';
import { type OwnMoments, ownMomentsFrom, ownWidth, sumOwn } from '../../model/ownMoments.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { rowProducts } from '../../numerics/rowProducts.js';
import { type AccumulateParams, haltChanges } from './accumulate.js';
import { bucketUse } from './bucketUse.js';
import { type FactorControls, factorControls } from './factorControls.js';
import { netFlow } from './netFlow.js';

/** Own moments of one day by the folds of {@link accumulateDay}: the same buckets, sessions, halts and fold edges. */
export function accumulateOwn(day: DayMoves, params: AccumulateParams): OwnMoments[] {
  const { grid, symbols } = day;
  const controls = factorControls(day);
  const shape = { names: symbols.length, factors: controls.width, bases: params.decay.length };
  const spans = grid.sessions.flatMap((session, s) => {
    const length = params.foldBuckets === 'day' ? session.buckets : params.foldBuckets;
    return Array.from({ length: Math.ceil(session.buckets / length) }, (_, k) => ({
      label: params.foldBuckets === 'day' ? grid.date : `${grid.date}/${s}/${k * length}`,
      session: s,
      from: session.firstBucket + k * length,
      to: session.firstBucket + Math.min(session.buckets, (k + 1) * length),
    }));
  });
  const size = squared(ownWidth(shape));
  const folds = spans.map(() => new Float64Array(shape.names * size));
  const { leftOut } = bucketUse(day);
  const halts = haltChanges(day);
  const flow = flowByName(day, params.transform);
  for (let i = 0; i < shape.names; i++) {
    const state = new Float64Array(shape.bases);
    spans.forEach(({ session, from, to }, k) => {
      if (from === grid.sessions[session].firstBucket) state.fill(0);
      const own = { name: i, flow: flow[i], state, controls, leftOut, halts };
      addSpan(day, own, params.decay, { from, to, sums: folds[k].subarray(i * size, (i + 1) * size) });
    });
  }
  const whole = spans.map(({ label }, k) => ownMomentsFrom(label, shape, folds[k]));
  return params.foldBuckets === 'day' ? [{ ...sumOwn(whole), label: grid.date }] : whole;
}

interface OwnFlow {
  readonly name: number;
  /** By bucket, h(u). */
  readonly flow: Float64Array;
  readonly state: Float64Array;
  readonly controls: FactorControls;
  readonly leftOut: Uint8Array;
  readonly halts: ReadonlyMap<number, readonly number[]>;
}

/** Buckets of one fold, and where their sums go. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly sums: Float64Array;
}

function addSpan(
  { market, grid }: DayMoves,
  { name, flow, state, controls: given, leftOut, halts }: OwnFlow,
  decay: Float64Array,
  { from, to, sums }: Span,
): void {
  const controls = 1 + given.width;
  const bases = decay.length;
  const width = controls + bases + 1;
  const row = new Float64Array(width);
  row[0] = 1;
  const products = rowProducts(width, sums);
  for (let t = from; t < to; t++) {
    if (halts.get(t)?.includes(name)) state.fill(0);
    const u = flow[t];
    for (let p = 0; p < bases; p++) {
      row[controls + p] = u - (1 - decay[p]) * state[p];
      state[p] = decay[p] * state[p] + u;
    }
    const move = market.moveBps[name * grid.buckets + t];
    if (leftOut[t] || Number.isNaN(move)) continue;
    for (let f = 1; f < controls; f++) row[f] = given.values[t * given.width + f - 1];
    row[width - 1] = move;
    products.push(row);
  }
  products.finish();
}

/** h(u) of every name by bucket. */
function flowByName(day: DayMoves, transform: FlowTransform): Float64Array[] {
  const rows = day.symbols.map(() => new Float64Array(day.grid.buckets));
  const { bucketStart, name, value } = netFlow(day, transform);
  for (let t = 0; t < day.grid.buckets; t++)
    for (let e = bucketStart[t]; e < bucketStart[t + 1]; e++) rows[name[e]][t] = value[e];
  return rows;
}

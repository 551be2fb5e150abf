import { pow } from '../numerics/elementary/elementary.js';
import { type DayFlow, DEPTH_FIELDS, type DepthField } from './buckets.js';
import { touchDepth } from './touchDepth.js';

/**
 * How flow enters the model (MODEL §2, §2a): `h(u·(D̄/D)^γ)` with `h(u) = sign(u)|u|^c` at scale one and D the depth at the
 * touch when the bucket opens. Millions times `(D̄/D)^γ` are called millions at reference depth; K is bps per one of them.
 *
 * With γ > 0 the certificate speaks of schedules at constant depth, and of links only at depths that stand in one ratio to
 * their D̄. A round trip that buys while the book is thin and sells while it is deep has the same arithmetic as multipliers
 * that change in time, which no certificate of K covers; and where one name is thin and another deep, the links that act are
 * no longer symmetric.
 */
export interface FlowTransform {
  /** c: 1 is linear. */
  readonly concavity: number;
  /** γ: 0 leaves flow as it is, whatever stands in the book. */
  readonly liquidity: number;
  /**
   * D̄ by name, millions; NaN for a name that never had depth, whose flow stays as it is. Absent where γ = 0, and where D̄^γ
   * is applied to moments later: a million stands for it then.
   */
  readonly depthMedian?: Float64Array;
}

/** Market columns that a day is to be read with. */
export const depthFields = ({ liquidity }: FlowTransform): readonly DepthField[] =>
  liquidity === 0 ? [] : DEPTH_FIELDS;

/** `(D̄/D)^γ`; 1 where one of them is not known. */
export const depthFactor = (usual: number, depth: number, liquidity: number): number =>
  usual > 0 && depth > 0 ? pow(usual / depth, liquidity) : 1;

/**
 * The day with its flow in millions at reference depth, entry by entry. Flow of a bucket without depth before it (none, one
 * side only, the first of a session) is measured against the name's median of the day; a name without any depth on the day
 * keeps its flow as it is.
 * @throws RangeError when γ is not 0 and the day was read without its depth
 */
export function atReferenceDepth<D extends DayFlow>(day: D, { liquidity, depthMedian }: FlowTransform): D {
  if (liquidity === 0) return day;
  const { bucket, name, signedNotional } = day.flow;
  const { medians, before } = touchDepth(day);
  const signed = signedNotional.map((u, k) => {
    const i = name[k];
    const depth = before(i, bucket[k]);
    return u * depthFactor(depthMedian ? depthMedian[i] : 1, depth > 0 ? depth : medians[i], liquidity);
  });
  return { ...day, flow: { ...day.flow, signedNotional: signed } };
}

import { log } from '../numerics/elementary/elementary.js';
import type { MoveUnit } from './units.js';

/** Move from one mid to another, in the unit. */
export type MoveBetween = (from: number, to: number) => number;

/** Most buckets see no move, and a logarithm is dear. */
const logMoveBps: MoveBetween = (from, to) => {
  const ratio = to / from;
  return ratio === 1 ? 0 : 1e4 * log(ratio);
};

const movePoints: MoveBetween = (from, to) => to - from;

export const moveBetween = (unit: MoveUnit): MoveBetween => (unit === 'price' ? movePoints : logMoveBps);

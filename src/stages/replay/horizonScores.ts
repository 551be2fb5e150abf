import { squared } from '../../numerics/elementary/elementary.js';
import type { Replay } from './replay.js';

export interface HorizonScore {
  readonly label: string;
  readonly buckets: number;
  /** R² of moves summed over windows of the horizon, names weighted by inverse variance. */
  readonly fitted: number;
  /** The same with own flow alone. */
  readonly own: number;
  /** Slope of realised on predicted moves: 1 when the size of impact is right. */
  readonly calibrationSlope: number;
  readonly windows: number;
}

/** Scores by markout horizon: non-overlapping windows inside sessions; a window with a missing move is left out. */
export function scoreHorizons(
  replay: Replay,
  fromBucket: number,
  horizons: readonly { label: string; buckets: number }[],
): HorizonScore[] {
  return horizons.map(({ label, buckets }) => {
    const tally = Array.from({ length: replay.names }, () => ({
      move: 0,
      fitted: 0,
      own: 0,
      cross: 0,
      square: 0,
      windows: 0,
    }));
    for (const session of replay.sessions) {
      const start = Math.max(session.firstBucket, fromBucket);
      for (let t = start; t + buckets <= session.firstBucket + session.buckets; t += buckets)
        addWindow(replay, t, buckets, tally);
    }
    return summariseHorizon(label, buckets, tally);
  });
}

interface WindowTally {
  move: number;
  fitted: number;
  own: number;
  cross: number;
  square: number;
  windows: number;
}

function addWindow(
  { names, residualBps, predictedBps, ownBps }: Replay,
  from: number,
  buckets: number,
  tally: WindowTally[],
): void {
  for (let i = 0; i < names; i++) {
    let [move, predicted, own] = [0, 0, 0];
    for (let t = from; t < from + buckets; t++) {
      move += residualBps[t * names + i];
      predicted += predictedBps[t * names + i];
      own += ownBps[t * names + i];
    }
    if (Number.isNaN(move)) continue;
    const into = tally[i];
    into.move += move * move;
    into.fitted += squared(move - predicted);
    into.own += squared(move - own);
    into.cross += move * predicted;
    into.square += predicted * predicted;
    into.windows++;
  }
}

/** Squared moves over squared predictions below which a name did not move but for rounding: it has no R². */
const UNMOVED = 1e-12;

function summariseHorizon(label: string, buckets: number, tally: readonly WindowTally[]): HorizonScore {
  let [fitted, own, weight, cross, square, windows] = [0, 0, 0, 0, 0, 0];
  for (const t of tally) {
    if (!(t.move > UNMOVED * t.square)) continue;
    const scale = t.windows / t.move;
    fitted += t.fitted * scale;
    own += t.own * scale;
    cross += t.cross * scale;
    square += t.square * scale;
    weight += t.windows;
    windows += t.windows;
  }
  const r2 = (error: number) => (weight > 0 ? 1 - error / weight : 0);
  return {
    label,
    buckets,
    fitted: r2(fitted),
    own: r2(own),
    calibrationSlope: square > 0 ? cross / square : 0,
    windows,
  };
}

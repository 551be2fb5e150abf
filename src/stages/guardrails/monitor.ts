import { TrailingWindow } from '../../numerics/trailing.js';
import { LEAST_OBSERVATIONS, type Thresholds } from './thresholds.js';

/** What one bucket showed, names × 1. NaN marks what is missing; such names are left out. */
export interface BucketOutcome {
  /** Move that factors leave, bps. */
  readonly residualBps: Float64Array;
  /** What the full model predicted of it, at the multiplier of the regime, and the part of that from own flow. */
  readonly predictedBps: Float64Array;
  readonly ownBps: Float64Array;
  /** Filtered flow, millions. */
  readonly flow: Float64Array;
}

/**
 * Watches the full model over the last buckets, whatever the level: what is not watched could not recover. It is shown a
 * bucket once its moves are known, and asked when the next one opens.
 */
export class ResidualMonitor {
  private readonly residual: TrailingWindow;
  private readonly self: TrailingWindow;
  private readonly cross: TrailingWindow;

  /** @param residualVolBps by name; a name with 0 has no scale and is left out of the z-score */
  constructor(
    private readonly residualVolBps: Float64Array,
    { windowBuckets }: Pick<Thresholds, 'windowBuckets'>,
  ) {
    this.residual = new TrailingWindow(windowBuckets);
    this.self = new TrailingWindow(windowBuckets);
    this.cross = new TrailingWindow(windowBuckets);
  }

  show(outcome: BucketOutcome): void {
    this.residual.push(signedResidual(outcome, this.residualVolBps));
    const { self, cross } = predictedCost(outcome);
    this.self.push(self);
    this.cross.push(cross);
  }

  /** Nothing is carried from one session to the next. */
  startSession(): void {
    for (const window of [this.residual, this.self, this.cross]) window.clear();
  }

  /** Positive where impact is larger than predicted. NaN with fewer than 30 buckets to judge by. */
  get residualZ(): number {
    return this.residual.zScore(LEAST_OBSERVATIONS);
  }

  /** |cross| / (self + |cross|) of the predicted cost of the window; NaN where nothing traded. One bucket's share is noise. */
  get crossShare(): number {
    const cross = Math.abs(this.cross.sum);
    const whole = this.self.sum + cross;
    return whole > 0 ? cross / whole : Number.NaN;
  }
}

/**
 * Mean over names of `(realised − predicted) · sign(predicted)`, each in units of its residual volatility; NaN where no name
 * has a move and a prediction. Names of one bucket are one observation: their residuals move together.
 */
function signedResidual({ residualBps, predictedBps }: BucketOutcome, residualVolBps: Float64Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < residualBps.length; i++) {
    const direction = Math.sign(predictedBps[i]);
    const value = ((residualBps[i] - predictedBps[i]) * direction) / residualVolBps[i];
    if (!Number.isFinite(value) || direction === 0) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** bps × millions of the flow at its predicted moves. */
export function predictedCost({ predictedBps, ownBps, flow }: Omit<BucketOutcome, 'residualBps'>) {
  let [self, cross] = [0, 0];
  for (let i = 0; i < flow.length; i++) {
    if (Number.isNaN(flow[i])) continue;
    self += flow[i] * ownBps[i];
    cross += flow[i] * (predictedBps[i] - ownBps[i]);
  }
  return { self, cross };
}

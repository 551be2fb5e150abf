import { type DenseMatrix, isSymmetric } from '../../numerics/dense.js';
import { studentBound } from '../../numerics/fisher.js';
import type { ConstraintStep } from './projectModel.js';

/** An entry that a constraint took out of its own interval. Numbers are bps per million. */
export interface MovedOut {
  /** Row and column; equal for a self impact. */
  readonly names: readonly [number, number];
  readonly raw: number;
  /** 95 % interval of the raw estimate: by itself for a self impact, for all links together for a link. */
  readonly low: number;
  readonly high: number;
  readonly shrunk: number;
  readonly published: number;
  /** The first under which the entry lies outside. */
  readonly constraint: ConstraintStep['constraint'];
}

interface MovedOutInput {
  /** N×N, bps per million: without penalty, and its standard errors; 0 where none is known, which nothing is compared with. */
  readonly raw: DenseMatrix;
  readonly standardErrors: DenseMatrix;
  /** Of Student's t: groups of folds less one, or buckets less names for errors of independent residuals. */
  readonly degrees: number;
  /** The model under one constraint more at a time: the first step is what was projected, the last is published. */
  readonly steps: readonly Pick<ConstraintStep, 'constraint' | 'K'>[];
}

/** Probability that an interval misses what it estimates. */
const MISS = 0.05;

/**
 * Entries that lay in their interval as they were shrunk and do not as they are published (MODEL §4): a constraint that
 * contradicts what was measured, not noise that it took away. Self impacts are judged one by one, links at a rate for all of
 * them together (Bonferroni).
 */
export function movedOut({ raw, standardErrors, degrees, steps }: MovedOutInput): MovedOut[] {
  const n = raw.rows;
  const reachOfSelf = studentBound(MISS, Math.max(1, degrees));
  const reachOfLink = n > 1 ? studentBound(MISS / ((n * (n - 1)) / 2), Math.max(1, degrees)) : 0;
  const found: MovedOut[] = [];
  for (let k = 0; k < n * n; k++) {
    const names = [Math.floor(k / n), k % n] as const;
    const error = standardErrors.data[k];
    if (!(error > 0)) continue;
    const reach = (names[0] === names[1] ? reachOfSelf : reachOfLink) * error;
    const [low, high] = [raw.data[k] - reach, raw.data[k] + reach];
    const isOutside = ({ K }: Pick<ConstraintStep, 'K'>) => K.data[k] < low || K.data[k] > high;
    const [shrunk, published] = [steps[0], steps[steps.length - 1]];
    if (isOutside(shrunk) || !isOutside(published)) continue;
    const { constraint } = steps.find(isOutside)!;
    found.push({
      names,
      raw: raw.data[k],
      low,
      high,
      shrunk: shrunk.K.data[k],
      published: published.K.data[k],
      constraint,
    });
  }
  return isSymmetric(raw) ? found.filter(({ names: [i, j] }) => i <= j) : found;
}

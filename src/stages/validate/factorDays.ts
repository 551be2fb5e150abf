import type { FoldMoments } from '../../model/moments.js';
import type { OddImpact } from '../../model/oddImpact.js';
import { type DenseMatrix, multiply, submatrix, zeros } from '../../numerics/dense.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { gramInverse } from '../../numerics/leastSquares.js';
import { median } from '../../numerics/statistics.js';
import { type DayValues, oddDays } from './dayRatios.js';

interface DaySums {
  /** (1+F)² and (1+F)×N: `Σ [1,x][1,x]ᵀ` and `Σ [1,x] rᵀ`. */
  readonly square: DenseMatrix;
  readonly cross: DenseMatrix;
  readonly moveSquare: Float64Array;
  buckets: number;
}

/** A factor whose variance on a day is less than this share of its mean square does not move. */
const STILL = 1e-12;

/**
 * Factors day by day: one that does not move, or that the names follow otherwise than on other days (its sign the wrong way round,
 * another factor under its name), leaves on these days in the moves what it takes out on others, and links take it up. Loadings of a
 * day are measured along the median loadings, names weighed by the variance of what is left of their moves. Sums folds as they pass.
 */
export class FactorDays {
  private readonly sums = new Map<string, DaySums>();

  add({ label, names, factors, buckets, zz, zr, rr }: FoldMoments): void {
    const controls = Array.from({ length: 1 + factors }, (_, a) => a);
    const [date] = label.split('/');
    let sums = this.sums.get(date);
    if (!sums) {
      const room = { square: zeros(1 + factors), cross: zeros(1 + factors, names) };
      sums = { ...room, moveSquare: new Float64Array(names), buckets: 0 };
      this.sums.set(date, sums);
    }
    sums.buckets += buckets;
    addTo(sums.square.data, submatrix(zz, controls).data);
    addTo(sums.cross.data, zr.data.subarray(0, sums.cross.data.length));
    for (let i = 0; i < names; i++) sums.moveSquare[i] += rr.data[i * (names + 1)];
  }

  /** @param factors their names */
  odd(factors: readonly string[]): OddImpact[] {
    const days = [...this.sums].map(([date, sums]) => loadingsOf(date, sums));
    const still = days.flatMap(({ date, isStill }) =>
      factors.flatMap((symbol, f) => (isStill[f] ? [{ symbol, where: date, kind: 'factor' as const, ratio: 0 }] : [])),
    );
    return [...still, ...oddDays(factors, alongMedian(days, factors.length), 'factor')];
  }
}

function addTo(sum: Float64Array, values: Float64Array): void {
  for (let k = 0; k < sum.length; k++) sum[k] += values[k];
}

interface DayLoadings {
  readonly date: string;
  readonly isStill: readonly boolean[];
  /** (1+F)×N. */
  readonly loadings: DenseMatrix;
  /** N, and 1+F: the variance of a loading is their product. */
  readonly residualVariance: Float64Array;
  readonly inverse: Float64Array;
}

function loadingsOf(date: string, { square, cross, moveSquare, buckets }: DaySums): DayLoadings {
  const width = square.rows;
  const { inverse } = gramInverse(square);
  const loadings = multiply(inverse, cross);
  const residualVariance = moveSquare.map((whole, i) => {
    let explained = 0;
    for (let a = 0; a < width; a++) explained += loadings.data[a * cross.cols + i] * cross.data[a * cross.cols + i];
    return Math.max(0, whole - explained) / buckets;
  });
  const isStill = Array.from({ length: width - 1 }, (_, f) => {
    const sum = square.data[f + 1];
    const whole = square.data[(f + 1) * (width + 1)];
    return !(whole - squared(sum) / buckets > STILL * whole);
  });
  const diagonal = Float64Array.from({ length: width }, (_, a) => inverse.data[a * (width + 1)]);
  return { date, isStill, loadings, residualVariance, inverse: diagonal };
}

/** By factor: `Σ w_i b_i b̄_i / Σ w_i b̄_i²`, b̄ the median over the days on which the factor moves; residuals as if independent. */
function alongMedian(days: readonly DayLoadings[], factors: number): DayValues[] {
  const [first] = days;
  const names = first?.residualVariance.length ?? 0;
  const usualVariance = Array.from({ length: names }, (_, i) => median(days.map((day) => day.residualVariance[i])));
  const weights = usualVariance.map((variance) => (variance > 0 ? 1 / variance : 0));
  const out = days.map(({ date }) => ({
    date,
    values: new Float64Array(factors).fill(Number.NaN),
    standardErrors: new Float64Array(factors),
  }));
  for (let f = 0; f < factors; f++) {
    const at = (day: DayLoadings, i: number) => day.loadings.data[(f + 1) * names + i];
    const moving = days.filter(({ isStill }) => !isStill[f]);
    const usual = weights.map((_, i) => median(moving.map((day) => at(day, i))));
    const size = weights.reduce((sum, w, i) => sum + w * squared(usual[i]), 0);
    if (!(size > 0)) continue;
    days.forEach((day, d) => {
      if (day.isStill[f]) return;
      let [along, variance] = [0, 0];
      for (let i = 0; i < names; i++) {
        along += weights[i] * at(day, i) * usual[i];
        variance += squared(weights[i] * usual[i]) * day.residualVariance[i] * day.inverse[f + 1];
      }
      out[d].values[f] = along / size;
      out[d].standardErrors[f] = Math.sqrt(variance) / size;
    });
  }
  return out;
}

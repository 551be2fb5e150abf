import { log2, pow } from '../../numerics/elementary/elementary.js';
import { median } from '../../numerics/statistics.js';
import type { ConcaveParams } from '../../stages/fit/calibration.js';

/** A concave shape for all names. */
export interface ConcaveShape {
  readonly power: number;
  /** s over the typical flow of a bucket in which a name trades. */
  readonly scale: number;
  /** Per bucket, of every term. */
  readonly decay: readonly number[];
  /** Whether links are modes, concave as well, and nothing is linear. */
  readonly concaveLinks: boolean;
}

/** Flow of a bucket in which a name trades, and where its impact bends. */
export interface TypicalFlow {
  /** N, millions, at reference depth where flow is scaled by it. */
  readonly typical: Float64Array;
  /** N: s, in the same unit. */
  readonly scales: Float64Array;
  /** N: s in the unit of a day's own moments, and what makes the one of the other. */
  readonly dayScales: Float64Array;
  readonly factor: Float64Array;
}

/**
 * Medians over the days of a window. Where impact bends goes by powers of two, so that a day's moments serve many nights.
 * @param sizes by day and name, in the unit of the day's moments; `null` for a name that does not trade
 * @param factors by day and name: what the unit of a day is multiplied by
 */
export function typicalOf(
  sizes: readonly (readonly (number | null)[])[],
  factors: readonly Float64Array[],
  scale: number,
): TypicalFlow {
  const names = factors[0].length;
  const middle = (values: readonly number[]) => (values.length > 0 ? median([...values]) : Number.NaN);
  const known = (i: number, by: (d: number) => number) =>
    middle(sizes.flatMap((day, d) => (day[i] === null ? [] : day[i] * by(d))));
  const range = Array.from({ length: names }, (_, i) => i);
  const factor = Float64Array.from(range, (i) => factors.map((day) => day[i]).find((f) => f !== 1) ?? 1);
  const typical = withUsual(Float64Array.from(range, (i) => known(i, (d) => factors[d][i])));
  const ofDay = withUsual(Float64Array.from(range, (i) => known(i, () => 1)));
  const dayScales = ofDay.map((size) => pow(2, Math.round(log2(scale * size))));
  return { typical, dayScales, factor, scales: dayScales.map((s, i) => s * factor[i]) };
}

/** The nearest power of √2, to the same bits wherever it is taken; 0 for 0. */
export const halfPower = (value: number): number => (value > 0 ? Math.sqrt(pow(2, Math.round(2 * log2(value)))) : 0);

/** A name that never trades is taken to be as others are. */
function withUsual(values: Float64Array): Float64Array {
  const known = values.filter((value) => value > 0);
  const usual = known.length > 0 ? median([...known]) : 1;
  return values.map((value) => (value > 0 ? value : usual));
}

/** The shapes in the unit of a day's own moments; a name without depth on the day has its flow as it is. */
export function ofDay(
  { basis }: ConcaveParams,
  { dayScales, factor }: TypicalFlow,
  factorOfDay: Float64Array,
): ConcaveParams['basis'] {
  return {
    ...basis,
    scales: dayScales.map((s, i) => (factorOfDay[i] === factor[i] ? s : (s * factor[i]) / factorOfDay[i])),
    modes: basis.modes.map((mode) => ({
      ...mode,
      direction: mode.direction.map((q, i) =>
        factorOfDay[i] === factor[i] ? Math.sign(q) * halfPower(Math.abs(q) * factor[i]) : q * factorOfDay[i],
      ),
    })),
  };
}

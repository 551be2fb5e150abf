import type { Diagnosis } from '../../model/diagnosis.js';
import { type RegimeSample, regimeCell, regimeEdges } from '../replay/regimes.js';
import { ALARM_RATE, digits, judged, unjudged, worst } from './diagnosis.js';
import { type GroupEstimate, homogeneityTest } from './homogeneity.js';

const MODE = 'regime portability';

/** A difference between regimes of less than this share of impact is within the noise of any scale. */
const SMALLEST_SPREAD = 0.1;

/** Welch’s test keeps its level from about five members a group on. */
const MIN_CELL_STRETCHES = 5;

/** Sums of one stretch of five minutes inside a cell. */
interface StretchSums {
  cross: number;
  square: number;
  surplus: number;
  buckets: number;
}

interface Cell {
  readonly cell: string;
  readonly slope: GroupEstimate;
  readonly drift: GroupEstimate;
  readonly buckets: number;
}

/**
 * Whether one size of impact serves every state of the market: realised on predicted impact, and what the model leaves
 * (drift, standard deviations per bucket), in the cells of spread × volatility × crowding of the regime table. Each must be
 * the same in all cells that were seen often enough, by a chi-square test of homogeneity at half the rate.
 */
export function regimePortability(samples: readonly RegimeSample[]): Diagnosis {
  const cells = regimeCells(samples);
  const detail = cells.map(({ cell, slope, drift, buckets }) => ({
    cell,
    slope: slope.value,
    slopeError: slope.standardError,
    drift: drift.value,
    driftError: drift.standardError,
    buckets,
  }));
  const judgedCells = cells.filter(
    ({ slope, drift }) => slope.stretches >= MIN_CELL_STRETCHES && slope.standardError > 0 && drift.standardError > 0,
  );
  const slopes = homogeneityTest(
    judgedCells.map(({ slope }) => slope),
    ALARM_RATE / 2,
  );
  const drifts = homogeneityTest(
    judgedCells.map(({ drift }) => drift),
    ALARM_RATE / 2,
  );
  if (!slopes || !drifts)
    return unjudged(
      MODE,
      'not enough data',
      `${judgedCells.length} of ${cells.length} states of the market were seen in ${MIN_CELL_STRETCHES} stretches or more`,
      detail,
    );
  const values = judgedCells.map(({ slope }) => slope.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const isMaterial = high - low >= SMALLEST_SPREAD * Math.abs(high + low) * 0.5;
  const test = worst([isMaterial ? slopes : { ...slopes, value: 0 }, drifts])!;
  const evidence =
    `realised on predicted impact runs from ${digits(low)} to ${digits(high)} over ${judgedCells.length} states of the market ` +
    `(F ${digits(slopes.value)} against ${digits(slopes.bound)}); drift left by the model: F ${digits(drifts.value)} against ${digits(drifts.bound)}`;
  return judged(MODE, test, evidence, detail);
}

function regimeCells(samples: readonly RegimeSample[]): Cell[] {
  if (samples.length === 0) return [];
  const edges = regimeEdges(samples);
  const cells = new Map<string, Map<string, StretchSums>>();
  samples.forEach((sample, d) => {
    sample.cross.forEach((cross, k) => {
      const state = { spread: sample.spread[k], volatility: sample.volatility[k], crowding: sample.crowding[k] };
      const cell = regimeCell(state, edges);
      const stretches = cells.get(cell) ?? new Map<string, StretchSums>();
      cells.set(cell, stretches);
      const key = `${d}/${sample.cluster[k]}`;
      const sums = stretches.get(key) ?? { cross: 0, square: 0, surplus: 0, buckets: 0 };
      stretches.set(key, sums);
      sums.cross += cross;
      sums.square += sample.square[k];
      sums.surplus += sample.surplus[k];
      sums.buckets++;
    });
  });
  return [...cells]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cell, stretches]) => {
      const sums = [...stretches.values()];
      return {
        cell,
        slope: ratio(
          sums,
          (s) => s.cross,
          (s) => s.square,
        ),
        drift: ratio(
          sums,
          (s) => s.surplus,
          (s) => s.buckets,
        ),
        buckets: sums.reduce((total, s) => total + s.buckets, 0),
      };
    });
}

/**
 * Ratio of two sums, with the error that its stretches give it. A state that fills few stretches and touches many is known no
 * better than the few: stretches count as many as ones of equal weight would be.
 */
function ratio(
  sums: readonly StretchSums[],
  above: (sums: StretchSums) => number,
  below: (sums: StretchSums) => number,
): GroupEstimate {
  const base = sums.reduce((total, s) => total + below(s), 0);
  if (!(base > 0)) return { value: 0, standardError: 0, stretches: 0 };
  const stretches = base ** 2 / sums.reduce((total, s) => total + below(s) ** 2, 0);
  const value = sums.reduce((total, s) => total + above(s), 0) / base;
  const spread = sums.reduce((total, s) => total + (above(s) - value * below(s)) ** 2, 0);
  const correction = stretches > 1 ? stretches / (stretches - 1) : 1;
  return { value, standardError: Math.sqrt(correction * spread) / base, stretches };
}

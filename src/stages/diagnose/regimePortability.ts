import type { Diagnosis } from '../../model/diagnosis.js';
import { squared } from '../../numerics/elementary/elementary.js';
import { studentReach } from '../../numerics/statistics.js';
import { type RegimeSample, regimeCell, regimeEdges, regimeTable } from '../replay/regimes.js';
import { ALARM_RATE, digits, type Effect, judged, largest, NAME_ORDERS, unjudged, worst } from './diagnosis.js';
import { type GroupEstimate, homogeneityTest } from './homogeneity.js';

const MODE = 'regime portability';

/** Welch’s test keeps its level from about five members a group on. */
const MIN_CELL_STRETCHES = 5;

/** A state with a smaller share of all predicted impact than this holds no order. */
const SMALLEST_SHARE = 0.02;

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
  /** Σ predicted², in units of residual variance. */
  readonly square: number;
  readonly buckets: number;
}

/**
 * Whether one size of impact serves every state of the market: realised on predicted impact, and what the model leaves
 * (drift, standard deviations per bucket), in the cells of spread × volatility × crowding of the regime table. Each must be
 * the same in all cells that were seen often enough, by a chi-square test of homogeneity at half the rate.
 *
 * The effect is what is left after the multipliers m that the artifact publishes, for an order that is worked in the worst
 * state. Size: with slopes β and β̄ their mean by predicted impact, `β/(β̄ m) − 1`; a regime that the multipliers capture is
 * priced, one beyond their bounds or too seldom seen is not. Drift: with d the drift of a state beyond the mean of all,
 * summed over names, and k² the mean of predicted² by name, a name drifts by d/N a bucket while flow of a typical bucket
 * moves it by k; both grow alike with the length of an order, so `d/(N k)` is a share of its cost.
 *
 * @param names N: how many the sums of a bucket run over
 */
export function regimePortability(samples: readonly RegimeSample[], names: number): Diagnosis {
  const cells = regimeCells(samples);
  const multipliers = new Map(regimeTable(samples).cells.map(({ cell, multiplier }) => [cell, multiplier]));
  const detail = cells.map(({ cell, slope, drift, buckets }) => ({
    cell,
    slope: slope.value,
    slopeError: slope.standardError,
    multiplier: multipliers.get(cell) ?? 1,
    drift: drift.value,
    driftError: drift.standardError,
    buckets,
  }));
  const judgedCells = cells.filter(
    ({ slope, drift }) => slope.stretches >= MIN_CELL_STRETCHES && slope.standardError > 0 && drift.standardError > 0,
  );
  const test = (of: (cell: Cell) => GroupEstimate) => homogeneityTest(judgedCells.map(of), ALARM_RATE / 2);
  const [slopes, drifts] = [test(({ slope }) => slope), test(({ drift }) => drift)];
  const centre = meanSlope(cells);
  if (!slopes || !drifts || !(centre > 0))
    return unjudged(
      MODE,
      'not enough data',
      `${judgedCells.length} of ${cells.length} states of the market were seen in ${MIN_CELL_STRETCHES} stretches or more`,
      detail,
    );
  const values = judgedCells.map(({ slope }) => slope.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const held = judgedCells.filter(holdsOrders(cells));
  const { effect, ...top } = worst([
    { ...slopes, effect: sizeLeft(held, centre, multipliers) },
    { ...drifts, effect: driftOfOrders(held, cells, names) },
  ])!;
  const evidence =
    `realised on predicted impact runs from ${digits(low)} to ${digits(high)} over ${judgedCells.length} states of the market ` +
    `(F ${digits(slopes.value)} against ${digits(slopes.bound)}); drift left by the model: F ${digits(drifts.value)} against ${digits(drifts.bound)}`;
  return judged(MODE, top, effect, evidence, detail);
}

const sumOver = (cells: readonly Cell[], of: (cell: Cell) => number): number =>
  cells.reduce((sum, cell) => sum + of(cell), 0);

/** By predicted impact, of all cells: what an order that meets every state is priced by. */
function meanSlope(cells: readonly Cell[]): number {
  const weight = sumOver(cells, ({ square }) => square);
  return weight > 0 ? sumOver(cells, ({ square, slope }) => square * slope.value) / weight : 0;
}

function holdsOrders(cells: readonly Cell[]): (cell: Cell) => boolean {
  const whole = sumOver(cells, ({ square }) => square);
  return ({ square }) => square >= SMALLEST_SHARE * whole;
}

/** In the state in which it is largest. */
function sizeLeft(held: readonly Cell[], centre: number, multipliers: ReadonlyMap<string, number>): Effect {
  const left = held.map(({ cell, slope }): Effect => {
    const price = centre * (multipliers.get(cell) ?? 1);
    const reach = (studentReach(0.9, slope.stretches - 1) * slope.standardError) / price;
    return { relative: slope.value / price - 1, reach, orders: `orders worked in ${words(cell)}` };
  });
  return largest(left, ({ relative }) => Math.abs(relative)) ?? { relative: 0, orders: NAME_ORDERS };
}

function driftOfOrders(held: readonly Cell[], cells: readonly Cell[], names: number): Effect {
  const buckets = sumOver(cells, (cell) => cell.buckets);
  const mean = sumOver(cells, (cell) => cell.buckets * cell.drift.value) / buckets;
  const typical = Math.sqrt(sumOver(cells, ({ square }) => square) / (names * buckets));
  const drifts = held.map(({ cell, drift }): Effect => {
    const reach = (studentReach(0.9, drift.stretches - 1) * drift.standardError) / (names * typical);
    return {
      relative: Math.abs(drift.value - mean) / (names * typical),
      reach,
      orders: `orders worked in ${words(cell)}`,
      isBothWays: true,
    };
  });
  return largest(drifts, ({ relative }) => relative) ?? { relative: 0, orders: NAME_ORDERS };
}

/** `spread:high|volatility:low` as `high spread, low volatility`. */
const words = (cell: string): string =>
  cell
    .split('|')
    .map((state) => state.split(':').reverse().join(' '))
    .join(', ');

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
        square: sums.reduce((total, s) => total + s.square, 0),
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
  const stretches = squared(base) / sums.reduce((total, s) => total + squared(below(s)), 0);
  const value = sums.reduce((total, s) => total + above(s), 0) / base;
  const spread = sums.reduce((total, s) => total + squared(above(s) - value * below(s)), 0);
  const correction = stretches > 1 ? stretches / (stretches - 1) : 1;
  return { value, standardError: Math.sqrt(correction * spread) / base, stretches };
}

import type { Diagnosis } from '../../model/diagnosis.js';
import { studentBound } from '../../numerics/fisher.js';
import { quantile } from '../../numerics/statistics.js';
import { inverseVariance } from '../replay/replay.js';
import { ALARM_RATE, digits, judged, unjudged } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import { flowRows, type ReplayedDay } from './replayedDay.js';
import {
  addRow,
  coefficients,
  estimateOf,
  MIN_STRETCHES,
  type StretchRegression,
  stretchOfBuckets,
  stretchRegression,
} from './stretches.js';

const MODE = 'aggressive tails';

/** Bands of own flow size, by quantile among the buckets in which the name trades; the last one is the tail. */
const BANDS = [0, 0.5, 0.9, 1];
const TAIL = BANDS.length - 2;
/** Column of what links predict, which may be wrong in size too and is not judged here. */
const LINKS = TAIL + 1;

/**
 * Share of the slope below the tail. What an unrecorded factor leaves in the moves goes with whether a name trades, not with
 * how much, and looks like a fall of a tenth; impact that is the root of flow falls by a third (both measured on simulations).
 */
const SMALLEST_FALL = 0.2;

/** Fewer trades than this in a band do not place its slope. */
const MIN_TRADES = 30;

/**
 * Whether impact falls behind its prediction where own flow is largest: realised on predicted own impact in the top decile
 * of flow by name, less the same among the smaller ones. One-sided t test over stretches of ten minutes: impact that is
 * concave in size goes red, so that orders would be sliced too finely and large ones costed too dearly.
 */
export function aggressiveTails(samples: readonly ReplayedDay[]): Diagnosis {
  const regression = stretchRegression(BANDS.length);
  const names = mostTraded(samples.map(({ day }) => day));
  const trades = new Int32Array(BANDS.length - 1);
  let stretch = 0;
  for (const sample of samples) {
    const { of, next } = stretchOfBuckets(sample.day.grid, stretch);
    addSample(regression, sample, names, of, trades);
    stretch = next;
  }
  const stretches = regression.stretches.size;
  if (stretches < MIN_STRETCHES || trades.some((t) => t < MIN_TRADES))
    return unjudged(
      MODE,
      'not enough data',
      `${stretches} stretches of ten minutes, ${trades[TAIL]} trades in the top decile`,
    );
  const fit = coefficients(regression);
  const body = (c: Float64Array) => c.slice(0, TAIL).reduce((sum, slope) => sum + slope, 0) / TAIL;
  const fall = estimateOf(fit, (c) => body(c) - c[TAIL]);
  const slope = body(fit.whole);
  const isMaterial = fall.value >= SMALLEST_FALL * Math.abs(slope);
  const t = fall.standardError > 0 ? fall.value / fall.standardError : 0;
  const bound = studentBound(2 * ALARM_RATE, stretches - 1);
  const detail = Array.from(trades, (count, b) => {
    const { value, standardError } = estimateOf(fit, (c) => c[b]);
    return { fromQuantile: BANDS[b], toQuantile: BANDS[b + 1], trades: count, slope: value, standardError };
  });
  const evidence =
    `realised on predicted own impact is ${digits(fit.whole[TAIL])} in the top decile of flow and ${digits(slope)} below it ` +
    `(fall ${digits(fall.value)} ± ${digits(fall.standardError)}, t ${digits(t)} against ${digits(bound)})`;
  return judged(MODE, { value: isMaterial ? t : 0, bound }, evidence, detail);
}

/** One column per band: the prediction from own flow, where own flow is in that band; then that of links. */
function addSample(
  regression: StretchRegression,
  { day, replay }: ReplayedDay,
  names: readonly number[],
  stretchOf: Int32Array,
  trades: Int32Array,
): void {
  const n = replay.names;
  const flow = flowRows(day);
  const weight = inverseVariance(replay);
  for (const i of names) {
    const sizes = Float64Array.from({ length: day.grid.buckets }, (_, t) => Math.abs(flow[t * n + i]));
    const traded = sizes.filter((size) => size > 0);
    const edges = BANDS.slice(1, -1).map((q) => quantile(traded, q));
    for (let t = 0; t < day.grid.buckets; t++) {
      const at = t * n + i;
      const move = replay.residualBps[at];
      if (sizes[t] === 0 || Number.isNaN(move)) continue;
      const band = edges.filter((edge) => sizes[t] > edge).length;
      const row = new Float64Array(regression.width);
      row[band] = replay.ownBps[at];
      row[LINKS] = replay.predictedBps[at] - replay.ownBps[at];
      trades[band]++;
      addRow(regression, stretchOf[t], row, move, weight[i]);
    }
  }
}

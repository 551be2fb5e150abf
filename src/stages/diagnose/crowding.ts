import type { Diagnosis } from '../../model/diagnosis.js';
import { studentBound } from '../../numerics/fisher.js';
import { inverseVariance } from '../replay/replay.js';
import { ALARM_RATE, digits, judged, unjudged } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import { flowRows, inverseScales, type ReplayedDay, rowSum } from './replayedDay.js';
import {
  addRow,
  coefficients,
  estimateOf,
  MIN_STRETCHES,
  type StretchRegression,
  stretchOfBuckets,
  stretchRegression,
} from './stretches.js';

const MODE = 'crowding';

/** Less of the impact than this is not worth a scale of its own: it is within what regimes move it by. */
const SMALLEST_SHARE = 0.05;

/** Columns: prediction, flow of others in the name itself, flow of others in all other names. */
const WIDTH = 3;

interface Sides {
  same: number;
  all: number;
}

/**
 * Share of the impact that is the work of others on the same side. Moves are regressed on the prediction alone, then with
 * the market's flow beyond one's own beside it: where others trade with us and move the price, the prediction's coefficient
 * falls by what was theirs. One-sided t test of the fall over stretches of ten minutes. The tape is taken to hold own
 * fills too, so that flow read from the tape leaves nothing to be others'.
 */
export function crowding(samples: readonly ReplayedDay[]): Diagnosis {
  const regression = stretchRegression(WIDTH);
  const sides: Sides = { same: 0, all: 0 };
  const names = mostTraded(samples.map(({ day }) => day));
  let stretch = 0;
  let others = 0;
  for (const sample of samples) {
    const { of, next } = stretchOfBuckets(sample.day.grid, stretch);
    others += addSample(regression, sample, names, of, sides);
    stretch = next;
  }
  if (samples.length > 0 && others === 0)
    return unjudged(MODE, 'not applicable', 'no flow of others: the tape is the flow, or no tape was read');
  const count = regression.stretches.size;
  const alone = coefficients(regression, [0]);
  const beside = coefficients(regression);
  if (count < MIN_STRETCHES || !(alone.whole[0] > 0))
    return unjudged(MODE, 'not enough data', `${count} stretches of ten minutes in which own flow moves prices`);
  const without = alone.without.map((c, g) => Float64Array.of(c[0], beside.without[g][0]));
  const both = { whole: Float64Array.of(alone.whole[0], beside.whole[0]), without, ratios: alone.ratios };
  const fall = estimateOf(both, ([slope, held]) => slope - held);
  const share = fall.value / alone.whole[0];
  const t = fall.standardError > 0 && share >= SMALLEST_SHARE ? fall.value / fall.standardError : 0;
  // Twice the rate: the bound of a two-sided test, of which one side is of interest.
  const bound = studentBound(2 * ALARM_RATE, count - 1);
  const sameSide = sides.all > 0 ? sides.same / sides.all : 0;
  const evidence =
    `flow of others accounts for ${digits(100 * share)} % of measured impact ` +
    `(t ${digits(fall.standardError > 0 ? fall.value / fall.standardError : 0)} against ${digits(bound)}); ` +
    `${digits(100 * sameSide)} % of own flow had it on the same side`;
  return judged(MODE, { value: t, bound }, evidence, [
    {
      slopeAlone: alone.whole[0],
      slopeBesideOthers: beside.whole[0],
      share,
      standardError: fall.standardError / alone.whole[0],
      sameSideShare: sameSide,
      ownName: beside.whole[1],
      otherNames: beside.whole[2],
    },
  ]);
}

/** Returns how much flow of others there was. */
function addSample(
  regression: StretchRegression,
  { day, replay }: ReplayedDay,
  names: readonly number[],
  stretchOf: Int32Array,
  sides: Sides,
): number {
  const n = replay.names;
  const { grid, market } = day;
  const flow = flowRows(day);
  const excess = flow.map((own, k) => pressure(market.marketFlow[(k % n) * grid.buckets + Math.floor(k / n)], own));
  const scale = inverseScales(excess, n);
  for (let k = 0; k < excess.length; k++) excess[k] *= scale[k % n];
  const weight = inverseVariance(replay);
  const row = new Float64Array(WIDTH);
  for (let t = 0; t < grid.buckets; t++) {
    const common = rowSum(excess, n, t);
    for (const i of names) {
      const move = replay.residualBps[t * n + i];
      if (Number.isNaN(move)) continue;
      row[0] = replay.predictedBps[t * n + i] * Math.sqrt(weight[i]);
      row[1] = excess[t * n + i];
      row[2] = (common - excess[t * n + i]) / Math.sqrt(Math.max(1, n - 1));
      addRow(regression, stretchOf[t], row, move * Math.sqrt(weight[i]), 1);
      const own = Math.abs(flow[t * n + i]);
      sides.all += own;
      if (common * flow[t * n + i] > 0) sides.same += own;
    }
  }
  return scale.reduce((sum, s) => sum + s, 0);
}

/** Rounding of the tape is no flow of others. */
const ROUNDING = 1e-9;

function pressure(marketFlow: number, own: number): number {
  const rest = marketFlow - own;
  return Number.isNaN(rest) || Math.abs(rest) <= ROUNDING * Math.abs(own) ? 0 : rest;
}

import type { Diagnosis } from '../../model/diagnosis.js';
import { studentBound } from '../../numerics/fisher.js';
import { studentReach } from '../../numerics/statistics.js';
import { flowColumn, type OwnFlow, ownFlow } from '../replay/ownFlow.js';
import { inverseVariance } from '../replay/replay.js';
import { ALARM_RATE, BASKET_ORDERS, digits, type Finding, judged, NAME_ORDERS, unjudged, worst } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import { type BasketCost, basketCost, basketPrice, typicalFlow } from './orders.js';
import type { ReplayedDay } from './replayedDay.js';
import {
  addRow,
  type Coefficients,
  coefficients,
  estimateOf,
  MIN_STRETCHES,
  type StretchRegression,
  stretchOfBuckets,
  stretchRegression,
} from './stretches.js';

const MODE = 'crowding';

/** Columns: prediction from own flow and from links, flow of others in the name itself and in all other names. */
const [OWN, LINKS, OTHERS, OTHER_NAMES] = [0, 1, 2, 3];
const WIDTH = 4;

interface Sides {
  same: number;
  all: number;
}

/**
 * Share of the impact that is the work of others on the same side. Moves are regressed on the prediction alone, its own part
 * and its links apart, then with the market's flow beyond one's own beside it: where others trade with us and move the price,
 * the coefficients fall by what was theirs. One-sided t tests of what that takes off an order in one name and off a one-sided
 * basket, over stretches of ten minutes. The tape is taken to hold own fills too, so that flow read from the tape leaves
 * nothing to be others'. Buckets in which no tape was read say nothing and are left out.
 *
 * The effect is the share that falls away: with slopes a alone and h beside others, `(a_own − h_own)/a_own` of an order in one
 * name, and of a basket whose price is S self and X cross `((a_own − h_own) S + (a_links − h_links) X) / (a_own S + a_links X)`.
 * What was others' is not paid for by an order that they do not join.
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
  const alone = coefficients(regression, [OWN, LINKS]);
  const beside = coefficients(regression);
  if (count < MIN_STRETCHES || !(alone.whole[OWN] > 0))
    return unjudged(MODE, 'not enough data', `${count} stretches of ten minutes in which own flow moves prices`);
  const falls = orderFalls(slopesOf(alone, beside), basketOf(samples), count);
  const { value, bound, effect } = worst(falls)!;
  const sameSide = sides.all > 0 ? sides.same / sides.all : 0;
  const evidence =
    `flow of others accounts for ${digits(-100 * falls[0].effect.relative)} % of measured own impact ` +
    `(t ${digits(value)} against ${digits(bound)}); ${digits(100 * sameSide)} % of own flow had it on the same side`;
  return judged(MODE, { value, bound }, effect, evidence, [
    {
      slopeAlone: alone.whole[OWN],
      slopeBesideOthers: beside.whole[OWN],
      linksAlone: alone.whole[LINKS],
      linksBesideOthers: beside.whole[LINKS],
      share: -falls[0].effect.relative,
      sameSideShare: sameSide,
      ownName: beside.whole[OTHERS],
      otherNames: beside.whole[OTHER_NAMES],
    },
  ]);
}

/** Own slope and that of links alone, then the same beside flow of others. */
function slopesOf(alone: Coefficients, beside: Coefficients): Coefficients {
  const joined = (a: Float64Array, b: Float64Array) => Float64Array.of(a[OWN], a[LINKS], b[OWN], b[LINKS]);
  return {
    whole: joined(alone.whole, beside.whole),
    without: alone.without.map((a, g) => joined(a, beside.without[g])),
    ratios: alone.ratios,
  };
}

function basketOf(samples: readonly ReplayedDay[]): BasketCost {
  return basketCost(samples[samples.length - 1].model.K, typicalFlow(samples.map(({ day }) => day)));
}

/** For an order in one name, then for a basket. */
function orderFalls(slopes: Coefficients, { self, cross }: BasketCost, stretches: number): Finding[] {
  // The bound of two two-sided tests, of which one side each is of interest.
  const bound = studentBound(ALARM_RATE, stretches - 1);
  const reach = studentReach(0.9, stretches - 1);
  const finding = (orders: string, S: number, X: number): Finding => {
    const [own, links] = slopes.whole;
    const price = basketPrice({ self: own * S, cross: links * X });
    const fall = estimateOf(slopes, ([a, b, heldOwn, heldLinks]) => ((a - heldOwn) * S + (b - heldLinks) * X) / price);
    const value = fall.standardError > 0 ? fall.value / fall.standardError : 0;
    return { value, bound, effect: { relative: -fall.value, reach: reach * fall.standardError, orders } };
  };
  return [finding(NAME_ORDERS, 1, 0), ...(self > 0 ? [finding(BASKET_ORDERS, self, cross)] : [])];
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
  const { grid } = day;
  const flow = ownFlow(day);
  const { common, others, total } = othersOf(day, flow, names);
  const columns = names.map((i) => flowColumn(flow, i));
  const roots = inverseVariance(replay).map(Math.sqrt);
  const spread = Math.sqrt(Math.max(1, n - 1));
  const row = new Float64Array(WIDTH);
  for (let t = 0; t < grid.buckets; t++) {
    for (let k = 0; k < names.length; k++) {
      const at = t * n + names[k];
      const root = roots[names[k]];
      const move = replay.residualBps[at];
      const theirs = others[k][t];
      if (Number.isNaN(move) || Number.isNaN(theirs)) continue;
      row[OWN] = replay.ownBps[at] * root;
      row[LINKS] = (replay.predictedBps[at] - replay.ownBps[at]) * root;
      row[OTHERS] = theirs;
      row[OTHER_NAMES] = (common[t] - theirs) / spread;
      addRow(regression, stretchOf[t], row, move * root, 1);
      const own = Math.abs(columns[k][t]);
      sides.all += own;
      if (common[t] * columns[k][t] > 0) sides.same += own;
    }
  }
  return total;
}

/** Flow of others, each name's over the root of its mean square. */
interface OthersFlow {
  /** By bucket, of all names; where no tape was read it counts nothing. */
  readonly common: Float64Array;
  /** By name asked for and bucket; NaN where no tape was read. */
  readonly others: readonly Float64Array[];
  /** Sum of the scales: zero where there is none at all. */
  readonly total: number;
}

/** Name by name, as the tape lies. */
function othersOf({ grid, market }: ReplayedDay['day'], flow: OwnFlow, names: readonly number[]): OthersFlow {
  const { buckets } = grid;
  const common = new Float64Array(buckets);
  const scratch = new Float64Array(buckets);
  const others: Float64Array[] = [];
  let total = 0;
  for (let i = 0; i + 1 < flow.start.length; i++) {
    const rest = flowColumn(flow, i, 1, scratch);
    takeFrom(market.marketFlow.subarray(i * buckets, (i + 1) * buckets), rest);
    const square = sumOfSquares(rest);
    const scale = square > 0 ? Math.sqrt(buckets / square) : 0;
    scaleAndAdd(rest, scale, common);
    if (names.includes(i)) others.push(rest.slice());
    total += scale;
  }
  return { common, others, total };
}

/** Rounding of the tape is no flow of others. */
const ROUNDING = 1e-9;

/** Flow of others in place of own flow; NaN where no tape was read. */
function takeFrom(marketFlow: Float64Array, own: Float64Array): void {
  for (let t = 0; t < own.length; t++) {
    const rest = marketFlow[t] - own[t];
    own[t] = Math.abs(rest) <= ROUNDING * Math.abs(own[t]) ? 0 : rest;
  }
}

function sumOfSquares(values: Float64Array): number {
  let sum = 0;
  for (let t = 0; t < values.length; t++) if (!Number.isNaN(values[t])) sum += values[t] * values[t];
  return sum;
}

function scaleAndAdd(values: Float64Array, scale: number, sum: Float64Array): void {
  for (let t = 0; t < values.length; t++) {
    values[t] *= scale;
    if (!Number.isNaN(values[t])) sum[t] += values[t];
  }
}

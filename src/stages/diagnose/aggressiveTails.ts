import type { Diagnosis } from '../../model/diagnosis.js';
import { studentBound } from '../../numerics/fisher.js';
import { quantile, studentReach } from '../../numerics/statistics.js';
import { flowColumn, ownFlow } from '../replay/ownFlow.js';
import { inverseVariance } from '../replay/replay.js';
import { ALARM_RATE, digits, judged, NAME_ORDERS, unjudged } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import type { ReplayedDay } from './replayedDay.js';
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

/** Fewer trades than this in a band do not place its slope. */
const MIN_TRADES = 30;

/**
 * Whether impact falls behind its prediction where own flow is largest: realised on predicted own impact in the top decile
 * of flow by name, less the same among the smaller ones. One-sided t test over stretches of ten minutes: impact that is
 * concave in size is significant, so that orders would be sliced too finely and large ones costed too dearly.
 *
 * The effect: with a share w of what flow is priced at (own prediction times flow) in the top decile, slope β there and β'
 * below it, the slope of all flow is `wβ + (1−w)β'`. An order of the size that flow has on average is priced right by it; in
 * the decile it is off by `β/slope − 1`, below it the other way. By weight that is `2 w (1−w) |β' − β| / slope`: half of it is
 * what large slices are priced too dear, half what small ones are priced too cheap. Orders in one name alone: a basket's
 * links are not judged by size.
 */
export function aggressiveTails(samples: readonly ReplayedDay[]): Diagnosis {
  const regression = stretchRegression(BANDS.length);
  const names = mostTraded(samples.map(({ day }) => day));
  const tally: Tally = { trades: new Int32Array(BANDS.length - 1), money: new Float64Array(BANDS.length - 1) };
  let stretch = 0;
  for (const sample of samples) {
    const { of, next } = stretchOfBuckets(sample.day.grid, stretch);
    addSample(regression, sample, names, of, tally);
    stretch = next;
  }
  const stretches = regression.stretches.size;
  const { trades } = tally;
  const fit = coefficients(regression);
  const { share, body } = sizesOf(tally);
  const whole = share * fit.whole[TAIL] + (1 - share) * body(fit.whole);
  if (stretches < MIN_STRETCHES || trades.some((t) => t < MIN_TRADES) || !(whole > 0))
    return unjudged(
      MODE,
      'not enough data',
      `${stretches} stretches of ten minutes, ${trades[TAIL]} trades in the top decile`,
    );
  const fall = estimateOf(fit, (c) => body(c) - c[TAIL]);
  const t = fall.standardError > 0 ? fall.value / fall.standardError : 0;
  const bound = studentBound(2 * ALARM_RATE, stretches - 1);
  const detail = Array.from(trades, (count, b) => {
    const { value, standardError } = estimateOf(fit, (c) => c[b]);
    return { fromQuantile: BANDS[b], toQuantile: BANDS[b + 1], trades: count, slope: value, standardError };
  });
  const evidence =
    `realised on predicted own impact is ${digits(fit.whole[TAIL])} in the top decile of flow, which is ` +
    `${digits(100 * share)} % of what flow is priced at, and ${digits(body(fit.whole))} below it ` +
    `(fall ${digits(fall.value)} ± ${digits(fall.standardError)}, t ${digits(t)} against ${digits(bound)})`;
  const misplaced = (2 * share * (1 - share)) / whole;
  const effect = {
    relative: misplaced * fall.value,
    reach: studentReach(0.9, stretches - 1) * misplaced * fall.standardError,
    orders: NAME_ORDERS,
    isBothWays: true,
  };
  const diagnosis = judged(MODE, { value: t, bound }, effect, evidence, detail);
  return samples.some(({ model }) => model.concave) ? { ...diagnosis, remedy: remedyOfConcave(detail) } : diagnosis;
}

/** Where impact bends already, what is left is said band by band. */
function remedyOfConcave(detail: readonly { readonly toQuantile: number; readonly slope: number }[]): string {
  const bands = detail.map(({ toQuantile, slope }, b) => {
    const where = b === detail.length - 1 ? 'above that' : `up to the ${100 * toQuantile} % size`;
    return `${digits(slope)} ${where}`;
  });
  return (
    `impact is concave already; realised on predicted is still ${bands.join(', ')}, and the response by size in the report ` +
    'shows where: keep slices to sizes whose slope is near one, hysteresis bands and a cap on the change of aggression per step; ' +
    'a concave flow (flow.concavity: auto) may fit better and withholds the certificate'
  );
}

interface Tally {
  readonly trades: Int32Array;
  /** Own prediction times own flow, by band. */
  readonly money: Float64Array;
}

/** Share of the tail in what flow is priced at, and the slope below it: bands by what they are priced at. */
function sizesOf({ money }: Tally) {
  const priced = money.map((m) => Math.max(0, m));
  const below = priced.slice(0, TAIL).reduce((sum, m) => sum + m, 0);
  const whole = below + priced[TAIL];
  const body = (slopes: Float64Array) =>
    below > 0 ? priced.slice(0, TAIL).reduce((sum, m, b) => sum + (m / below) * slopes[b], 0) : slopes[TAIL];
  return { share: whole > 0 ? priced[TAIL] / whole : 0, body };
}

/** One column per band: the prediction from own flow, where own flow is in that band; then that of links. */
function addSample(
  regression: StretchRegression,
  { day, replay }: ReplayedDay,
  names: readonly number[],
  stretchOf: Int32Array,
  { trades, money }: Tally,
): void {
  const n = replay.names;
  const flow = ownFlow(day);
  const weight = inverseVariance(replay);
  const row = new Float64Array(regression.width);
  for (const i of names) {
    const own = flowColumn(flow, i);
    const sizes = own.map(Math.abs);
    const traded = sizes.filter((size) => size > 0);
    const edges = BANDS.slice(1, -1).map((q) => quantile(traded, q));
    for (let t = 0; t < day.grid.buckets; t++) {
      const at = t * n + i;
      if (sizes[t] === 0) continue;
      const move = replay.residualBps[at];
      if (Number.isNaN(move)) continue;
      const band = edges.filter((edge) => sizes[t] > edge).length;
      row.fill(0);
      row[band] = replay.ownBps[at];
      row[LINKS] = replay.predictedBps[at] - replay.ownBps[at];
      trades[band]++;
      money[band] += replay.ownBps[at] * own[t];
      addRow(regression, stretchOf[t], row, move, weight[i]);
    }
  }
}

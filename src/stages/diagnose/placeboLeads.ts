import type { Diagnosis } from '../../model/diagnosis.js';
import { inverseVariance } from '../replay/replay.js';
import { ALARM_RATE, digits, judged, unjudged } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import { flowRows, inverseScales, type ReplayedDay, rowSum } from './replayedDay.js';
import {
  addRow,
  coefficients,
  estimateOf,
  jointTest,
  type StretchRegression,
  singleTests,
  stretchOfBuckets,
  stretchRegression,
} from './stretches.js';

const MODE = 'placebo leads';

/** Buckets ahead: a stamp that is late by more would be seen one bucket earlier too, as flow lasts. */
const LEADS = 2;
/** Buckets back whose flow is held constant, so that flow that lasts does not carry a misfit of the kernel into the leads. */
const LAGS = 2;

/**
 * Standard deviations of residual move per standard deviation of flow: less explains under half a thousandth of what is left,
 * which persistent flow beside an imperfect kernel leaves too.
 */
const SMALLEST_LEAD = 0.02;

const LEAD_COLUMNS = Array.from({ length: 2 * LEADS }, (_, k) => k);
const WIDTH = 2 * LEADS + 2 * (LAGS + 1) + 2;

/**
 * Flow of the next buckets must not explain this bucket's move. What the kernel leaves of the moves (units of their standard
 * deviation) is regressed on own flow and on that of all other names one and two buckets ahead, with prediction and flow
 * of this and the last buckets held constant; the leads are tested together over stretches of ten minutes.
 */
export function placeboLeads(samples: readonly ReplayedDay[]): Diagnosis {
  const regression = stretchRegression(WIDTH);
  const names = mostTraded(samples.map(({ day }) => day));
  let stretch = 0;
  for (const sample of samples) {
    const { of, next } = stretchOfBuckets(sample.day.grid, stretch);
    addSample(regression, sample, names, of);
    stretch = next;
  }
  const fit = coefficients(regression);
  const joint = jointTest(fit, LEAD_COLUMNS, ALARM_RATE);
  const test = joint ?? singleTests(fit, LEAD_COLUMNS, ALARM_RATE);
  if (!test)
    return unjudged(
      MODE,
      'not enough data',
      `${regression.stretches.size} stretches of ten minutes with flow ahead of scored moves`,
    );
  const detail = LEAD_COLUMNS.map((column) => {
    const { value, standardError } = estimateOf(fit, (c) => c[column]);
    const whose = column % 2 === 0 ? 'own' : 'others';
    return { flow: whose, leadBuckets: 1 + Math.floor(column / 2), coefficient: value, standardError };
  });
  const largest = detail.reduce((top, row) => (Math.abs(row.coefficient) > Math.abs(top.coefficient) ? row : top));
  const evidence =
    `flow of the next ${LEADS} buckets on residual moves: ${joint ? 'F' : 't'} ${digits(test.value)} against ${digits(test.bound)}; ` +
    `most from ${largest.flow} flow ${largest.leadBuckets} ahead, ${digits(largest.coefficient)} ± ${digits(largest.standardError)} standard deviations`;
  const isMaterial = Math.abs(largest.coefficient) >= SMALLEST_LEAD;
  return judged(MODE, isMaterial ? test : { ...test, value: 0 }, evidence, detail);
}

function addSample(
  regression: StretchRegression,
  { day, replay }: ReplayedDay,
  names: readonly number[],
  stretchOf: Int32Array,
): void {
  const n = replay.names;
  const flow = flowRows(day);
  const scale = inverseScales(flow, n);
  for (let k = 0; k < flow.length; k++) flow[k] *= scale[k % n];
  const weight = inverseVariance(replay);
  const row = new Float64Array(WIDTH);
  for (const { firstBucket, buckets } of day.grid.sessions) {
    for (let t = firstBucket + LAGS; t < firstBucket + buckets - LEADS; t++) {
      const sums = Array.from({ length: LAGS + 1 + LEADS }, (_, k) => rowSum(flow, n, t - LAGS + k));
      for (const i of names) {
        const error = replay.residualBps[t * n + i] - replay.predictedBps[t * n + i];
        if (Number.isNaN(error)) continue;
        fillRow(row, flow, sums, n, t, i);
        row[WIDTH - 1] = replay.predictedBps[t * n + i] * Math.sqrt(weight[i]);
        addRow(regression, stretchOf[t], row, error * Math.sqrt(weight[i]), 1);
      }
    }
  }
}

/** Leads first, then this bucket and those before it: own flow and the sum of the others'; then the root of own flow. */
function fillRow(
  row: Float64Array,
  flow: Float64Array,
  sums: readonly number[],
  names: number,
  t: number,
  i: number,
): void {
  const spread = Math.sqrt(Math.max(1, names - 1));
  for (let k = 0; k <= LAGS + LEADS; k++) {
    const ahead = k - LAGS;
    const own = flow[(t + ahead) * names + i];
    const column = ahead > 0 ? 2 * (ahead - 1) : 2 * (LEADS - ahead);
    row[column] = own;
    row[column + 1] = (sums[k] - own) / spread;
  }
  const own = flow[t * names + i];
  row[WIDTH - 2] = Math.sign(own) * Math.sqrt(Math.abs(own));
}

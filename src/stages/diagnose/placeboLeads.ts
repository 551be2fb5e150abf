import type { Diagnosis } from '../../model/diagnosis.js';
import { studentReach } from '../../numerics/statistics.js';
import { addFlowSquares, flowColumn, flowSums, ownFlow } from '../replay/ownFlow.js';
import { inverseVariance } from '../replay/replay.js';
import { ALARM_RATE, BASKET_ORDERS, digits, type Effect, judged, largest, NAME_ORDERS, unjudged } from './diagnosis.js';
import { mostTraded } from './mostTraded.js';
import { type BasketCost, basketPrice, typicalFlow } from './orders.js';
import type { ReplayedDay } from './replayedDay.js';
import {
  addRow,
  type Coefficients,
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

const LEAD_COLUMNS = Array.from({ length: 2 * LEADS }, (_, k) => k);
const WIDTH = 2 * LEADS + 2 * (LAGS + 1) + 2;

/**
 * Flow of the next buckets must not explain this bucket's move. What the kernel leaves of the moves (units of their standard
 * deviation) is regressed on own flow and on that of all other names one and two buckets ahead, with prediction and flow
 * of this and the last buckets held constant; the leads are tested together over stretches of ten minutes.
 *
 * The effect: flow that seems to move prices before it comes answers them. What it answers from one bucket to the next it
 * answers inside a bucket too, where it passes for impact, and a share ℓ of the next bucket's flow that has leaked into this
 * one leaves a lead of −ℓ K there (`r = K u` on `u_t + ℓ u_{t+1}`). So leads are put beside the impact of this bucket's flow:
 * per standard deviation of flow `Σ_h |b_h| / k` for a name, k the mean of `K_ii sd(u_i)/σ_i`, and
 * `Σ_h |b_h + √(N−1) b'_h| / (k + k')` for a basket in which all names trade a standard deviation, b' the coefficient of
 * all others (a sum over the root of their number). Sizes are added up, as a lead that turns around is two errors and
 * not none. Leads of one sign say impact was measured too large, so orders may cost less than priced; a leak leaves leads
 * against its sign, and what is lost to it makes them cost more.
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
  const impact = impactOfTypicalFlow(samples, names);
  if (!test || !(impact.self > 0))
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
  const most = largest(detail, ({ coefficient }) => Math.abs(coefficient))!;
  const evidence =
    `flow of the next ${LEADS} buckets on residual moves: ${joint ? 'F' : 't'} ${digits(test.value)} against ${digits(test.bound)}; ` +
    `most from ${most.flow} flow ${most.leadBuckets} ahead, ${digits(most.coefficient)} ± ${digits(most.standardError)} standard deviations`;
  return judged(MODE, test, effectOf(fit, impact, samples[0].replay.names), evidence, detail);
}

/** Leads beside the impact that the model gives to flow of the same size. */
function effectOf(fit: Coefficients, impact: BasketCost, names: number): Effect {
  const spread = Math.sqrt(Math.max(1, names - 1));
  const reach = studentReach(0.9, fit.without.length - 1);
  const leads = Array.from({ length: LEADS }, (_, k) => 2 * k);
  const effect = (orders: string, price: number, others: number): Effect => {
    const sum = (c: Float64Array, size: (lead: number) => number) =>
      leads.reduce((total, k) => total + size(c[k] + others * c[k + 1]), 0) / price;
    const { value, standardError } = estimateOf(fit, (c) => sum(c, Math.abs));
    const sign = sum(fit.whole, (lead) => lead) > 0 ? -1 : 1;
    return { relative: sign * value, reach: reach * standardError, orders };
  };
  const one = effect(NAME_ORDERS, impact.self, 0);
  const basket = effect(BASKET_ORDERS, basketPrice(impact), spread);
  return Math.abs(basket.relative) > Math.abs(one.relative) ? basket : one;
}

/** Mean over names of what a standard deviation of own flow, and of everyone's, moves them by, in standard deviations. */
function impactOfTypicalFlow(samples: readonly ReplayedDay[], names: readonly number[]): BasketCost {
  if (samples.length === 0) return { self: 0, cross: 0 };
  const { replay, model } = samples[samples.length - 1];
  const typical = typicalFlow(samples.map(({ day }) => day));
  const weight = inverseVariance(replay);
  let [self, cross] = [0, 0];
  for (const i of names) {
    for (let j = 0; j < typical.length; j++) {
      const response = (model.K.data[i * typical.length + j] * typical[j] * Math.sqrt(weight[i])) / names.length;
      if (i === j) self += response;
      else cross += response;
    }
  }
  return { self, cross };
}

function addSample(
  regression: StretchRegression,
  { day, replay }: ReplayedDay,
  names: readonly number[],
  stretchOf: Int32Array,
): void {
  const n = replay.names;
  const flow = ownFlow(day);
  const square = new Float64Array(n);
  addFlowSquares(flow, square);
  const scale = square.map((s) => (s > 0 ? Math.sqrt(day.grid.buckets / s) : 0));
  const all = flowSums(flow, scale);
  const spread = Math.sqrt(Math.max(1, n - 1));
  const columns = names.map((i) => flowColumn(flow, i, scale[i]));
  const roots = inverseVariance(replay).map(Math.sqrt);
  const row = new Float64Array(WIDTH);
  for (const { firstBucket, buckets } of day.grid.sessions) {
    for (let t = firstBucket + LAGS; t < firstBucket + buckets - LEADS; t++) {
      for (let k = 0; k < names.length; k++) {
        const at = t * n + names[k];
        const error = replay.residualBps[at] - replay.predictedBps[at];
        if (Number.isNaN(error)) continue;
        fillRow(row, columns[k], all, spread, t);
        row[WIDTH - 1] = replay.predictedBps[at] * roots[names[k]];
        addRow(regression, stretchOf[t], row, error * roots[names[k]], 1);
      }
    }
  }
}

/** Leads first, then this bucket and those before it: own flow and the sum of the others'; then the root of own flow. */
function fillRow(row: Float64Array, own: Float64Array, all: Float64Array, spread: number, t: number): void {
  for (let ahead = -LAGS; ahead <= LEADS; ahead++) {
    const column = ahead > 0 ? 2 * (ahead - 1) : 2 * (LEADS - ahead);
    row[column] = own[t + ahead];
    row[column + 1] = (all[t + ahead] - own[t + ahead]) / spread;
  }
  row[WIDTH - 2] = Math.sign(own[t]) * Math.sqrt(Math.abs(own[t]));
}

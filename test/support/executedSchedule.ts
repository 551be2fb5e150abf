import { restState } from '../../src/model/impactState.js';
import type { Propagator } from '../../src/model/roundTrip.js';
import type { ScheduleDocument } from '../../src/model/scheduleDocument.js';
import { type DenseMatrix, fromRows, mapEntries, zeros } from '../../src/numerics/dense.js';
import type { ScheduleProblem } from '../../src/stages/schedule/problem.js';
import type { Truth } from '../../src/stages/simulate/truth.js';

export interface ScheduleCase {
  readonly date: string;
  /** UTC: when the first row starts. */
  readonly start: string;
  readonly bucketSeconds: number;
  readonly modelBuckets?: number;
  readonly timezone?: string;
  /** Signed shares by row, for every symbol; in millions where `inMoney`. */
  readonly children: Readonly<Record<string, readonly number[]>>;
  readonly inMoney?: boolean;
  /** Of a share, where children are in shares. */
  readonly price?: (symbol: string) => number;
}

/** What of a schedule its execution reads. */
export function scheduleToExecute(spec: ScheduleCase): ScheduleDocument {
  const { date, start, bucketSeconds, children, inMoney, timezone = 'UTC', price = () => 100 } = spec;
  const [first] = Object.values(children);
  const opens = Date.parse(`${date}T${start}Z`);
  const at = (t: number) => new Date(opens + t * bucketSeconds * 1000).toISOString();
  const clock = (t: number) => at(t).slice(11, 19);
  const document = {
    kind: 'xim-schedule',
    schemaVersion: 1,
    version: { id: 'v', folder: 'v', asof: date, certificate: 'passed', crossImpact: 'evident' },
    date,
    timezone,
    units: 'bps',
    bucketSeconds,
    modelBuckets: spec.modelBuckets ?? bucketSeconds,
    rows: first.map((_, t) => ({ ts: at(t + 1), start: clock(t), end: clock(t + 1), kind: 'continuous' })),
    names: Object.keys(children).map((symbol) => ({
      symbol,
      costBps: 0,
      unitMillions: inMoney ? null : price(symbol) / 1e6,
    })),
    children: Object.entries(children).flatMap(([symbol, rows]) =>
      rows.flatMap((qty, row) =>
        qty === 0
          ? []
          : [{ row, symbol, qty: inMoney ? null : qty, notional: inMoney ? qty : (qty * price(symbol)) / 1e6 }],
      ),
    ),
    cost: { expected: 0, deviation: 0 },
  };
  return document as unknown as ScheduleDocument;
}

/** What a simulated market obeys, as a propagator of buckets of a second. */
export function propagatorOf({ K, tauSeconds, weights, concave, childMillions }: Truth): Propagator {
  const perSecond = (tau: number) => Math.exp(-1 / tau);
  return {
    matrices: [mapEntries(K, (k) => (concave?.linearShare ?? 1) * k)],
    decay: Float64Array.from(tauSeconds, perSecond),
    weights: Float64Array.from(weights),
    ...(concave && {
      concave: {
        power: concave.power,
        decay: Float64Array.from(concave.tauSeconds, perSecond),
        scales: concave.scaleMillions,
        own: fromRows(concave.own.map((g) => [...g])),
        typical: childMillions,
        modes: concave.modes.map(({ name, direction, scaleMillions, lambda }) => ({
          label: name,
          direction,
          scale: scaleMillions,
          weights: Float64Array.from(lambda),
        })),
      },
    }),
  };
}

/** A schedule (T×N, millions) as a problem under the truth, from rest: what its cost parts need. */
export function trueProblem(
  truth: Truth,
  schedule: DenseMatrix,
  {
    bucketSeconds,
    halfSpreadBps,
  }: { readonly bucketSeconds: number; readonly halfSpreadBps: (name: number) => number },
): ScheduleProblem {
  const propagator = propagatorOf(truth);
  const { rows, cols, data } = schedule;
  const blank = () => zeros(rows, cols);
  return {
    propagator,
    children: bucketSeconds,
    quantity: Float64Array.from({ length: cols }, (_, i) =>
      Array.from({ length: rows }, (__, t) => data[t * cols + i]).reduce((sum, u) => sum + u, 0),
    ),
    lower: blank(),
    upper: blank(),
    volume: blank(),
    halfSpreadBps: mapEntries(blank(), (_, __, i) => halfSpreadBps(i)),
    temporaryBps: blank(),
    covariance: zeros(cols),
    aversion: 0,
    alphaBps: blank(),
    state: restState(propagator),
    blocks: truth.blocks,
    balances: [],
  };
}

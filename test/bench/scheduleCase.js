// A basket to schedule, the same for xim and for its peer: made from a size, written to a folder, read back from it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mapEntries, zeros } from '../../dist/numerics/dense.js';
import { vwap } from '../../dist/stages/schedule/baselines.js';
import { typicalAversion } from '../../dist/stages/schedule/frontier.js';

const SECTORS = 10;
const VARIANCE = 180 ** 2;
const CAP = 0.3;

/** Three names bought for every two sold, 10 % of ADV each, at the λ where risk weighs as much as impact. */
export function scheduleCase({ names, buckets, concave }) {
  const adv = Float64Array.from({ length: names }, (_, i) => 300 * (1600 / 300) ** (i / (names - 1)));
  const quantity = adv.map((a, i) => (i % 5 < 3 ? 0.1 : -0.1) * a);
  const each = (value) => mapEntries(zeros(buckets, names), (_, t, i) => value(t, i));
  const volume = each((t, i) => (adv[i] / buckets) * (0.7 + 0.9 * ((2 * (t + 0.5)) / buckets - 1) ** 2));
  const propagator = propagatorOf(adv, buckets, concave);
  const problem = {
    propagator,
    children: 1,
    quantity,
    lower: mapEntries(volume, (v, _, i) => (quantity[i] < 0 ? -CAP * v : 0)),
    upper: mapEntries(volume, (v, _, i) => (quantity[i] > 0 ? CAP * v : 0)),
    volume,
    halfSpreadBps: each(() => 1),
    temporaryBps: mapEntries(volume, (v) => 5 / v),
    covariance: mapEntries(
      zeros(names),
      (_, i, j) => (VARIANCE / buckets) * (i === j ? 1 : inCommon(i, j, 1 / 3, 1 / 6)),
    ),
    aversion: 0,
    alphaBps: zeros(buckets, names),
    state: restState(propagator, names),
    blocks: Array.from(adv, (_, i) => `s${i % SECTORS}`),
    balances: [],
  };
  return { ...problem, aversion: typicalAversion(problem, vwap(problem)) };
}

const inCommon = (i, j, market, sector) => market + (i % SECTORS === j % SECTORS ? sector : 0);

/** Links fade later than what is a name's own; half of what is its own bends where there are concave terms. */
function propagatorOf(adv, buckets, concave) {
  const kappa = adv.map((a) => 2000 / a);
  const part = (own, market, sector) =>
    mapEntries(zeros(adv.length), (_, i, j) => {
      const links = inCommon(i, j, market, sector);
      return Math.sqrt(kappa[i] * kappa[j]) * (i === j ? own + links : links);
    });
  const own = concave ? 0.2 : 0.4;
  const decay = Float64Array.from([2, 20], (tau) => Math.exp(-78 / (tau * buckets)));
  return {
    matrices: [part(own, 0.004, 0.03), part(own, 0.036, 0.07)],
    decay,
    weights: Float64Array.of(1, 1),
    ...(concave ? { concave: termsOf(adv, kappa, decay, buckets) } : {}),
  };
}

function termsOf(adv, kappa, decay, buckets) {
  const whole = adv.reduce((sum, a) => sum + a, 0);
  return {
    power: 0.4,
    decay,
    scales: adv.map((a) => (0.5 * a) / buckets),
    own: mapEntries(zeros(decay.length, adv.length), (_, __, i) => 0.4 * kappa[i]),
    typical: adv.map((a) => (0.05 * a) / buckets),
    modes: [
      {
        label: 'market',
        direction: adv.map(() => 1),
        scale: (0.1 * whole) / buckets,
        weights: Float64Array.of(10 / whole, 40 / whole),
      },
    ],
  };
}

const restState = ({ decay, concave }, names) => ({
  linear: zeros(decay.length, names),
  ...(concave ? { concave: zeros(concave.decay.length, names) } : {}),
});

const row = (values) => ({ rows: 1, cols: values.length, data: Float64Array.from(values) });

/** `case.json` has scalars and where each array is in `data.f64`: name, rows, columns, offset. */
export function writeCase(folder, problem, more) {
  const { propagator } = problem;
  const { matrices, decay, weights, concave } = propagator;
  const stacked = { rows: matrices.length * matrices[0].rows, cols: matrices[0].cols };
  const arrays = {
    matrices: { ...stacked, data: Float64Array.from(matrices.flatMap(({ data }) => [...data])) },
    decay: row(decay),
    weights: row(weights),
    quantity: row(problem.quantity),
    lower: problem.lower,
    upper: problem.upper,
    volume: problem.volume,
    spread: problem.halfSpreadBps,
    temporary: problem.temporaryBps,
    covariance: problem.covariance,
    start: more.start,
    ...(concave ? concaveArrays(concave) : {}),
  };
  let offset = 0;
  const places = Object.entries(arrays).map(([name, { rows, cols }]) => {
    offset += rows * cols;
    return [name, rows, cols, offset - rows * cols];
  });
  const data = new Float64Array(offset);
  for (const [name, , , at] of places) data.set(arrays[name].data, at);
  writeFileSync(join(folder, 'data.f64'), data);
  const { aversion } = problem;
  const scalars = { aversion, tolerance: more.tolerance, ...(concave ? { power: concave.power } : {}) };
  writeFileSync(join(folder, 'case.json'), JSON.stringify({ ...scalars, arrays: places }));
}

const concaveArrays = ({ decay, scales, own, typical, modes: [mode] }) => ({
  concaveDecay: row(decay),
  scales: row(scales),
  own,
  typical: row(typical),
  direction: row(mode.direction),
  modeScale: row([mode.scale]),
  modeWeights: row(mode.weights),
});

/** The problem as it was written, its start and its tolerance. */
export function readCase(folder) {
  const { arrays, aversion, tolerance, power } = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'));
  const bytes = readFileSync(join(folder, 'data.f64'));
  const data = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const found = Object.fromEntries(
    arrays.map(([name, rows, cols, at]) => [name, { rows, cols, data: data.slice(at, at + rows * cols) }]),
  );
  const quantity = found.quantity.data;
  const names = quantity.length;
  const decay = found.decay.data;
  const matrices = Array.from(decay, (_, p) => ({
    rows: names,
    cols: names,
    data: found.matrices.data.slice(p * names * names, (p + 1) * names * names),
  }));
  const concave = power === undefined ? {} : { concave: readTerms(found, power) };
  const propagator = { matrices, decay, weights: found.weights.data, ...concave };
  const problem = {
    propagator,
    children: 1,
    quantity,
    lower: found.lower,
    upper: found.upper,
    volume: found.volume,
    halfSpreadBps: found.spread,
    temporaryBps: found.temporary,
    covariance: found.covariance,
    aversion,
    alphaBps: zeros(found.lower.rows, names),
    state: restState(propagator, names),
    blocks: Array.from(quantity, () => 'all'),
    balances: [],
  };
  return { problem, start: found.start, tolerance };
}

const readTerms = (found, power) => ({
  power,
  decay: found.concaveDecay.data,
  scales: found.scales.data,
  own: found.own,
  typical: found.typical.data,
  modes: [
    {
      label: 'market',
      direction: found.direction.data,
      scale: found.modeScale.data[0],
      weights: found.modeWeights.data,
    },
  ],
});

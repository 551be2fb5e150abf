import { dataError } from '../../model/failure.js';
import type { MarketProfile, Slot } from '../../model/marketProfile.js';
import { type DenseMatrix, mapEntries, zeros } from '../../numerics/dense.js';
import { pow, squared } from '../../numerics/elementary/elementary.js';
import { vwap } from './baselines.js';
import { typicalAversion, URGENCIES } from './frontier.js';
import type { Balance, ScheduleProblem } from './problem.js';
import type { ScheduleInputs } from './request.js';
import { namesWithoutRoom } from './rooms.js';
import { clock } from './timeline.js';

/** A problem, with what was settled on the way. */
export interface BuiltProblem {
  readonly problem: ScheduleProblem;
  /** What starts and ends each row: the buckets of the horizon, and those that were added for an auction or a clean-up. */
  readonly rows: readonly ScheduleRow[];
  /** λ at medium urgency. */
  readonly typicalAversion: number;
}

export interface ScheduleRow extends Slot {
  readonly kind: 'continuous' | 'auction' | 'cleanUp';
}

/** @throws data error naming the line where a basket cannot be worked: no volume, no spread, or more than its caps hold */
export function buildProblem(inputs: ScheduleInputs): BuiltProblem {
  const { settings, lines, propagator, state, blocks, timeline } = inputs;
  const rows = rowsOf(inputs);
  const volume = volumeOf(inputs, rows);
  const quantity = Float64Array.from(lines, (line) => line?.millions ?? 0);
  const bounds = boundsOf(inputs, rows, volume);
  const perRow = timeline.bucketSeconds / inputs.profile.slotSeconds;
  const covariance = mapEntries(inputs.profile.covariance, (value) => value * perRow);
  const horizon = rows.length;
  const bare: ScheduleProblem = {
    propagator,
    children: timeline.children,
    quantity,
    ...bounds,
    volume,
    halfSpreadBps: spreadsOf(inputs, rows),
    temporaryBps: mapEntries(volume, (v) => (v > 0 ? settings.temporaryBps / v : 0)),
    covariance,
    ...urgencies(lines),
    aversion: 0,
    alphaBps: mapEntries(volume, (_, t, i) => ((lines[i]?.alphaBps ?? 0) * (t + 0.5)) / horizon),
    state,
    blocks,
    balances: [],
    ...(settings.maxStep === undefined ? {} : { maxStep: settings.maxStep }),
    ...(inputs.participationBefore ? { participationBefore: inputs.participationBefore } : {}),
  };
  refuseWhatDoesNotFit(inputs, bare, rows);
  const typical = typicalAversion(bare, vwap(bare));
  const { urgency } = settings;
  const aversion = typeof urgency === 'object' ? urgency.aversion : URGENCIES[urgency] * typical;
  if (aversion > 0) refuseUnknownRisk(inputs);
  const problem = { ...bare, aversion, balances: balancesOf(inputs, aversion, rows.length) };
  return { problem, rows, typicalAversion: typical };
}

/** A name whose moves were not seen has no variance: it would wait as if it risked nothing. */
function refuseUnknownRisk({ lines, profile: { covariance } }: ScheduleInputs): void {
  const line = lines.find((each, i) => each && each.urgency !== 0 && !(covariance.data[i * (covariance.cols + 1)] > 0));
  if (line)
    throw dataError(
      `${line.place}: no moves of ${line.symbol} were seen in the window, so what it risks by waiting is unknown`,
      'calibrate on a window with quotes of it, give its line urgency 0, or schedule without risk: --risk-aversion 0',
    );
}

function rowsOf({ timeline, settings }: ScheduleInputs): ScheduleRow[] {
  const rows: ScheduleRow[] = timeline.buckets.map((bucket) => ({ ...bucket, kind: 'continuous' }));
  const { endNs } = rows[rows.length - 1];
  if (settings.close) rows.push({ startNs: endNs, endNs, kind: 'auction' });
  if (settings.unfinishedPenaltyBps !== undefined) rows.push({ startNs: endNs, endNs, kind: 'cleanUp' });
  return rows;
}

/** Millions by row and name: what trades in the slots that a row overlaps. */
function volumeOf({ profile, settings, symbols }: ScheduleInputs, rows: readonly ScheduleRow[]): DenseMatrix {
  const day = symbols.map((_, i) =>
    profile.volume.data.subarray(i * profile.slots.length, (i + 1) * profile.slots.length),
  );
  return mapEntries(zeros(rows.length, symbols.length), (_, t, i) => {
    const row = rows[t];
    const whole = day[i].reduce((sum, v) => sum + v, 0);
    if (row.kind === 'auction') return settings.close!.share * whole;
    // One trade after everything else, into a market like that of the last bucket.
    const at = row.kind === 'cleanUp' ? lastContinuous(rows) : row;
    return overlapping(profile, at).reduce((sum, { slot, share }) => sum + share * day[i][slot], 0);
  });
}

/** N: millions that usually trade in a stretch of time. */
export function volumesBetween(profile: MarketProfile, span: Slot): Float64Array {
  const { rows, cols, data } = profile.volume;
  const overlaps = overlapping(profile, span);
  return Float64Array.from({ length: rows }, (_, i) =>
    overlaps.reduce((sum, { slot, share }) => sum + share * data[i * cols + slot], 0),
  );
}

const lastContinuous = (rows: readonly ScheduleRow[]): ScheduleRow =>
  rows.findLast(({ kind }) => kind === 'continuous')!;

/** Slots that a stretch of time overlaps, and which share of each. */
function overlapping({ slots }: MarketProfile, { startNs, endNs }: Slot): { slot: number; share: number }[] {
  return slots.flatMap((slot, c) => {
    const inside = Math.min(endNs, slot.endNs) - Math.max(startNs, slot.startNs);
    return inside > 0 ? [{ slot: c, share: inside / (slot.endNs - slot.startNs) }] : [];
  });
}

/** A line's own where it gives one, else what quotes of the same time of day had, else of the day. */
function spreadsOf({ profile, lines, settings, symbols }: ScheduleInputs, rows: readonly ScheduleRow[]): DenseMatrix {
  const { cols, data } = profile.halfSpreadBps;
  const typical = symbols.map((_, i) => {
    const seen = [...data.subarray(i * cols, (i + 1) * cols)].filter(Number.isFinite);
    return seen.reduce((sum, value) => sum + value, 0) / seen.length;
  });
  return mapEntries(zeros(rows.length, symbols.length), (_, t, i) => {
    const row = rows[t];
    const line = lines[i];
    if (!line) return 0;
    const penalty = row.kind === 'cleanUp' ? settings.unfinishedPenaltyBps! : 0;
    // An auction has one price.
    if (row.kind === 'auction') return 0;
    if (line.halfSpreadBps !== undefined) return line.halfSpreadBps + penalty;
    const at = row.kind === 'cleanUp' ? lastContinuous(rows) : row;
    let [sum, weight] = [0, 0];
    for (const { slot, share } of overlapping(profile, at)) {
      const spread = data[i * cols + slot];
      if (!Number.isFinite(spread)) continue;
      sum += share * spread;
      weight += share;
    }
    const spread = weight > 0 ? sum / weight : typical[i];
    if (!Number.isFinite(spread))
      throw dataError(
        `${line.place}: no quote of ${line.symbol} was seen in the window, so its spread is unknown`,
        'give the basket a column half_spread_bps',
      );
    return spread + penalty;
  });
}

/** Signed millions that may trade; a cap of its own goes before the basket's. */
function boundsOf({ lines, settings }: ScheduleInputs, rows: readonly ScheduleRow[], volume: DenseMatrix) {
  const most = mapEntries(volume, (v, t, i) => {
    const line = lines[i];
    if (!line || line.millions === 0) return 0;
    const row = rows[t];
    const whole = Math.abs(line.millions);
    if (row.kind === 'cleanUp') return whole;
    if (row.kind === 'auction' && line.endNs !== undefined && line.endNs < row.endNs) return 0;
    if (row.kind === 'auction') return Math.min(whole, settings.close!.cap * v);
    if (line.startNs !== undefined && row.startNs < line.startNs) return 0;
    if (line.endNs !== undefined && row.endNs > line.endNs) return 0;
    const cap = line.cap ?? settings.cap;
    return cap === 'none' ? whole : Math.min(cap * v, settings.side === 'free' ? Number.POSITIVE_INFINITY : whole);
  });
  const buys = (i: number) => (lines[i]?.millions ?? 0) > 0;
  const free = settings.side === 'free';
  return {
    lower: mapEntries(most, (bound, _, i) => (free || !buys(i) ? -bound + 0 : 0)),
    upper: mapEntries(most, (bound, _, i) => (free || buys(i) ? bound : 0)),
  };
}

const urgencies = (lines: ScheduleInputs['lines']): Pick<ScheduleProblem, 'urgency'> =>
  lines.some((line) => line?.urgency !== undefined)
    ? { urgency: Float64Array.from(lines, (line) => line?.urgency ?? 1) }
    : {};

/** A further factor of so many bps a day moves an exposure: its variance in a row, weighed by λ. */
function balancesOf(inputs: ScheduleInputs, aversion: number, rows: number): Balance[] {
  const { settings, blocks, profile, timeline, symbols } = inputs;
  const day = profile.slots.reduce((sum, { startNs, endNs }) => sum + (endNs - startNs) / 1e9, 0);
  const weightOf = (bpsADay: number) => (aversion * squared(bpsADay) * timeline.bucketSeconds) / day;
  const balance = (label: string, bps: number, exposure: (i: number) => number): Balance => ({
    label,
    exposure: Float64Array.from(symbols, (_, i) => exposure(i)),
    weight: weightOf(bps),
  });
  const { cash, sector, beta } = settings.balances;
  const betas = rows > 0 && beta !== undefined ? marketBetas(profile.covariance) : [];
  return [
    ...(cash === undefined ? [] : [balance('cash', cash, () => 1)]),
    ...(sector === undefined
      ? []
      : [...new Set(blocks)]
          .sort()
          .map((block) => balance(`sector ${block}`, sector, (i) => (blocks[i] === block ? 1 : 0)))),
    ...(beta === undefined ? [] : [balance('beta', beta, (i) => betas[i])]),
  ];
}

/** To the mean of all names of the problem. */
function marketBetas({ rows: n, data }: DenseMatrix): number[] {
  const withAll = Array.from(
    { length: n },
    (_, i) => data.subarray(i * n, (i + 1) * n).reduce((sum, c) => sum + c, 0) / n,
  );
  const variance = withAll.reduce((sum, c) => sum + c, 0) / n;
  return withAll.map((c) => (variance > 0 ? c / variance : 1));
}

/** Names that caps and windows do not let through, all of them, with what would. */
function refuseWhatDoesNotFit(
  { lines, settings, symbols, profile }: ScheduleInputs,
  problem: ScheduleProblem,
  rows: readonly ScheduleRow[],
) {
  const found = namesWithoutRoom(problem).flatMap((room) => {
    const line = lines[room.name];
    return line ? [{ ...room, line, cap: line.cap ?? settings.cap }] : [];
  });
  if (found.length === 0) return;
  const say = ({ name, why, line, cap, ...room }: (typeof found)[number]) => {
    const whole = Math.abs(line.millions);
    const most = Math.abs(line.millions > 0 ? room.most : room.least);
    const part = `${line.place}: ${line.symbol} has ${amount(whole)} millions to trade`;
    if (why === 'contradiction')
      return `${part}, and no rate that its caps let it have is near enough to the one before (--max-step)`;
    if (cap !== 'none' && !hasVolume(profile, name)) return `${part}, and no volume of it was seen in the window`;
    if (most === 0) return `${part}, and no volume or bucket to trade them in`;
    const open = openHours(rows, problem, name);
    if (why === 'steps') return `${part}, of which ${amount(most)} fit while rates change by --max-step${open}`;
    const capText = cap === 'none' ? '' : ` under a cap of ${percent(cap)}`;
    const enough = cap === 'none' ? '' : `; a cap of ${percent((cap * whole) / most, 1)} would do`;
    return `${part}, of which ${amount(most)} fit${capText}${open}${enough}`;
  };
  const more = found.length > 5 ? `; and ${found.length - 5} names more` : '';
  throw dataError(
    `${found.slice(0, 5).map(say).join('; ')}${more}`,
    `raise --cap or the line's cap, give a longer horizon, give volumes with --volume, or let a rest stay undone with --penalty (${symbols.length} names in the basket)`,
  );
}

const hasVolume = ({ volume: { cols, data } }: MarketProfile, i: number): boolean =>
  data.subarray(i * cols, (i + 1) * cols).some((millions) => millions > 0);

function openHours(rows: readonly ScheduleRow[], { lower, upper }: ScheduleProblem, i: number): string {
  const open = rows.filter((_, t) => upper.data[t * upper.cols + i] > lower.data[t * lower.cols + i]);
  return ` from ${clock(open[0].startNs)} to ${clock(open[open.length - 1].endNs)}`;
}

const amount = (millions: number): string => String(Number(millions.toPrecision(4)));
/** Rounded up, so that what is said is enough. */
const percent = (share: number, digits = 0): string => {
  const scale = pow(10, digits);
  return `${Math.ceil(share * 100 * scale - 1e-9) / scale} %`;
};

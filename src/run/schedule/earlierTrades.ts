import type { Engine } from '../../io/duckdb.js';
import { dataError, XimError } from '../../model/failure.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';
import { type ImpactState, restState, stateAfter } from '../../model/impactState.js';
import type { Propagator } from '../../model/roundTrip.js';
import type { DocumentState } from '../../model/scheduleDocument.js';
import { type DenseMatrix, zeros } from '../../numerics/dense.js';
import { tableRows } from './basketRows.js';

/** One own trade of the day. */
export interface EarlierTrade {
  readonly place: string;
  readonly symbol: string;
  /** Bucket of the model. */
  readonly bucket: number;
  /** Signed units of quantity. */
  readonly qty: number;
}

const SIDES: Readonly<Record<string, number>> = { '1': 1, '+1': 1, buy: 1, b: 1, '-1': -1, sell: -1, s: -1 };

/**
 * Own trades of a day, in the layout of the `fills` dataset (ts in UTC, symbol, side, qty).
 * @throws data error naming the row for what is no fill, or none of a session of the day
 */
export async function earlierTrades(
  path: string,
  grid: BucketGrid,
  engine: () => Promise<Engine>,
): Promise<EarlierTrade[]> {
  const rows = await tableRows(path, engine);
  return rows.map(({ place, cells }) => {
    const { ts, symbol, side, qty } = cells;
    if (ts === undefined || symbol === undefined || side === undefined || qty === undefined)
      throw dataError(
        `${place} has no ${['ts', 'symbol', 'side', 'qty'].find((name) => cells[name] === undefined)}`,
        'give ts, symbol, side, qty',
      );
    const sign = SIDES[side.trim().toLowerCase()];
    if (sign === undefined) throw dataError(`${place}: side is ${JSON.stringify(side)}`, 'write 1 or -1, buy or sell');
    const count = Number(qty);
    if (!(Number.isFinite(count) && count >= 0))
      throw dataError(`${place}: qty is ${JSON.stringify(qty)}`, 'give a number');
    const bucket = bucketAt(grid, afterMidnightNs(ts, place, grid));
    if (bucket < 0)
      throw dataError(`${place}: ${ts} lies in no session of ${grid.date}`, 'give the fills of that day; ts is UTC');
    return { place, symbol, bucket, qty: sign * count };
  });
}

/** To the microsecond, which is finer than any bucket. */
function afterMidnightNs(text: string, place: string, { epochNs }: BucketGrid): number {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?\s*(Z|\+00(?::?00)?)?$/.exec(text.trim());
  const seconds = match ? Date.parse(`${match[1]}T${match[2]}Z`) : Number.NaN;
  if (!match || Number.isNaN(seconds))
    throw dataError(`${place}: ts is ${JSON.stringify(text)}, no time`, 'write it as 2024-03-13 14:30:00.25, in UTC');
  const nanoseconds = Number((match[3] ?? '').padEnd(9, '0'));
  return Number(BigInt(seconds) * 1_000_000n - epochNs) + nanoseconds;
}

/**
 * Flow of some buckets, millions.
 * @returns buckets×N, from bucket `from` to the one before `to`
 */
export function flowOfTrades(
  trades: readonly EarlierTrade[],
  symbols: readonly string[],
  unitMillions: Float64Array,
  from: number,
  to: number,
): DenseMatrix {
  const place = new Map(symbols.map((symbol, i) => [symbol, i]));
  const flow = zeros(Math.max(0, to - from), symbols.length);
  for (const trade of trades) {
    const i = place.get(trade.symbol);
    if (i === undefined || trade.bucket < from || trade.bucket >= to) continue;
    if (!(unitMillions[i] > 0))
      throw dataError(`${trade.place}: what a unit of ${trade.symbol} is worth is not known`, 'leave its fills out');
    flow.data[(trade.bucket - from) * symbols.length + i] += trade.qty * unitMillions[i];
  }
  return flow;
}

/** The state that trades of a day leave when a bucket begins. */
export function stateOfTrades(propagator: Propagator, flow: DenseMatrix, start = restState(propagator)): ImpactState {
  return flow.rows === 0 ? start : stateAfter(propagator, start, flow);
}

/**
 * A state as a schedule wrote it, by the names of this one.
 * @throws XimError `usage` for a state of another version, data error for one that holds something else
 */
export function stateByNames(
  state: DocumentState,
  version: string,
  symbols: readonly string[],
  propagator: Propagator,
): ImpactState {
  if (state.version !== version)
    throw new XimError(
      'usage',
      `the state is of version ${state.version.slice(0, 12)}, and this schedule is by ${version.slice(0, 12)}: their time constants are not the same`,
      'schedule by that version with --ref, or give the fills of the day with --fills, which any version can read',
    );
  const lost = state.symbols.find(
    (symbol, i) => !symbols.includes(symbol) && state.linear[i].some((volume) => volume !== 0),
  );
  if (lost !== undefined)
    throw dataError(`the state has trades of ${lost}, which is no name of the version`, 'remove it from the state');
  const rest = restState(propagator);
  const fill = (into: DenseMatrix | undefined, from: readonly (readonly number[])[] | undefined) => {
    if (!into) return;
    symbols.forEach((symbol, i) => {
      const k = state.symbols.indexOf(symbol);
      if (k < 0) return;
      if (from?.[k]?.length !== into.rows || !from[k].every(Number.isFinite))
        throw dataError(
          `the state of ${symbol} has ${from?.[k]?.length ?? 'no'} time constants, not ${into.rows}`,
          'write it anew',
        );
      from[k].forEach((volume, p) => {
        into.data[p * symbols.length + i] = volume;
      });
    });
  };
  fill(rest.linear, state.linear);
  fill(rest.concave, state.concave);
  return rest;
}

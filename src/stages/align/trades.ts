import type { SparseFlow } from '../../model/buckets.js';
import { type BucketGrid, bucketAt } from '../../model/grid.js';
import type { TradeChunk } from './chunks.js';
import { type FlowCells, flowCells } from './flowCells.js';
import {
  emptyQuarantine,
  infiniteReason,
  noteOutside,
  type Quarantine,
  type QuarantineReason,
  setAside,
  strayReason,
} from './quarantine.js';
import { countPlace, countSide, emptyCensus, type TradeCensus } from './tradeCensus.js';

export interface TradeParams {
  readonly grid: BucketGrid;
  readonly names: number;
  readonly venues: number;
  /** Whether every row must have a side: own fills have one, trades of the tape need not. */
  readonly sided?: boolean;
  /** By name, whether a quantity is money already: its turnover is the quantity alone. */
  readonly valuedAlone?: readonly boolean[];
  /** Whether a price may be zero or below. */
  readonly anyPrice?: boolean;
}

/** Traded quantities per name and bucket, before they are valued. */
export interface BucketedTrades {
  /** names × buckets, name-major: Σ price·size, or Σ size where quantities are money without a price. */
  readonly turnover: Float64Array;
  /** Signed quantity per (bucket, name, venue), sorted by these; `signedNotional` is still empty. */
  readonly flow: SparseFlow;
  readonly quarantine: Quarantine;
  readonly used: Int32Array;
  /** Rows of unknown side: they count in the volume but not in the flow. */
  readonly unsigned: number;
  /** Price of the first trade of each name, for valuing flow before any quote; NaN where it never traded. */
  readonly firstPrice: Float64Array;
  /** Mean price of the rows used, by name; NaN where there are none. */
  readonly meanPrice: Float64Array;
  readonly census: TradeCensus;
}

export interface TradeAligner {
  /** False when a row goes back in time for its name and the chunk was not sorted: start again on sorted rows. */
  push(chunk: TradeChunk): boolean;
  finish(): BucketedTrades;
}

/** Streaming aggregation of trades or fills into buckets; memory is that of the occupied cells. */
export function tradeAligner(params: TradeParams): TradeAligner {
  const state = emptyState(params);
  return { push: (chunk) => pushChunk(state, chunk), finish: () => finish(state) };
}

interface TradeState {
  readonly sided: boolean;
  readonly anyPrice: boolean;
  readonly valuedAlone: Uint8Array;
  readonly priceSum: Float64Array;
  readonly grid: BucketGrid;
  readonly cells: FlowCells;
  readonly turnover: Float64Array;
  readonly quarantine: Quarantine;
  readonly used: Int32Array;
  readonly firstPrice: Float64Array;
  readonly lastSeenNs: Float64Array;
  /** Identities seen at the latest stamp of each name, and the file of the first of them. */
  readonly identities: readonly Map<number, number>[];
  readonly census: TradeCensus;
  unsigned: number;
}

function emptyState(params: TradeParams): TradeState {
  const { grid, names, venues, sided = false, anyPrice = false, valuedAlone = [] } = params;
  return {
    sided,
    anyPrice,
    valuedAlone: Uint8Array.from({ length: names }, (_, i) => (valuedAlone[i] ? 1 : 0)),
    priceSum: new Float64Array(names),
    grid,
    cells: flowCells(grid.buckets, names, venues),
    turnover: new Float64Array(names * grid.buckets),
    quarantine: emptyQuarantine(),
    used: new Int32Array(names),
    firstPrice: new Float64Array(names).fill(Number.NaN),
    lastSeenNs: new Float64Array(names).fill(Number.NEGATIVE_INFINITY),
    identities: Array.from({ length: names }, () => new Map<number, number>()),
    census: emptyCensus(grid, venues),
    unsigned: 0,
  };
}

function pushChunk(state: TradeState, chunk: TradeChunk): boolean {
  const { grid, quarantine, lastSeenNs } = state;
  quarantine.rows += chunk.rows;
  for (let k = 0; k < chunk.rows; k++) {
    const reason = tradeDefect(state, chunk, k);
    const isOutside = reason === 'out_of_session' || reason === 'other_date';
    if (reason !== 'unknown_symbol' && !Number.isNaN(chunk.timeNs[k]))
      countPlace(state.census, chunk.venue[k], isOutside);
    if (reason) {
      setAside(quarantine, reason, chunk.file[k], chunk.row[k]);
      if (isOutside) noteOutside(quarantine, grid, chunk.timeNs[k]);
      continue;
    }
    const name = chunk.name[k];
    if (!chunk.late && chunk.timeNs[k] < lastSeenNs[name]) return false;
    const first = firstCopy(state, chunk, k);
    if (first === undefined) accept(state, chunk, k);
    else {
      setAside(quarantine, 'duplicate', chunk.file[k], chunk.row[k]);
      if (first !== chunk.file[k]) quarantine.acrossFiles = (quarantine.acrossFiles ?? 0) + 1;
    }
  }
  return true;
}

/** What is wrong with row k by itself. */
function tradeDefect(state: TradeState, chunk: TradeChunk, k: number): QuarantineReason | undefined {
  const { grid, sided, anyPrice } = state;
  const time = chunk.timeNs[k];
  // The feed may hold the whole market: what its other names look like is nobody's concern here.
  if (chunk.name[k] < 0) return 'unknown_symbol';
  if (chunk.venue[k] < 0) return 'unreadable_venue';
  if (Number.isNaN(time)) return 'non_finite';
  if (bucketAt(grid, time) < 0) return strayReason(time);
  // A side that is missing is named as such below.
  if (!Number.isFinite(chunk.price[k] + chunk.size[k]))
    return infiniteReason([chunk.price[k], chunk.size[k]]) ?? 'non_finite';
  if (chunk.price[k] <= 0 && !anyPrice) return 'non_positive_price';
  if (chunk.size[k] <= 0) return 'non_positive_size';
  if (chunk.side[k] !== 1 && chunk.side[k] !== -1 && (sided || chunk.side[k] !== 0)) return 'bad_side';
  return chunk.late?.[k] ? 'out_of_order' : undefined;
}

/** File of the row whose identity this row repeats at its stamp, if any; moves the name on to the stamp. */
function firstCopy({ lastSeenNs, identities }: TradeState, chunk: TradeChunk, k: number): number | undefined {
  const name = chunk.name[k];
  const seen = identities[name];
  if (chunk.timeNs[k] !== lastSeenNs[name]) {
    lastSeenNs[name] = chunk.timeNs[k];
    // Most tapes have no identities, and to clear an empty map costs more than all else here.
    if (seen.size > 0) seen.clear();
  }
  const identity = chunk.identity[k];
  if (Number.isNaN(identity)) return undefined;
  const first = seen.get(identity);
  if (first === undefined) seen.set(identity, chunk.file[k]);
  return first;
}

function accept(state: TradeState, chunk: TradeChunk, k: number): void {
  const { grid, turnover, used, firstPrice, valuedAlone, priceSum } = state;
  const name = chunk.name[k];
  const bucket = bucketAt(grid, chunk.timeNs[k]);
  turnover[name * grid.buckets + bucket] += (valuedAlone[name] ? 1 : chunk.price[k]) * chunk.size[k];
  priceSum[name] += chunk.price[k];
  used[name]++;
  if (Number.isNaN(firstPrice[name])) firstPrice[name] = chunk.price[k];
  countSide(state.census, chunk.file[k], chunk.venue[k], bucket, chunk.side[k]);
  if (chunk.side[k] === 0) state.unsigned++;
  else state.cells.add(bucket, name, chunk.venue[k], chunk.side[k] * chunk.size[k]);
}

function finish({
  turnover,
  cells,
  quarantine,
  used,
  unsigned,
  firstPrice,
  priceSum,
  census,
}: TradeState): BucketedTrades {
  const meanPrice = priceSum.map((sum, i) => sum / used[i]);
  return { turnover, flow: cells.sorted(), quarantine, used, unsigned, firstPrice, meanPrice, census };
}

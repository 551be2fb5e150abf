import type { EventTime } from './eventTime.js';

/** A row of the events dataset, as its file has it. */
export interface EventRow {
  /** Line of a text file as an editor counts, or row of a Parquet file from zero: `line 3`, `row 2`. */
  readonly place: string;
  readonly start: EventTime;
  /** Absent: the event has an open end. */
  readonly end?: EventTime;
  /** Empty or `*`: every name. */
  readonly symbol: string;
  readonly label: string;
}

/** An event with its ends settled: [start, end) in UTC nanoseconds. */
export interface MarketEvent extends EventRow {
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Index into the universe, `all`, or nothing where the universe does not have the symbol. */
  readonly name: number | 'all' | undefined;
}

/** What is to be masked, and where it is said. */
export interface EventList {
  /** Name of the file below the data folder; empty where there is none. */
  readonly file: string;
  /** Rows of the file. */
  readonly rows: number;
  /** In order of their start. */
  readonly events: readonly MarketEvent[];
}

export const NO_EVENTS: EventList = { file: '', rows: 0, events: [] };

/** A window in which a name (or all of them) must not be learnt from. */
export interface EventWindow {
  /** Nanoseconds after the grid's epoch; the window is [start, end). */
  readonly startNs: number;
  readonly endNs: number;
  /** Index into the universe, or `all`. */
  readonly name: number | 'all';
  /** What it is called; see {@link isHalt}. */
  readonly label: string;
}

const HALT = /halt|suspen|luld|pause|volatility[\s_-]*(auction|interruption)/i;

/** Whether a label speaks of trading that stopped: orders cannot move a price then. Every other event is merely masked. */
export const isHalt = (label: string): boolean => HALT.test(label);

/** Factor moves as read: one entry per stamp and factor. */
export interface FactorRows {
  readonly names: readonly string[];
  readonly timeNs: Float64Array;
  readonly factor: Int32Array;
  readonly moveBps: Float64Array;
}

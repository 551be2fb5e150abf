import type { Incidents } from './incidents.js';

export const SECOND_NS = 1e9;

/** Events of one simulated day, as columns in time order per name. Times are nanoseconds after the grid's epoch. */
export interface SimulatedDay {
  readonly quotes: {
    timeNs: number[];
    name: number[];
    bid: number[];
    ask: number[];
    bidSize: number[];
    askSize: number[];
  };
  readonly trades: {
    timeNs: number[];
    name: number[];
    venue: number[];
    price: number[];
    size: number[];
    side: number[];
  };
  readonly fills: {
    timeNs: number[];
    name: number[];
    venue: number[];
    side: number[];
    qty: number[];
    price: number[];
    /** Below zero those of a schedule that was executed. */
    parent: number[];
    child: number[];
  };
  readonly parents: {
    parent: number[];
    basket: number[];
    name: number[];
    side: number[];
    qty: number[];
    arrivalNs: number[];
    deadlineNs: number[];
    arrivalMid: number[];
    /** 0 control, 1 treatment, −1 neither; empty where the scenario has no arms. */
    arm: number[];
  };
  /** buckets × factors, bps. */
  readonly factors: Float64Array;
  readonly halts: Incidents['halts'];
  readonly events: Incidents['events'];
}

export function emptyDay(factorCells: number): SimulatedDay {
  return {
    quotes: { timeNs: [], name: [], bid: [], ask: [], bidSize: [], askSize: [] },
    trades: { timeNs: [], name: [], venue: [], price: [], size: [], side: [] },
    fills: { timeNs: [], name: [], venue: [], side: [], qty: [], price: [], parent: [], child: [] },
    parents: {
      parent: [],
      basket: [],
      name: [],
      side: [],
      qty: [],
      arrivalNs: [],
      deadlineNs: [],
      arrivalMid: [],
      arm: [],
    },
    factors: new Float64Array(factorCells),
    halts: [],
    events: [],
  };
}

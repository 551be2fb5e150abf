import type { SessionGrid } from '../../model/grid.js';
import type { Scenario } from '../../model/scenario.js';
import { type RandomStream, randomStream } from '../../numerics/random.js';
import type { Execution } from './executionPlan.js';
import type { FaultyMarket } from './faultyMarket.js';
import type { ImpactMemory } from './impactMemory.js';
import { type Incidents, isHalted } from './incidents.js';
import { SECOND_NS, type SimulatedDay } from './simulatedDay.js';
import type { TouchDepth } from './touchDepth.js';
import type { Truth } from './truth.js';

export const TICK = 0.01;

/** What one day leaves to the next. */
export interface MarketState {
  /** Mids at the close. */
  readonly mid: Float64Array;
  /** The same, had no schedule been executed; absent until one is. */
  undisturbedMid?: Float64Array;
  nextParent: number;
  nextChild: number;
  nextBasket: number;
  /** Assigns arms, and nothing else: the market is the same with and without them. */
  readonly arms: RandomStream;
  /** Draws the depth at the touch where it varies. */
  readonly depth: RandomStream;
  /** Draws what only a schedule that is executed asks for. */
  readonly executed: RandomStream;
  /** Draws which orders a thin name does not get. */
  readonly thin: RandomStream;
}

export function openMarket(truth: Truth, seed: number): MarketState {
  return {
    mid: truth.startPrice.slice(),
    nextParent: 1,
    nextChild: 1,
    nextBasket: 1,
    arms: randomStream(seed + 1),
    depth: randomStream(seed + 2),
    executed: randomStream(seed + 3),
    thin: randomStream(seed + 4),
  };
}

export interface Leg {
  readonly parent: number;
  readonly name: number;
  readonly side: number;
  /** By which its fills are better than the market's price. */
  readonly savingBps: number;
  /** Shares of its child orders where they were drawn on arrival; the last one goes first. */
  readonly children: number[] | undefined;
  left: number;
}

export interface Basket {
  readonly legs: Leg[];
  /** Second of the session by which it ends. */
  readonly end: number;
}

/** Prices as they run, with what they remember of flow; a session starts without memory and quotes. */
export interface PricePath {
  /** Logarithm of each mid. */
  readonly level: Float64Array;
  readonly memory: ImpactMemory;
  /** Last quotes, by name. */
  readonly quoted: { readonly bid: Float64Array; readonly ask: Float64Array };
}

/** A market day as it runs. */
export interface MarketDay {
  readonly scenario: Scenario;
  readonly truth: Truth;
  readonly random: RandomStream;
  readonly market: MarketState;
  readonly incidents: Incidents;
  /** Events so far. */
  readonly day: SimulatedDay;
  /** Logarithm of each mid. */
  readonly level: Float64Array;
  /** The same, had no schedule been executed; the same array where none was. */
  readonly undisturbedLevel: Float64Array;
  readonly execution: Execution | undefined;
}

/** A session of it, which starts with no baskets, no memory of flow and no quotes. */
export interface MarketSession extends MarketDay {
  readonly session: SessionGrid;
  readonly faulty: FaultyMarket;
  readonly baskets: Basket[];
  readonly depth: TouchDepth | undefined;
  readonly prices: PricePath;
  /**
   * Prices had no schedule been executed; the same object where none was. What everybody else does is drawn by these, so that the
   * market answers the schedule and is the same in everything else.
   */
  readonly undisturbed: PricePath;
}

export const secondStartNs = ({ session }: MarketSession, second: number): number =>
  session.startNs + second * SECOND_NS;

/** Whether a name is halted in a second of the session. */
export const isHaltedIn = (session: MarketSession, name: number, second: number): boolean =>
  isHalted(session.incidents, name, secondStartNs(session, second));

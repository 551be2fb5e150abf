import type { DayFlow, Name } from '../../model/buckets.js';
import type { MoveUnit } from '../../model/units.js';
import type { MarketStates } from '../replay/marketStates.js';
import type { PriceModel } from './impactLevels.js';
import type { Fill, ParentOrder, QuotedMids } from './orders.js';

/** State of the market when an order arrived. */
export type ArrivalState = { readonly [K in keyof MarketStates]: number };

/** One day of orders, checked, with what they are measured against. */
export interface DayOrders {
  readonly names: readonly Name[];
  readonly venues: readonly string[];
  readonly parents: readonly ParentOrder[];
  /** In order of time. */
  readonly fills: readonly Fill[];
  readonly mids: QuotedMids;
  /** Its grid, flags, factors and, where the model asks for it, depth are read; its own flow is not. */
  readonly day: DayFlow;
  readonly states?: MarketStates;
  /** Without one, self and cross impact and factor moves are zero and stay in the residual. */
  readonly model?: PriceModel;
  /** Of the model and the costs; bps where absent. Under price points a price may be zero or below. */
  readonly units?: MoveUnit;
}

import type { Name } from '../../model/buckets.js';
import { dataError } from '../../model/failure.js';
import type { MoveUnit } from '../../model/units.js';

/** What a unit of quantity is worth, by the kind of its contract (MODEL §1). */

const MILLION = 1e6;

/** Millions of reporting currency of one unit of quantity at a valued price of one; see {@link valuedPrice}. */
export const unitValue = (name: Name): number => (name.multiplier * name.fx) / MILLION;

/**
 * The price that quantities are valued at. A unit of an inverse contract is worth its multiplier in the quoted currency
 * whatever the price, and what it makes of a move of one price point is that too; linear contracts, and quanto ones at their
 * fixed rate, are worth it times the price.
 */
export const valuedPrice = (name: Name, price: number): number => (isValuedAlone(name) ? 1 : price);

/** Whether a quantity is money without a price. */
export const isValuedAlone = ({ contract }: Name): boolean => contract !== undefined;

/**
 * The names as quantities of them are valued under the unit of the moves.
 * @throws data error for an inverse contract under price points: its money is not quantity times the move of its price
 */
export function valuedNames(names: readonly Name[], units: MoveUnit, universe: string): readonly Name[] {
  if (units === 'bps') return names;
  return names.map((name) => {
    if (name.contract !== 'inverse') return { ...name, contract: 'points' };
    throw dataError(
      `${universe}: "${name.symbol}" is an inverse contract, and align.units is price: what it earns is no multiple of its move in price points`,
      'set align.units: bps for a universe with inverse contracts (units are those of all names), or take the name out',
    );
  });
}

/** By name, what prices of the feed are multiplied by to be prices of the quoted currency; absent where that is one for all. */
export function priceScales(names: readonly Name[]): Float64Array | undefined {
  return names.some(({ priceScale = 1 }) => priceScale !== 1)
    ? Float64Array.from(names, ({ priceScale = 1 }) => priceScale)
    : undefined;
}

/** Prices of some rows in the quoted currency; those of no name of the universe stay as they are. */
export function inQuotedCurrency(
  price: Float64Array,
  name: Int32Array,
  scales: Float64Array | undefined,
): Float64Array {
  return scales ? price.map((value, k) => (name[k] < 0 ? value : value * scales[name[k]])) : price;
}

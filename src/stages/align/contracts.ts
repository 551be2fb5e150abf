import type { Name } from '../../model/buckets.js';

/** What a unit of quantity is worth, by the kind of its contract (MODEL §1). */

const MILLION = 1e6;

/** Millions of reporting currency of one unit of quantity at a valued price of one; see {@link valuedPrice}. */
export const unitValue = (name: Name): number => (name.multiplier * name.fx) / MILLION;

/**
 * The price that quantities are valued at. A unit of an inverse contract is worth its multiplier in the quoted currency
 * whatever the price; linear contracts, and quanto ones at their fixed rate, are worth it times the price.
 */
export const valuedPrice = ({ contract }: Name, price: number): number => (contract === 'inverse' ? 1 : price);

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

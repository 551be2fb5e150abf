import type { DayMoves } from '../../model/buckets.js';

/** A day with some of its names only, in the order given. */
export function namesOfDay<D extends DayMoves>(day: D, names: readonly number[]): DayMoves {
  if (names.length === day.symbols.length) return day;
  const { grid, market, flow, factors, venues } = day;
  const place = new Int32Array(day.symbols.length).fill(-1);
  names.forEach((name, k) => {
    place[name] = k;
  });
  const kept: number[] = [];
  for (let k = 0; k < flow.name.length; k++) if (place[flow.name[k]] >= 0) kept.push(k);
  const rows = <A extends Float64Array | Uint8Array>(column: A, empty: A): A => {
    names.forEach((name, k) => {
      empty.set(column.subarray(name * grid.buckets, (name + 1) * grid.buckets), k * grid.buckets);
    });
    return empty;
  };
  const cells = names.length * grid.buckets;
  return {
    grid,
    venues,
    factors,
    symbols: names.map((name) => day.symbols[name]),
    market: {
      moveBps: rows(market.moveBps, new Float64Array(cells)),
      flags: rows(market.flags, new Uint8Array(cells)),
    },
    flow: {
      bucket: Int32Array.from(kept, (k) => flow.bucket[k]),
      name: Int32Array.from(kept, (k) => place[flow.name[k]]),
      venue: Int32Array.from(kept, (k) => flow.venue[k]),
      signedQty: Float64Array.from(kept, (k) => flow.signedQty[k]),
      signedNotional: Float64Array.from(kept, (k) => flow.signedNotional[k]),
      count: Int32Array.from(kept, (k) => flow.count[k]),
    },
  };
}

import { tableFromIPC } from 'apache-arrow';
import { XimError } from '../model/failure.js';
import type { MarketProfile } from '../model/marketProfile.js';
import { type DenseMatrix, diagonalOf, isFiniteMatrix, isSymmetric, mapEntries, zeros } from '../numerics/dense.js';
import { arrowFile, nullableDoubles, positiveRowLists, rowLists, rowOf, utf8 } from './arrowColumns.js';

/**
 * Rows of `market.arrow`, one per name in the order of the manifest: what trades in each slot of the day, what a spread costs, what a unit
 * of quantity is worth and the covariance of moves over minutes. A spread or a value is null where no quote was seen.
 */
export function writeMarketArrow(symbols: readonly string[], profile: MarketProfile): Uint8Array {
  const { slots, volume, halfSpreadBps, unitMillions, covariance, slotSeconds, shrinkage, days } = profile;
  const known = mapEntries(halfSpreadBps, (value) => (Number.isFinite(value) ? value : 0));
  return arrowFile(
    [
      ['symbol', utf8(symbols)],
      ['unit_millions', nullableDoubles(unitMillions)],
      ['volume', rowLists(volume, 'volume')],
      ['half_spread_bps', positiveRowLists(known, 'half_spread_bps')],
      ['covariance', rowLists(covariance, 'covariance')],
    ],
    symbols.length,
    new Map([
      ['xim.slots_ns', JSON.stringify(slots.map(({ startNs, endNs }) => [startNs, endNs]))],
      ['xim.covariance_seconds', String(slotSeconds)],
      ['xim.covariance_shrinkage', String(shrinkage)],
      ['xim.days', String(days)],
    ]),
    new Set(['unit_millions']),
  );
}

/** @throws XimError `corrupt` when the bytes are no such table of these names */
export function readMarketArrow(bytes: Uint8Array, symbols: readonly string[]): MarketProfile {
  const damaged = (why: string) =>
    new XimError('corrupt', `market.arrow is damaged: ${why}`, 'restore the store from a backup, or run again');
  try {
    const table = tableFromIPC(bytes);
    const { metadata } = table.schema;
    const text = (key: string) => {
      const value = metadata.get(`xim.${key}`);
      if (value === undefined) throw damaged(`it has no ${key}`);
      return value;
    };
    const slots = (JSON.parse(text('slots_ns')) as [number, number][]).map(([startNs, endNs]) => ({ startNs, endNs }));
    const n = symbols.length;
    if (table.numRows !== n || symbols.some((symbol, i) => String(table.getChild('symbol')?.get(i)) !== symbol))
      throw damaged('its names are not those of the manifest');
    const matrix = (name: string, cols: number): DenseMatrix => {
      const out = zeros(n, cols);
      const vector = table.getChild(name);
      for (let i = 0; i < n; i++) {
        const row = rowOf(vector!.get(i));
        if (row.length !== cols) throw damaged(`${name} has rows of ${row.length}`);
        out.data.set(row, i * cols);
      }
      return out;
    };
    const volume = matrix('volume', slots.length);
    const covariance = matrix('covariance', n);
    if (!volume.data.every((millions) => millions >= 0 && Number.isFinite(millions)))
      throw damaged('volume holds what is no amount');
    if (
      !isFiniteMatrix(covariance) ||
      !isSymmetric(covariance) ||
      diagonalOf(covariance).some((variance) => variance < 0)
    )
      throw damaged('covariance is none');
    return {
      days: Number(text('days')),
      slots,
      volume,
      halfSpreadBps: matrix('half_spread_bps', slots.length),
      unitMillions: Float64Array.from({ length: n }, (_, i) => table.getChild('unit_millions')!.get(i) ?? Number.NaN),
      covariance,
      slotSeconds: Number(text('covariance_seconds')),
      shrinkage: Number(text('covariance_shrinkage')),
    };
  } catch (error) {
    throw error instanceof XimError ? error : damaged(error instanceof Error ? error.message : String(error));
  }
}

import type { Engine } from '../../io/duckdb.js';
import { dataError } from '../../model/failure.js';
import type { MarketProfile, Slot } from '../../model/marketProfile.js';
import { clockNs } from '../../stages/schedule/basket.js';
import { tableRows } from './basketRows.js';

/** A stretch of the day, and the millions that are expected to trade of a name in it. */
interface VolumeRow extends Slot {
  readonly symbol: string;
  readonly millions: number;
}

/** Volumes that a desk brings: `symbol, start, end, volume` (millions), in venue time. @throws data error naming the row */
export async function readVolumes(path: string, engine: () => Promise<Engine>): Promise<VolumeRow[]> {
  const rows = await tableRows(path, engine);
  if (rows.length === 0) throw dataError(`${path} has no row`, 'write symbol,start,end,volume');
  return rows.map(({ place, cells }) => {
    const missing = ['symbol', 'start', 'end', 'volume'].find((name) => cells[name] === undefined);
    if (missing !== undefined) throw dataError(`${place} has no ${missing}`, 'write symbol,start,end,volume');
    const millions = Number(cells.volume);
    if (!(Number.isFinite(millions) && millions >= 0))
      throw dataError(`${place}: volume is ${JSON.stringify(cells.volume)}`, 'give millions, at least 0');
    const startNs = clockNs(cells.start, place, 'start');
    const endNs = clockNs(cells.end, place, 'end');
    if (!(startNs < endNs))
      throw dataError(`${place} ends before it starts`, 'give the start of a stretch, then its end');
    return { symbol: cells.symbol, startNs, endNs, millions };
  });
}

/**
 * A profile with these volumes for the names that they speak of, spread evenly within each of their stretches.
 * @throws data error for a symbol that the version does not know
 */
export function withVolumes(
  profile: MarketProfile,
  symbols: readonly string[],
  rows: readonly VolumeRow[],
): MarketProfile {
  const place = new Map(symbols.map((symbol, i) => [symbol, i]));
  const stranger = rows.find(({ symbol }) => !place.has(symbol));
  if (stranger)
    throw dataError(`the volumes speak of ${stranger.symbol}, which is no name of the version`, 'leave it out');
  const data = profile.volume.data.slice();
  const { cols } = profile.volume;
  for (const symbol of new Set(rows.map((row) => row.symbol))) {
    const i = place.get(symbol)!;
    data.fill(0, i * cols, (i + 1) * cols);
  }
  for (const row of rows)
    profile.slots.forEach((slot, c) => {
      const inside = Math.min(slot.endNs, row.endNs) - Math.max(slot.startNs, row.startNs);
      if (inside > 0) data[place.get(row.symbol)! * cols + c] += (row.millions * inside) / (row.endNs - row.startNs);
    });
  return { ...profile, volume: { ...profile.volume, data } };
}

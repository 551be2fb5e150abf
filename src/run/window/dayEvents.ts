import type { Engine } from '../../io/duckdb.js';
import { readEventWindows } from '../../io/referenceReader.js';
import type { SymbolCodes } from '../../io/symbolCodes.js';
import type { EventWindow } from '../../model/events.js';
import type { BucketGrid } from '../../model/grid.js';
import type { Inputs } from './inputs.js';

interface DayEvents {
  /** Rows of the whole file. */
  readonly rows: number;
  readonly windows: readonly EventWindow[];
  readonly notes: readonly string[];
}

/** Events as the day sees them; one that touches its sessions and masks nothing, for want of its name, is said. */
export async function eventsOf(
  { events }: Inputs,
  engine: Engine,
  codes: SymbolCodes,
  { epochNs, sessions, date }: BucketGrid,
): Promise<DayEvents> {
  if (!events) return { rows: 0, windows: [], notes: [] };
  const { rows, windows, strangers } = await readEventWindows(engine, events.path, codes, epochNs);
  const last = sessions[sessions.length - 1];
  const touching = strangers.filter(({ startNs, endNs }) => startNs < last.endNs && endNs > sessions[0].startNs);
  const named = [...new Set(touching.map(({ symbol }) => JSON.stringify(symbol)))].sort();
  const notes =
    named.length > 0 ? [`${date}: events of symbols not in the universe mask nothing: ${named.join(', ')}`] : [];
  return { rows, windows, notes };
}

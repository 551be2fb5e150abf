import { feedTable } from '../../config/dataSection.js';
import type { ScanContext } from '../../io/eventReader.js';
import type { BucketGrid } from '../../model/grid.js';
import type { AlignContext } from './alignKey.js';
import { clockOffsetsOn } from './clockOffsets.js';
import { symbolCodes } from './reference.js';

/** How the events of a day are read. */
export function scanContext(context: AlignContext, grid: BucketGrid): ScanContext {
  const { config, temporaryFolder } = context;
  return {
    ...symbolCodes(context, grid.date),
    epochNs: grid.epochNs,
    clockOffsetsNs: new Map(
      Object.entries(clockOffsetsOn(config.align.clock_offsets, grid.date)).map(([venue, offset]) => [
        venue,
        clockOffsetNs(offset),
      ]),
    ),
    temporaryFolder,
    timezone: config.calendar.timezone,
    feed: (dataset) => feedTable(config.data, dataset),
    acceptLate: config.align.out_of_order === 'sort',
    sessionsNs: grid.sessions.map(({ startNs, endNs }) => [startNs, endNs] as const),
  };
}

function clockOffsetNs(text: string): number {
  const [, number, unit] = /^(-?[\d.]+)(ns|us|ms|s)$/.exec(text)!;
  return Math.round(Number(number) * { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[unit as 'ns' | 'us' | 'ms' | 's']);
}

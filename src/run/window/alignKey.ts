import type { Config } from '../../config/schema.js';
import type { Engine } from '../../io/duckdb.js';
import type { DayBuckets, Name } from '../../model/buckets.js';
import { sessionsOf } from '../../model/calendar.js';
import { durationNs } from '../../model/duration.js';
import type { EventList } from '../../model/events.js';
import { type BucketGrid, bucketGrid } from '../../model/grid.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import type { StageCaches } from '../../store/stageCaches.js';
import { stageKey } from '../../store/store.js';
import { clockOffsetsOn } from './clockOffsets.js';
import type { Inputs } from './inputs.js';
import type { Reference } from './reference.js';

export interface AlignContext {
  readonly config: Config;
  readonly inputs: Inputs;
  /** As the universe has them; see `namesOn` for what their currency is worth on a date. */
  readonly names: readonly Name[];
  readonly events: EventList;
  readonly reference: Reference;
  readonly caches: StageCaches;
  readonly made: DayMade;
  readonly temporaryFolder: string;
  /** The engine is opened by the first day that needs it. */
  readonly engine: () => Promise<Engine>;
}

/**
 * The day whose buckets were made last, until another is made or whoever is done with it lets it go: what is summed of it next
 * need not read it back. Hundreds of megabytes for many names.
 */
export interface DayMade {
  latest?: { readonly key: string; readonly buckets: DayBuckets } | undefined;
}

export function gridOf(config: Config, date: string): BucketGrid {
  return bucketGrid(config.calendar, date, durationNs(config.align.bucket));
}

/** Of how input is read and of what `align.json` holds: days that were aligned by other rules are aligned anew. */
export const INPUT_RULES = 5;

/** Of which files a day's buckets are kept in: those of another layout are left, and made anew beside them. */
const LAYOUT = 1;

/** Key of a day's buckets: its files, the universe and every setting that shapes them. */
export function alignKey({ config, inputs }: Pick<AlignContext, 'config' | 'inputs'>, date: string): string {
  const { calendar, align, flow, defactor } = config;
  const { parents: _parents, ...participation } = inputs.participation;
  const isRead = (dataset: string) =>
    dataset !== 'parents' && (dataset !== 'fills' || (flow.source === 'fills' && config.data.source === 'events'));
  const files = [...inputs.byDate.get(date)!]
    .filter(([dataset]) => isRead(dataset))
    .flatMap(([, found]) => found.map(({ dataset, sha256, folders }) => [dataset, sha256, folders]));
  const { universe, events, symbols, fx } = inputs;
  const shared = [universe, events, symbols, fx].map((file) => file?.sha256 ?? null);
  return stageKey({
    METHOD_VERSION,
    INPUT_RULES,
    LAYOUT,
    date,
    files,
    shared,
    calendar: { timezone: calendar.timezone, sessions: sessionsOf(calendar, date) },
    align: { ...align, clock_offsets: clockOffsetsOn(align.clock_offsets, date) },
    source: flow.source,
    data: { ...config.data, root: null },
    given: defactor.factors,
    participation,
  });
}

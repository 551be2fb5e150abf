import type { Config } from '../../config/schema.js';
import type { Engine } from '../../io/duckdb.js';
import type { Name } from '../../model/buckets.js';
import { durationNs } from '../../model/duration.js';
import { type BucketGrid, bucketGrid } from '../../model/grid.js';
import { METHOD_VERSION } from '../../model/manifest.js';
import { stageKey } from '../../store/store.js';
import type { Inputs } from './inputs.js';
import type { Reference } from './reference.js';

export interface AlignContext {
  readonly config: Config;
  readonly inputs: Inputs;
  /** As the universe has them; see `namesOn` for what their currency is worth on a date. */
  readonly names: readonly Name[];
  readonly reference: Reference;
  readonly temporaryFolder: string;
  /** The engine is opened by the first day that needs it. */
  readonly engine: () => Promise<Engine>;
}

/** Of what `align.json` holds: a day that was aligned before is aligned again when later stages read more of it. */
const REPORT_LAYOUT = 2;

export function gridOf(config: Config, date: string): BucketGrid {
  return bucketGrid(config.calendar, date, durationNs(config.align.bucket));
}

/** Key of a day's buckets: its files, the universe and every setting that shapes them. */
export function alignKey({ config, inputs }: Pick<AlignContext, 'config' | 'inputs'>, date: string): string {
  const { calendar, align, flow, defactor } = config;
  const { parents: _parents, ...participation } = inputs.participation;
  const isRead = (dataset: string) =>
    dataset !== 'parents' && (dataset !== 'fills' || (flow.source === 'fills' && config.data.source === 'events'));
  const files = [...inputs.byDate.get(date)!]
    .filter(([dataset]) => isRead(dataset))
    .flatMap(([, found]) => found.map(({ dataset, sha256 }) => [dataset, sha256]));
  const { universe, events, symbols, fx } = inputs;
  const shared = [universe, events, symbols, fx].map((file) => file?.sha256 ?? null);
  return stageKey({
    METHOD_VERSION,
    layout: REPORT_LAYOUT,
    date,
    files,
    shared,
    calendar,
    align,
    source: flow.source,
    data: config.data.source,
    given: defactor.factors,
    participation,
  });
}

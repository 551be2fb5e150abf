import { basename } from 'node:path';
import type { Config } from '../../config/schema.js';
import type { DataFolders } from '../../io/datasetFolders.js';
import type { DatedDataset } from '../../io/files.js';
import { dataError } from '../../model/failure.js';

/** Which optional datasets take part. Settled once per run, so that every day is treated alike. */
export interface Participation {
  readonly trades: boolean;
  readonly factors: boolean;
  readonly events: boolean;
  /** Parent orders, which costs are scored by; no bucket depends on them. */
  readonly parents: boolean;
  readonly notes: readonly string[];
}

/** @param hasEvents whether there is a table of events. @throws data error where a dataset that is needed is missing */
export const settleParticipation = (
  config: Config,
  folders: DataFolders,
  hasEvents: boolean,
  dates: readonly string[],
): Participation =>
  config.data.source === 'buckets'
    ? settleBuckets(config, folders, hasEvents, dates)
    : settleEvents(config, folders, hasEvents);

function settleEvents(config: Config, folders: DataFolders, hasEvents: boolean): Participation {
  const has = (dataset: DatedDataset) => folders.dates(dataset).length > 0;
  const notes: string[] = [];
  if (config.flow.source === 'fills' && !has('fills')) {
    throw dataError(
      `${config.data.root} has no folder fills/date=YYYY-MM-DD`,
      'add own fills, or set flow.source: trades to learn from the market tape',
    );
  }
  const factors = config.defactor.factors === 'given' && has('factors');
  if (config.defactor.factors === 'given' && !factors)
    notes.push('no factors dataset: moves are taken as they are (defactor.factors: none)');
  const trades = config.flow.source === 'trades' || has('trades');
  if (!trades) notes.push('no trades dataset: volume and market flow are zero');
  if (!hasEvents) notes.push('no events dataset: nothing is masked');
  return { trades, factors, events: hasEvents, parents: has('parents'), notes };
}

/** Own buckets bring their flow and, on every day or none, their factors. */
function settleBuckets(
  config: Config,
  folders: DataFolders,
  hasEvents: boolean,
  dates: readonly string[],
): Participation {
  const has = (date: string, table: string) =>
    folders.files('buckets', date).some(({ path }) => tableName(path) === table);
  for (const table of ['market', 'flow']) {
    const missing = dates.find((date) => !has(date, table));
    if (missing !== undefined)
      throw dataError(
        `buckets/date=${missing} below ${config.data.root} has no ${table}.parquet`,
        'write market.parquet and flow.parquet for every day',
      );
  }
  const withFactors = dates.filter((date) => has(date, 'factors'));
  const factors = config.defactor.factors === 'given' && withFactors.length > 0;
  const without = dates.find((date) => !withFactors.includes(date));
  if (factors && without !== undefined)
    throw dataError(`buckets/date=${without} below ${config.data.root} has no factors.parquet`, missingHint('factors'));
  const notes =
    factors || config.defactor.factors !== 'given'
      ? []
      : ['no factors in the buckets: moves are taken as they are (defactor.factors: none)'];
  return {
    trades: false,
    factors,
    events: hasEvents,
    parents: folders.dates('parents').length > 0,
    notes: hasEvents ? notes : [...notes, 'no events dataset: nothing is masked'],
  };
}

/** `market`, `flow` or `factors`: the file without its endings. */
export const tableName = (path: string): string => basename(path).replace(/\..*$/, '');

export function missingHint(dataset: DatedDataset): string {
  return dataset === 'factors'
    ? 'add the day, or set defactor.factors: none'
    : 'every day of the window needs it: add the day or shorten fit.window';
}

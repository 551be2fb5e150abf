import type { Config } from '../../config/schema.js';
import { dataFolders } from '../../io/datasetFolders.js';
import { checkDataRoot, type DatedDataset } from '../../io/files.js';
import { dataError } from '../../model/failure.js';

/** The dataset whose partitions say which days there are. */
export const mainDataset = (config: Config): DatedDataset => (config.data.source === 'buckets' ? 'buckets' : 'quotes');

/** Every day that the main dataset has, ascending. */
export function datesPresent(config: Config): string[] {
  checkDataRoot(config.data.root);
  return dataFolders(config.data.root).dates(mainDataset(config));
}

/** The trading days of a window: the last `count` days with quotes, ending at `date`, which must be one of them. */
export function windowDates(config: Config, date: string, count: number): string[] {
  const dataset = mainDataset(config);
  const available = datesPresent(config);
  if (available.length === 0)
    throw dataError(
      `${config.data.root} has no folder ${dataset}/date=YYYY-MM-DD`,
      `set data.root to the folder that holds ${dataset}`,
    );
  if (!available.includes(date)) {
    const before = available.filter((d) => d < date).at(-1);
    const after = available.find((d) => d > date);
    const nearest = [before, after].filter((d) => d !== undefined).join(' and ');
    throw dataError(
      `there are no ${dataset} for ${date} below ${config.data.root}`,
      `the nearest days with ${dataset} are ${nearest}`,
    );
  }
  return available.filter((d) => d <= date).slice(-count);
}

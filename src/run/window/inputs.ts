import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Config } from '../../config/schema.js';
import {
  checkDataRoot,
  checkParquetFile,
  type DatedDataset,
  partitionDates,
  partitionFiles,
  sha256OfFile,
  staticFile,
} from '../../io/files.js';
import { dataError } from '../../model/failure.js';
import { writeAtomically } from '../../store/atomic.js';
import type { Champion } from './champion.js';

/** A file that a result depends on. */
export interface InputFile {
  readonly dataset: string;
  readonly date?: string;
  readonly path: string;
  /** Path below the data folder. */
  readonly name: string;
  readonly sha256: string;
}

/** Which optional datasets take part. Settled once per run, so that every day is treated alike. */
export interface Participation {
  readonly trades: boolean;
  readonly factors: boolean;
  readonly events: boolean;
  /** Parent orders, which costs are scored by; no bucket depends on them. */
  readonly parents: boolean;
  readonly notes: readonly string[];
}

export interface Inputs {
  readonly universe: InputFile;
  readonly events?: InputFile;
  /** The promoted version, where a turnover penalty makes the result depend on it. */
  readonly champion?: Champion;
  readonly dates: readonly string[];
  readonly participation: Participation;
  readonly byDate: ReadonlyMap<string, ReadonlyMap<DatedDataset, readonly InputFile[]>>;
  /** Writes the digests that were computed, for the next run; the store's lock must be held. */
  readonly rememberDigests: () => void;
}

/** The dataset whose partitions say which days there are. */
export const mainDataset = (config: Config): DatedDataset => (config.data.source === 'buckets' ? 'buckets' : 'quotes');

/** The trading days of a window: the last `count` days with quotes, ending at `date`, which must be one of them. */
export function windowDates(config: Config, date: string, count: number): string[] {
  checkDataRoot(config.data.root);
  const dataset = mainDataset(config);
  const available = partitionDates(config.data.root, dataset);
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

/** What the orders of a day are scored from; a day may have none. */
const ORDER_DATASETS = ['parents', 'fills'] as const;

/** Finds and digests every file that the days need. @throws data error naming what is missing. */
export async function collectInputs(config: Config, dates: readonly string[]): Promise<Inputs> {
  const { root } = config.data;
  const digest = digestCache(config.store);
  const fileOf = async (dataset: string, path: string, date?: string): Promise<InputFile> => {
    if (path.endsWith('.parquet')) checkParquetFile(path);
    return {
      dataset,
      ...(date === undefined ? {} : { date }),
      path,
      name: relative(root, path).replaceAll('\\', '/'),
      sha256: await digest.of(path),
    };
  };
  const universePath = staticFile(root, 'universe');
  if (!universePath)
    throw dataError(`${root} has neither universe.parquet nor universe.csv`, 'list the names: symbol, block');
  const eventsPath = staticFile(root, 'events');
  const participation = participationOf(config, dates);
  const byDate = new Map<string, ReadonlyMap<DatedDataset, readonly InputFile[]>>();
  for (const date of dates) {
    const files = new Map<DatedDataset, readonly InputFile[]>();
    for (const dataset of config.data.source === 'buckets'
      ? (['buckets'] as const)
      : datasetsFor(config, participation)) {
      const paths = partitionFiles(root, dataset, date);
      if (paths.length === 0)
        throw dataError(`${dataset}/date=${date} below ${root} has no Parquet file`, missingHint(dataset));
      const found: InputFile[] = [];
      const label = (path: string) => (dataset === 'buckets' ? `buckets/${basename(path, '.parquet')}` : dataset);
      for (const path of paths) found.push(await fileOf(label(path), path, date));
      refuseCopies(found);
      files.set(dataset, found);
    }
    for (const dataset of participation.parents ? ORDER_DATASETS : []) {
      const paths = files.has(dataset) ? [] : partitionFiles(root, dataset, date);
      if (paths.length === 0) continue;
      const found: InputFile[] = [];
      for (const path of paths) found.push(await fileOf(dataset, path, date));
      refuseCopies(found);
      files.set(dataset, found);
    }
    byDate.set(date, files);
  }
  const universe = await fileOf('universe', universePath);
  const events = eventsPath === undefined ? {} : { events: await fileOf('events', eventsPath) };
  return {
    universe,
    ...events,
    ...(await championOf(config)),
    dates,
    participation,
    byDate,
    rememberDigests: digest.flush,
  };
}

/** Read only where the result depends on it: the artifact's reader takes a moment to load. */
async function championOf({ fit, store }: Config): Promise<{ champion?: Champion }> {
  if (fit.turnover === 0) return {};
  const { readChampion } = await import('./champion.js');
  const champion = readChampion(store);
  return champion ? { champion } : {};
}

/** Which datasets take part in a run of these days. @throws data error where one that it needs is missing. */
export function participationOf(config: Config, dates: readonly string[]): Participation {
  const hasEvents = staticFile(config.data.root, 'events') !== undefined;
  return config.data.source === 'buckets' ? settleBuckets(config, hasEvents, dates) : settle(config, hasEvents);
}

function settle(config: Config, hasEvents: boolean): Participation {
  const has = (dataset: DatedDataset) => partitionDates(config.data.root, dataset).length > 0;
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
function settleBuckets(config: Config, hasEvents: boolean, dates: readonly string[]): Participation {
  const has = (date: string, file: string) =>
    partitionFiles(config.data.root, 'buckets', date).some((path) => path.endsWith(`/${file}`));
  for (const file of ['market.parquet', 'flow.parquet']) {
    const missing = dates.find((date) => !has(date, file));
    if (missing !== undefined)
      throw dataError(
        `buckets/date=${missing} below ${config.data.root} has no ${file}`,
        'write market.parquet and flow.parquet for every day',
      );
  }
  const withFactors = dates.filter((date) => has(date, 'factors.parquet'));
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
    parents: partitionDates(config.data.root, 'parents').length > 0,
    notes: hasEvents ? notes : [...notes, 'no events dataset: nothing is masked'],
  };
}

/** Every dataset that a run reads by date; days may lack those of parent orders. */
export function datasetsOf(config: Config, participation: Participation): DatedDataset[] {
  const needed = config.data.source === 'buckets' ? (['buckets'] as const) : datasetsFor(config, participation);
  return participation.parents ? [...needed, 'parents'] : [...needed];
}

function datasetsFor(config: Config, participation: Participation): DatedDataset[] {
  const datasets: DatedDataset[] = ['quotes'];
  if (participation.trades) datasets.push('trades');
  if (config.flow.source === 'fills') datasets.push('fills');
  if (participation.factors) datasets.push('factors');
  return datasets;
}

function missingHint(dataset: DatedDataset): string {
  return dataset === 'factors'
    ? 'add the day, or set defactor.factors: none'
    : 'every day of the window needs it: add the day or shorten fit.window';
}

/** The same file twice in one day would count every event twice. */
function refuseCopies(files: readonly InputFile[]): void {
  const seen = new Map<string, string>();
  for (const { sha256, name } of files) {
    const first = seen.get(sha256);
    if (first !== undefined) throw dataError(`${name} has the same content as ${first}`, 'remove one of them');
    seen.set(sha256, name);
  }
}

/** Digests by path, size, inode and times of change, so that a run over years of unchanged files reads none of them. */
function digestCache(store: string) {
  const path = join(store, 'stages', 'digests.json');
  const known = new Map(Object.entries(storedDigests(path)));
  let added = 0;
  return {
    of: async (file: string): Promise<string> => {
      const { size, ino, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const key = `${file}|${size}|${ino}|${mtimeNs}|${ctimeNs}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      const digest = await sha256OfFile(file);
      known.set(key, digest);
      added++;
      return digest;
    },
    flush: () => {
      if (added > 0) writeAtomically(path, JSON.stringify(Object.fromEntries(known)));
    },
  };
}

/** Nothing is lost with a cache that cannot be read: files are digested again. */
function storedDigests(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

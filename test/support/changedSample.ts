import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/io/duckdb.js';
import { repository } from './cli.js';

/** Days of the sample data. */
export const SAMPLE_DATES = ['2024-03-06', '2024-03-07', '2024-03-08', '2024-03-11', '2024-03-12', '2024-03-13'];
export const LAST_DATE = '2024-03-13';

export const SAMPLE_NAMES = ['SIM1', 'SIM2', 'SIM3', 'SIM4', 'SIM5', 'SIM6', 'SIM7', 'SIM8', 'SIM9'];

type Dataset = 'quotes' | 'trades' | 'fills' | 'factors' | 'parents';

export interface SampleChange {
  readonly dates?: readonly string[];
  readonly drop?: readonly Dataset[];
  /** By dataset, a query over the file `$` that is written in its place; by date where it is a function. */
  readonly change?: Readonly<Partial<Record<Dataset, string | ((date: string) => string | undefined)>>>;
  /** Further files of the data folder, `universe.csv` among them. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes the sample data with some changes into a folder, which is emptied before. */
export async function changedSample(engine: Engine, root: string, sample: SampleChange): Promise<void> {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  const source = join(repository, 'sample-data');
  cpSync(join(source, 'universe.csv'), join(root, 'universe.csv'));
  for (const dataset of ['quotes', 'trades', 'fills', 'factors', 'parents'] as const) {
    if (sample.drop?.includes(dataset)) continue;
    for (const date of sample.dates ?? [LAST_DATE]) {
      const [from, to] = [source, root].map((folder) => join(folder, dataset, `date=${date}`));
      cpSync(from, to, { recursive: true });
      const change = sample.change?.[dataset];
      const query = typeof change === 'function' ? change(date) : change;
      if (query === undefined) continue;
      const file = 'part-0.parquet';
      const rows = query.replaceAll('$', `read_parquet('${join(from, file)}', hive_partitioning = false)`);
      await engine.connection.run(`COPY (${rows}) TO '${join(to, file)}' (FORMAT parquet)`);
    }
  }
  for (const [name, content] of Object.entries(sample.files ?? {})) writeFileSync(join(root, name), content);
}

/** A universe of some names of the sample, with further columns. */
export function universeOf(names: readonly string[], columns: Readonly<Record<string, string>> = {}): string {
  const header = ['symbol', 'block', ...Object.keys(columns)].join(',');
  return [header, ...names.map((name) => [name, 'X', ...Object.values(columns)].join(','))].join('\n');
}

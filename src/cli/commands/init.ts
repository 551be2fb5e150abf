import { relative, resolve } from 'node:path';
import { Argument } from 'commander';
import { printable } from '../../model/plainText.js';
import type { InitResult } from '../../run/setup/init.js';
import type { CommandResult, Session } from '../session.js';
import { textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface InitArguments {
  readonly folder: string;
}

export const verb = defineVerb<InitArguments>({
  name: 'init',
  description: 'look at a folder of Parquet or CSV files and write xim.yaml for it',
  arguments: [new Argument('[folder]', 'folder with the files').default('.')],
  withoutConfig: true,
  computes: true,
  action: async (session, { folder }) => {
    const { withEngine } = await import('../../run/pipeline.js');
    const { initialise } = await import('../../run/setup/init.js');
    const { config, effects, options } = session;
    const result = await withEngine(config, effects, async (engine) =>
      initialise(
        {
          folder,
          configFile: resolve(options.config ?? 'xim.yaml'),
          force: options.force ?? false,
          dryRun: options.dryRun ?? false,
        },
        await engine(),
        effects.stage,
      ),
    );
    return describe(session, result);
  },
});

function describe({ options }: Session, result: InitResult): CommandResult {
  const { configFile, universeFile, datasets, settings, notes, lastDate } = result;
  const rows = datasets.map(({ dataset, folder, dates, files, rows, bytes }) => [
    dataset,
    folder || '.',
    dates.length === 0 ? '–' : `${dates.length}: ${dates[0]} to ${dates.at(-1)}`,
    files.length,
    rows ?? '–',
    (bytes / 1e6).toFixed(1),
  ]);
  const shown = (path: string) => relative(process.cwd(), path) || '.';
  const wrote = options.dryRun ? 'would write' : 'wrote';
  const isUsual = configFile === resolve('xim.yaml');
  const next = `xim run --date ${lastDate ?? 'D'}${isUsual ? '' : ` --config ${shown(configFile)}`}`;
  return {
    text: [
      textTable(['dataset', 'folder', 'days', 'files', 'rows', 'MB'], rows),
      '',
      textTable(
        ['setting', 'value', 'why'],
        settings.map(({ key, value, evidence }) => [key, shownValue(value), evidence]),
      ),
      ...notes.map((note) => `note: ${printable(note)}`),
      '',
      ...(universeFile === undefined ? [] : [`${wrote} ${shown(universeFile)}: ${result.names} names`]),
      `${wrote} ${shown(configFile)}`,
      `next: ${next}`,
    ].join('\n'),
    json: {
      config: configFile,
      universe: universeFile ?? null,
      names: result.names,
      datasets: datasets.map(({ files, dates, ...rest }) => ({ ...pick(rest), files: files.length, dates })),
      settings,
      notes,
      lastDate: lastDate ?? null,
      written: !options.dryRun,
    },
  };
}

const pick = ({ dataset, folder, rows, bytes }: Omit<InitResult['datasets'][number], 'files' | 'dates'>) => ({
  dataset,
  folder,
  rows: rows ?? null,
  bytes,
});

const shownValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Engine } from '../../io/duckdb.js';
import { dataError, XimError } from '../../model/failure.js';
import { writeAtomically } from '../../store/atomic.js';
import { configText, universeText } from './configText.js';
import { propose } from './proposal.js';
import type { Setting } from './setting.js';
import { type DatasetSurvey, dataRootOf, mainOf, surveyFolder } from './survey.js';

export interface InitOptions {
  /** Folder with somebody's files. */
  readonly folder: string;
  /** Configuration to write. */
  readonly configFile: string;
  /** Write over a configuration that is there. */
  readonly force: boolean;
  /** Write nothing. */
  readonly dryRun: boolean;
}

export interface InitResult {
  readonly configFile: string;
  /** Absent where there was one already. */
  readonly universeFile: string | undefined;
  readonly names: number;
  readonly datasets: readonly Pick<DatasetSurvey, 'dataset' | 'folder' | 'dates' | 'files' | 'rows' | 'bytes'>[];
  readonly settings: readonly Setting[];
  readonly notes: readonly string[];
  readonly lastDate: string | undefined;
}

/**
 * Looks at a folder and writes a configuration for it, with the reason for each key, and a universe where there is none.
 * @throws XimError `usage` where a configuration is there already; `data` where nothing is found to calibrate from.
 */
export async function initialise(
  { folder, configFile, force, dryRun }: InitOptions,
  engine: Engine,
  announce: (text: string) => void,
): Promise<InitResult> {
  if (existsSync(configFile) && !force)
    throw new XimError(
      'usage',
      `${configFile} is there already`,
      'pass --force to write over it, or --config FILE to write another',
    );
  const root = dataRootOf(resolve(folder));
  const survey = await surveyFolder(engine, root, announce);
  if (!mainOf(survey.datasets)) throw nothingFound(root, survey.unknown);
  const proposal = propose(survey);
  const settings = [...placeSettings(root, configFile), ...proposal.settings];
  const { text, refused } = configText(settings);
  const universeFile = survey.universe ? undefined : join(root, 'universe.csv');
  if (!dryRun) {
    if (universeFile !== undefined) writeAtomically(universeFile, universeText(proposal.symbols));
    writeAtomically(configFile, text);
  }
  return {
    configFile,
    universeFile,
    names: proposal.names,
    datasets: survey.datasets,
    settings: settings.filter(({ key }) => !refused.some((other) => other.key === key)),
    notes: [...refused.map(refusal), ...proposal.notes],
    lastDate: proposal.lastDate,
  };
}

const refusal = ({ key, value, why }: Setting & { readonly why: string }): string =>
  `${key}: ${JSON.stringify(value)} would be needed, and is not taken (${why}): write the files that way`;

function nothingFound(root: string, unknown: readonly string[]) {
  const found = unknown.length > 0 ? `; found: ${unknown.slice(0, 5).join(', ')}` : '';
  return dataError(
    `${root} holds no Parquet or CSV files with the columns of quotes (time, symbol, bid, ask)${found}`,
    'name the folder that holds them: xim init FOLDER; "xim simulate FOLDER" makes some to try with',
  );
}

/** Where things are, relative to the configuration where they lie below it. */
function placeSettings(root: string, configFile: string): Setting[] {
  const home = dirname(configFile);
  const below = relative(home, root).replaceAll('\\', '/');
  const path = below === '' ? '.' : below.startsWith('..') ? root : `./${below}`;
  return [
    { key: 'model', value: modelName(home), evidence: 'name of the artifact line' },
    { key: 'store', value: './store', evidence: 'where versions go' },
    { key: 'data.root', value: path, evidence: 'the folder with the datasets' },
  ];
}

/** After the folder, as far as a model may be called so. */
function modelName(home: string): string {
  const name = basename(home)
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'default' : name;
}

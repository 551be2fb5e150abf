import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { methodConfig } from '../config/methodConfig.js';
import type { Config } from '../config/schema.js';
import type { Engine } from '../io/duckdb.js';
import type { Name } from '../model/buckets.js';
import { METHOD_VERSION } from '../model/manifest.js';
import { publishFolder, writeAtomically } from '../store/atomic.js';
import { acquireLock } from '../store/lock.js';
import { moveAlias, readVersion, type StoredVersion, stageFolder, stageKey } from '../store/store.js';
import type { Effects } from './effects.js';
import { recorded } from './runLog.js';
import { type AlignContext, alignKey, gridOf, INPUT_RULES } from './window/alignKey.js';
import { collectInputs, type Inputs } from './window/inputs.js';
import { engineMemory } from './window/memory.js';
import { windowDates } from './window/tradingDays.js';

export interface RunOptions {
  readonly config: Config;
  readonly date: string;
  readonly packageVersion: string;
  /** Calibrate again even when the result is there. */
  readonly force: boolean;
  readonly lockTimeoutMs: number;
}

export interface RunResult {
  readonly version: StoredVersion;
  /** False when the version was there already and nothing was written. */
  readonly fresh: boolean;
}

/** The nightly job: raw events to a certified version, reading only what is new. */
export async function runWindow(options: RunOptions, effects: Effects): Promise<RunResult> {
  const { config, date } = options;
  const inputs = await windowInputs(config, date);
  const key = runKey(config, inputs, options.packageVersion);
  const known = options.force ? undefined : knownVersion(config.store, key);
  if (known) return { version: known, fresh: false };
  return withLock(config, options.lockTimeoutMs, effects, () =>
    recorded(config, `run --date ${date}`, effects, async (logged) => {
      inputs.rememberDigests();
      const version = await calibrateAndPublish(options, inputs, logged);
      moveAlias(config.store, 'candidate', version, {
        when: effects.now().toISOString(),
        who: effects.user,
        action: 'run',
        why: `run --date ${date}`,
      });
      // Last: what stands here is all that a later run looks at.
      await publishFolder(stageFolder(config.store, 'run', key), async (folder) => {
        writeAtomically(join(folder, 'result.json'), JSON.stringify({ version: version.folder }));
      });
      return { version, fresh: true };
    }),
  );
}

/** What a run would do, without doing it. */
export interface RunPlan {
  readonly dates: readonly { readonly date: string; readonly buckets: 'cached' | 'to be made' }[];
  readonly result: 'there already' | 'to be calibrated';
  readonly notes: readonly string[];
}

export async function planRun({ config, date, packageVersion, force }: RunOptions): Promise<RunPlan> {
  const inputs = await windowInputs(config, date);
  const known = !force && knownVersion(config.store, runKey(config, inputs, packageVersion));
  const cached = (day: string) => existsSync(stageFolder(config.store, 'align', alignKey({ config, inputs }, day)));
  return {
    dates: inputs.dates.map((day) => ({ date: day, buckets: cached(day) ? 'cached' : 'to be made' })),
    result: known ? 'there already' : 'to be calibrated',
    notes: inputs.notes,
  };
}

/** What the window that ends on this date is made of. */
export const windowInputs = (config: Config, date: string): Promise<Inputs> =>
  collectInputs(config, windowDates(config, date, Number.parseInt(config.fit.window, 10)));

/** Key of a run: every input and every setting that may change its result. */
function runKey(config: Config, inputs: Inputs, packageVersion: string): string {
  const files = inputs.dates.flatMap((date) =>
    [...inputs.byDate.get(date)!.values()]
      .flat()
      .map(({ dataset, sha256, folders }) => [dataset, date, sha256, folders]),
  );
  return stageKey({
    METHOD_VERSION,
    INPUT_RULES,
    packageVersion,
    config: methodConfig(config),
    notes: inputs.notes,
    files,
    universe: inputs.universe.sha256,
    events: inputs.events?.sha256 ?? null,
    reference: [inputs.symbols?.sha256 ?? null, inputs.fx?.sha256 ?? null],
    champion: inputs.champion?.id ?? null,
  });
}

function knownVersion(store: string, key: string): StoredVersion | undefined {
  const path = join(stageFolder(store, 'run', key), 'result.json');
  if (!existsSync(path)) return undefined;
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return existsSync(join(store, 'versions', version)) ? readVersion(store, version) : undefined;
}

async function calibrateAndPublish(
  { config, date, packageVersion }: RunOptions,
  inputs: Inputs,
  effects: Effects,
): Promise<StoredVersion> {
  return withEngine(config, effects, async (engine) => {
    const { concludeWindow } = await import('./calibration/calibrateWindow.js');
    const { fitWindow } = await import('./calibration/fittedWindow.js');
    const { familyWindow } = await import('./window/familyWindow.js');
    const { publish } = await import('./publication/publish.js');
    const context = await alignContext(config, inputs, engine, effects);
    if (worthHelping(config, context.names.length)) effects.startBlasHelper();
    const window = await familyWindow(context, effects.stage);
    effects.stage(`fit ${context.names.length} names on ${window.folds.length} folds`);
    const { fitted, moments } = await fitWindow(context, window, effects.stage);
    effects.stage('constrain');
    const grid = gridOf(config, date);
    const concluded = await concludeWindow({ config, fitted, moments, grid, announce: effects.stage });
    const { scoreOutcome } = await import('./orders/scoreOutcome.js');
    const { replayedSchedules } = await import('./orders/replayedSchedules.js');
    const scored = await scoreOutcome(context, concluded, moments, effects.stage);
    const outcome = { ...scored, scheduleReplay: await replayedSchedules(context, concluded, moments, effects.stage) };
    effects.stage('publish');
    return publish(
      { config, asof: date, inputs, moments, outcome, packageVersion },
      await engine(),
      effects.temporaryFolder,
    );
  });
}

/** Fewer names than this are done before a second thread has started. */
const HELPED_NAMES = 80;

export const worthHelping = ({ engine }: Config, names: number): boolean => engine.threads > 1 && names >= HELPED_NAMES;

export async function alignContext(
  config: Config,
  inputs: Inputs,
  engine: () => Promise<Engine>,
  effects: Effects,
): Promise<AlignContext> {
  const { readUniverse } = await import('../io/referenceReader.js');
  const { readEvents } = await import('./window/events.js');
  const { readReference } = await import('./window/reference.js');
  const { valuedNames } = await import('../stages/align/contracts.js');
  const { temporaryFolder } = effects;
  (await engine()).probe?.readAhead(filesToRead(config, inputs));
  const universe: Name[] = await readUniverse(await engine(), inputs.universe.path);
  const names = valuedNames(universe, config.align.units, inputs.universe.name);
  const reference = await readReference(await engine(), inputs, names);
  const events = await readEvents({ config, inputs, names, reference, temporaryFolder, engine });
  return { config, inputs, names, reference, events, temporaryFolder, engine };
}

/** Parquet files in the order in which they will be opened: those of all days whose buckets are to be made. */
function filesToRead(config: Config, inputs: Inputs): string[] {
  const { universe, symbols, fx, events, dates, byDate } = inputs;
  const isMade = (date: string) => existsSync(stageFolder(config.store, 'align', alignKey({ config, inputs }, date)));
  const ofDays = dates.filter((date) => !isMade(date)).flatMap((date) => [...byDate.get(date)!.values()].flat());
  const tables = [universe, symbols, fx, events].filter((file) => file !== undefined);
  return [...tables, ...ofDays].filter(({ pages }) => pages !== undefined).map(({ path }) => path);
}

/** Opens the engine when it is first asked for and closes it in the end. */
export async function withEngine<T>(
  config: Config,
  effects: Effects,
  use: (engine: () => Promise<Engine>) => Promise<T>,
): Promise<T> {
  let opened: Promise<Engine> | undefined;
  const open = async () => {
    const { openEngine } = await import('../io/duckdb.js');
    const { fileProbe } = await import('../io/fileProbe.js');
    return openEngine({
      probe: fileProbe(),
      threads: config.engine.threads,
      memoryLimit: engineMemory(config),
      temporaryFolder: effects.temporaryFolder,
    });
  };
  try {
    return await use(() => {
      opened ??= open();
      return opened;
    });
  } finally {
    if (opened) (await opened).close();
  }
}

export async function withLock<T>(
  config: Config,
  timeoutMs: number,
  effects: Effects,
  use: () => Promise<T>,
): Promise<T> {
  const release = await acquireLock(config.store, effects, timeoutMs);
  try {
    return await use();
  } finally {
    release();
  }
}

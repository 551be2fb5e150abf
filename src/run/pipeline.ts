import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { methodConfig } from '../config/methodConfig.js';
import type { Config } from '../config/schema.js';
import type { Engine } from '../io/duckdb.js';
import type { Name } from '../model/buckets.js';
import { XimError } from '../model/failure.js';
import { METHOD_VERSION } from '../model/manifest.js';
import { acquireLock, requireOwn } from '../store/lock.js';
import { checkRooms, storePath } from '../store/paths.js';
import { type CacheWorld, holdsStage, stageCaches } from '../store/stageCaches.js';
import { moveAlias, readObject, readVersion, type StoredVersion, stageKey } from '../store/store.js';
import type { Effects } from './effects.js';
import { type Leftovers, underLock } from './lockedStore.js';
import { recorded } from './runLog.js';
import { type AlignContext, alignKey, gridOf, INPUT_RULES } from './window/alignKey.js';
import { collectInputs, type Inputs } from './window/inputs.js';
import { engineMemory } from './window/memory.js';
import { windowDates, windowDays } from './window/tradingDays.js';

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
  const asked = await look(options, effects);
  if (asked.known) {
    for (const text of asked.inputs.warnings) effects.warn(text);
    asked.inputs.rememberDigests();
    return { version: asked.known, fresh: false };
  }
  return withLock(config, options.lockTimeoutMs, effects, async (waited) => {
    // Whoever had the lock may have made this version, or another champion.
    const { inputs, key, known } = waited ? await look(options, effects) : asked;
    if (known) return { version: known, fresh: false };
    return recorded(config, `run --date ${date}`, effects, async (logged) => {
      inputs.rememberDigests();
      const version = await calibrateAndPublish(options, inputs, logged);
      moveAlias(config.store, 'candidate', version, {
        when: effects.now().toISOString(),
        who: effects.user,
        action: 'run',
        why: `run --date ${date}`,
      });
      // Last: what stands here is all that a later run looks at.
      await stageCaches(config.store, effects).make({ stage: 'run', key }, async (folder) => {
        writeFileSync(join(folder, RESULT), JSON.stringify({ version: version.folder }));
      });
      return { version, fresh: true };
    });
  });
}

/** The inputs as they are now, and the version that was made of them unless it has to be made again. */
async function look({ config, date, packageVersion, force }: RunOptions, world: CacheWorld) {
  const inputs = await windowInputs(config, date);
  const key = runKey(config, inputs, packageVersion);
  return { inputs, key, known: force ? undefined : knownVersion(config.store, key, world) };
}

/** What a run would do, without doing it. */
export interface RunPlan {
  readonly dates: readonly { readonly date: string; readonly buckets: 'cached' | 'to be made' }[];
  readonly result: 'there already' | 'to be calibrated';
  readonly notes: readonly string[];
}

export async function planRun(options: RunOptions): Promise<RunPlan> {
  const { config } = options;
  const warnings: string[] = [];
  const world = { warn: (text: string) => warnings.push(text), now: () => new Date() };
  const { inputs, known } = await look(options, world);
  warnings.unshift(...inputs.warnings);
  const cached = (day: string) => holdsStage(config.store, { stage: 'align', key: alignKey({ config, inputs }, day) });
  return {
    dates: inputs.dates.map((day) => ({ date: day, buckets: cached(day) ? 'cached' : 'to be made' })),
    result: known ? 'there already' : 'to be calibrated',
    notes: [...inputs.notes, ...warnings],
  };
}

/** What the window that ends on this date is made of, or one day of it where others make the rest. */
export const windowInputs = (config: Config, date: string, only?: string): Promise<Inputs> =>
  collectInputs(config, windowDates(config, date, windowDays(config)), only);

/** Key of a run: every input and every setting that may change its result. */
export function runKey(config: Config, inputs: Inputs, packageVersion: string): string {
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

const RESULT = 'result.json';

/** @throws XimError `corrupt` for a version that is known and no longer what was published. */
export function knownVersion(store: string, key: string, world: CacheWorld): StoredVersion | undefined {
  const folder = stageCaches(store, world).peek({ stage: 'run', key });
  if (folder === undefined) return undefined;
  const { version: name } = JSON.parse(readFileSync(join(folder, RESULT), 'utf8')) as { version: string };
  if (!existsSync(storePath(store, 'versions', name))) return undefined;
  try {
    const version = readVersion(store, name);
    for (const object of version.manifest.objects) readObject(store, object);
    return version;
  } catch (error) {
    if (!(error instanceof XimError && error.kind === 'corrupt')) throw error;
    throw new XimError('corrupt', error.message, 'make the version again: the same command with --force');
  }
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
    const { markSummed } = await import('./window/summedDays.js');
    await markSummed(context);
    effects.stage(`fit ${context.names.length} names on ${window.folds.length} folds`);
    const { validatedBeside } = await import('./calibration/validation.js');
    const isWorth = worthHelping(config, context.names.length);
    const { moments, concluded } = await validatedBeside(
      { context, window, date, isWorth },
      effects,
      async (validated) => {
        const { fitted, moments } = await fitWindow(context, window, effects.stage);
        effects.stage('constrain');
        const grid = gridOf(config, date);
        const of = { config, fitted, moments, grid, announce: effects.stage };
        return {
          moments,
          concluded: await concludeWindow({ ...of, validated: validated && (() => validated(moments)) }),
        };
      },
    );
    const { scoreOutcome } = await import('./orders/scoreOutcome.js');
    const { replayedSchedules } = await import('./orders/replayedSchedules.js');
    const scored = await scoreOutcome(context, concluded, moments, effects.stage);
    const outcome = { ...scored, scheduleReplay: await replayedSchedules(context, concluded, moments, effects.stage) };
    effects.stage('publish');
    // A store that was removed meanwhile, or given to another writer, is not written to.
    requireOwn(config.store, effects);
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
  for (const text of inputs.warnings) effects.warn(text);
  inputs.rememberDigests();
  return {
    config,
    inputs,
    names,
    reference,
    events,
    caches: stageCaches(config.store, effects),
    made: {},
    temporaryFolder,
    engine,
  };
}

/** Parquet files in the order in which they will be opened: those of all days whose buckets are to be made. */
function filesToRead(config: Config, inputs: Inputs): string[] {
  const { universe, symbols, fx, events, dates, byDate } = inputs;
  const isMade = (date: string) =>
    holdsStage(config.store, { stage: 'align', key: alignKey({ config, inputs }, date) });
  // Where one day is made beforehand, the inputs have the files of that day alone.
  const toMake = dates.filter((date) => byDate.has(date) && !isMade(date));
  const ofDays = toMake.flatMap((date) => [...byDate.get(date)!.values()].flat());
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

/** Does what writes to the store, alone. `waited` says that others may have changed it since the command began. */
export async function withLock<T>(
  { store }: Config,
  timeoutMs: number,
  effects: Effects,
  use: (waited: boolean) => Promise<T>,
  leftovers: Leftovers = 'cleared',
): Promise<T> {
  checkRooms(store);
  let waited = false;
  const release = await acquireLock(store, effects, timeoutMs, (reason) => {
    waited = true;
    effects.stage(`wait: ${reason}`);
  });
  return underLock(store, release, effects, leftovers, () => use(waited));
}

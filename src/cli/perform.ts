import { hostname } from 'node:os';
import { loadConfig } from '../config/load.js';
import { resolveConfig } from '../config/resolve.js';
import { markTemporaries } from '../store/atomic.js';
import { markOf } from '../store/processes.js';
import { realEffects } from './effects.js';
import { type GivenOptions, settingsOf } from './options/shared.js';
import { classify, type Failure } from './process/failures.js';
import type { Progress } from './progress.js';
import type { RunFacts } from './session.js';
import type { Work } from './verb.js';

/** What was asked for: plain data, so that another thread can be asked as well. */
export interface Request {
  readonly options: GivenOptions;
  /** Options and arguments by their names. */
  readonly given: object;
  readonly packageVersion: string;
  /** Of this call of the program: what its log and its records are found by. */
  readonly runId: string;
}

/** What came of it: what stdout gets and the exit code, or what went wrong. */
export type Outcome =
  | { readonly output: string; readonly exitCode: number; readonly facts?: RunFacts }
  | { readonly failure: Failure };

/**
 * Opens a session and does the work of one verb in it, on whichever thread this is.
 * @param opened told the store before anything is done to it
 */
export async function perform(
  { withoutConfig, act }: Work,
  { options, given, packageVersion, runId }: Request,
  progress: Progress,
  opened: (store: string) => void,
): Promise<Outcome> {
  markTemporaries(markOf({ pid: process.pid, host: hostname() }));
  const effects = realEffects(progress, runId);
  try {
    const { config, origins, ignored } = withoutConfig ? defaultConfig() : configOf(options);
    if (ignored.length > 0 && !options.quiet && !options.json)
      progress.warn(`${ignored.join(', ')} in the environment: no setting of xim, ignored`);
    opened(config.store);
    const lockTimeoutMs = 1000 * (options.lockTimeout ?? 0);
    const {
      text,
      json,
      exitCode = 0,
      facts,
    } = await act({ config, origins, options, effects, packageVersion, lockTimeoutMs }, given);
    return { output: `${options.json ? JSON.stringify(json) : text}\n`, exitCode, ...(facts ? { facts } : {}) };
  } catch (error) {
    return { failure: classify(error, progress.current()) };
  } finally {
    effects.dispose();
  }
}

const configOf = (options: GivenOptions) =>
  loadConfig({ path: options.config, environment: process.env, flags: settingsOf(options), cwd: process.cwd() });

const defaultConfig = () => resolveConfig({ file: undefined, fileName: 'the defaults', environment: {}, flags: [] });

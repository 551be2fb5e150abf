import { loadConfig } from '../config/load.js';
import { resolveConfig } from '../config/resolve.js';
import { realEffects } from './effects.js';
import { type GivenOptions, settingsOf } from './options/shared.js';
import { reportFailure } from './process/failures.js';
import { printJson } from './process/pipes.js';
import { endOnSignals } from './process/signals.js';
import { type ProgressStyle, progressOf } from './progress.js';
import type { Work } from './verb.js';

/** Opens a session, does the work of one verb in it, prints what came of it. Returns the exit code. */
export async function execute(
  options: GivenOptions,
  packageVersion: string,
  { withoutConfig, act }: Work,
): Promise<number> {
  const progress = await progressOf(progressStyle(options), options.verbose ?? false, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const effects = realEffects(progress);
  try {
    const { config, origins, ignored } = withoutConfig ? defaultConfig() : configOf(options);
    if (ignored.length > 0 && !options.quiet && !options.json)
      progress.warn(`${ignored.join(', ')} in the environment: no setting of xim, ignored`);
    endOnSignals(config.store);
    const lockTimeoutMs = 1000 * (options.lockTimeout ?? 0);
    const result = await act({ config, origins, options, effects, packageVersion, lockTimeoutMs });
    progress.end();
    if (options.json) printJson(result.json);
    else process.stdout.write(`${result.text}\n`);
    return result.exitCode ?? 0;
  } catch (error) {
    progress.end(false);
    return reportFailure(error, options.json ?? false, progress.current());
  } finally {
    effects.dispose();
  }
}

const configOf = (options: GivenOptions) =>
  loadConfig({ path: options.config, environment: process.env, flags: settingsOf(options), cwd: process.cwd() });

const defaultConfig = () => resolveConfig({ file: undefined, fileName: 'the defaults', environment: {}, flags: [] });

function progressStyle(options: GivenOptions): ProgressStyle {
  if (options.quiet || options.json) return 'silent';
  if (options.logFormat === 'json') return 'json';
  return process.stderr.isTTY && !process.env.CI && !process.env.NO_COLOR ? 'spinner' : 'lines';
}

import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import type { Setting } from '../config/resolve.js';
import { XimError } from '../model/failure.js';
import { EXIT, EXIT_BUG } from './exitCodes.js';
import type { CommandResult, GlobalOptions, Session } from './session.js';

const packageJson = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

type Handler = (session: Session) => Promise<CommandResult> | CommandResult;

/** Parses the command line, runs one command and ends the process with the contract's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyWhenUnread();
  const state: { exitCode: number } = { exitCode: 0 };
  const program = buildProgram(async (options, handler) => {
    state.exitCode = await execute(options, handler);
  });
  const json = argv.includes('--json');
  try {
    await program.parseAsync(argv as string[], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) state.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
    else state.exitCode = reportFailure(error, json);
    if (error instanceof CommanderError && error.exitCode !== 0 && json)
      printJson({ error: { kind: 'usage', message: error.message.replace(/^error: /, ''), hint: 'see xim --help' } });
  }
  process.exitCode = state.exitCode;
}

/** A reader that has seen enough (`xim show | head`) closes the pipe: that is no failure of ours. */
function endQuietlyWhenUnread(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode);
    });
}

async function execute(options: GlobalOptions, handler: Handler): Promise<number> {
  const [{ loadConfig }, { progressOf }, { realEffects }] = await Promise.all([
    import('../config/load.js'),
    import('./progress.js'),
    import('./effects.js'),
  ]);
  const progress = await progressOf(progressStyle(options), options.verbose ?? false, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const effects = realEffects(progress);
  try {
    const { config, origins } = loadConfig({
      path: options.config,
      environment: process.env,
      flags: settings(options),
      cwd: process.cwd(),
    });
    endOnSignals(config.store);
    const lockTimeoutMs = 1000 * Number(options.lockTimeout ?? 0);
    const result = await handler({
      config,
      origins,
      options,
      effects,
      packageVersion: packageJson.version,
      lockTimeoutMs,
    });
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

function progressStyle(options: GlobalOptions) {
  if (options.quiet || options.json) return 'silent';
  if (options.logFormat === 'json') return 'json';
  return process.stderr.isTTY && !process.env.CI && !process.env.NO_COLOR ? 'spinner' : 'lines';
}

/** Flags that are shorthands for configuration keys. */
function settings(options: GlobalOptions): Setting[] {
  const shorthand: [keyof GlobalOptions, string][] = [
    ['store', 'store'],
    ['data', 'data.root'],
    ['window', 'fit.window'],
    ['threads', 'engine.threads'],
    ['memory', 'engine.memory'],
    ['rho', 'constrain.rho'],
    ['floor', 'constrain.floor'],
  ];
  const flags = shorthand.flatMap(([flag, path]) =>
    options[flag] === undefined ? [] : [{ path, text: String(options[flag]), writtenAs: `--${flag}` }],
  );
  const assignments = (options.set ?? []).map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new XimError('usage', `--set ${text} is no KEY=VALUE`, 'write --set align.bucket=10s');
    return { path: text.slice(0, at), text: text.slice(at + 1), writtenAs: '--set' };
  });
  return [...flags, ...assignments];
}

/** An interrupted writer gives its lock back; whatever it was writing is still a temporary file. */
function endOnSignals(store: string): void {
  const end = async (code: number) => {
    const { breakLock, readLock } = await import('../store/lock.js');
    if (readLock(store)?.pid === process.pid) breakLock(store);
    process.exit(code);
  };
  process.once('SIGINT', () => void end(130));
  process.once('SIGTERM', () => void end(143));
}

function reportFailure(error: unknown, json: boolean, stage?: string): number {
  const { kind, message, hint, code } = classify(error, stage);
  if (json) printJson({ error: { kind, message, hint } });
  else {
    process.stderr.write(`error: ${message}\n  ${hint}\n`);
    if (code === EXIT_BUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
  return code;
}

function classify(error: unknown, stage?: string): { kind: string; message: string; hint: string; code: number } {
  if (error instanceof XimError)
    return { kind: error.kind, message: error.message, hint: error.hint, code: EXIT[error.kind] };
  const { name, message, hint } = error as { name?: string; message?: string; hint?: string };
  if (name === 'NumericalError') return { kind: 'numerical', message: message!, hint: hint!, code: EXIT.numerical };
  return {
    kind: 'bug',
    message: `internal error${stage === undefined ? '' : ` at "${stage}"`}: ${message ?? String(error)}`,
    hint: 'this is a bug in xim: please report it with the command, the configuration and the stack below',
    code: EXIT_BUG,
  };
}

function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

/** With --dry-run every command that calibrates says what it would do. */
async function planOr(session: Session, date: string, work: () => Promise<CommandResult>): Promise<CommandResult> {
  return session.options.dryRun ? (await import('./commands/run.js')).plan(session, date) : work();
}

type Run = (options: GlobalOptions, handler: Handler) => Promise<void>;

function buildProgram(run: Run): Command {
  const program = new Command('xim')
    .description('Cross-impact calibration: Parquet events in, certified impact matrices out.')
    .version(packageJson.version, '-V, --version')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(see xim --help)');
  const command = (name: string, description: string) =>
    shared(program.command(name).description(description).exitOverride());
  const dated = (name: string, description: string) =>
    command(name, description).requiredOption('--date <date>', 'trading day of the data, YYYY-MM-DD', tradingDate);

  dated('run', 'the nightly job: every stage for a date, to a certified version')
    .option('--promote', 'make the result champion when its gates pass')
    .action((options) =>
      run(options, async (s) =>
        (await import('./commands/run.js')).run(s, { date: options.date, promote: options.promote ?? false }),
      ),
    );
  command('align', 'raw events to synchronised buckets')
    .option('--date <date>', 'trading day of the data', tradingDate)
    .option('--from <date>', 'first trading day', tradingDate)
    .option('--to <date>', 'last trading day', tradingDate)
    .action((options) => run(options, async (s) => (await import('./commands/stages.js')).align(s, options)));
  dated('defactor', 'factor loadings and what factors explain').action((options) =>
    run(options, (s) =>
      planOr(s, options.date, async () => (await import('./commands/stages.js')).defactor(s, options)),
    ),
  );
  dated('fit', 'moments of the window to the unconstrained model').action((options) =>
    run(options, (s) => planOr(s, options.date, async () => (await import('./commands/stages.js')).fit(s, options))),
  );
  command('constrain', 'the certified version of a date, or of a matrix from anywhere, with its certificate')
    .option('--date <date>', 'trading day of the data, YYYY-MM-DD', tradingDate)
    .option('--matrix <file>', 'N×N matrix in .csv, .parquet or .arrow, bps per million, instead of data')
    .option('--blocks <file>', 'with --matrix: symbol, block of its names')
    .option('--keep-zeros', 'with --matrix: links that are exactly zero stay so')
    .option('--rho <share>', 'constrain.rho')
    .option('--floor <share>', 'constrain.floor')
    .action((options) =>
      run(options, async (s) => {
        if (options.matrix !== undefined)
          return (await import('./commands/matrix.js')).constrainMatrix(s, { ...options, matrix: options.matrix });
        const { date } = options;
        if (date === undefined)
          throw new XimError('usage', 'nothing to constrain', 'pass --date YYYY-MM-DD, or --matrix FILE');
        return planOr(s, date, async () => (await import('./commands/stages.js')).constrain(s, { date }));
      }),
    );
  dated('validate', 'out-of-sample scores and gates; exit 1 when a gate fails')
    .option('--junit <file>', 'write the gates as JUnit XML')
    .action((options) =>
      run(options, (s) =>
        planOr(s, options.date, async () => (await import('./commands/stages.js')).validate(s, options)),
      ),
    );
  command('health', 'how the calibrations of a range of dates fared')
    .option('--from <date>', 'first date, inclusive', tradingDate)
    .option('--to <date>', 'last date, inclusive', tradingDate)
    .option('--html <file>', 'write the series as charts')
    .action((options) => run(options, async (s) => (await import('./commands/health.js')).health(s, options)));
  command('list', 'versions in the store').action((options) =>
    run(options, async (s) => (await import('./commands/versions.js')).list(s)),
  );
  command('show', 'one version')
    .argument('[ref]', 'version id, prefix, date or alias', 'candidate')
    .action((reference, options) =>
      run(options, async (s) => (await import('./commands/versions.js')).show(s, { reference })),
    );
  command('diff', 'how two versions differ; exit 1 above --max-rel')
    .argument('<a>', 'version id, prefix, date or alias')
    .argument('<b>', 'version id, prefix, date or alias')
    .option('--max-rel <x>', 'largest change allowed, as a share of √(K_ii K_jj)', nonNegative)
    .action((from, to, options) =>
      run(options, async (s) => (await import('./commands/versions.js')).diff(s, { from, to, maxRel: options.maxRel })),
    );
  command('verify', 'check digests and compute certificates anew from the stored bytes')
    .argument('[ref]', 'version; all of them by default')
    .action((reference, options) =>
      run(options, async (s) => (await import('./commands/versions.js')).verify(s, { reference })),
    );
  command('promote', 'make a version champion')
    .argument('<ref>', 'version id, prefix, date or alias')
    .option('--reason <text>', 'why, for the history')
    .action((reference, options) =>
      run(options, async (s) =>
        (await import('./commands/versions.js')).promote(s, { reference, reason: options.reason }),
      ),
    );
  command('rollback', 'make the champion before this one champion again').action((options) =>
    run(options, async (s) => (await import('./commands/versions.js')).rollback(s)),
  );
  command('gc', 'remove what no version refers to')
    .option('--stages', 'remove the stage caches too')
    .action((options) =>
      run(options, async (s) => (await import('./commands/versions.js')).gc(s, { stages: options.stages ?? false })),
    );
  command('unlock', 'remove the lock of a process that is gone').action((options) =>
    run(options, async (s) => (await import('./commands/versions.js')).unlock(s)),
  );
  command('scorecard', 'what parent orders cost, by arm where there are arms; exit 1 when a gate fails')
    .option('--date <date>', 'trading day of the data', tradingDate)
    .option('--from <date>', 'first trading day', tradingDate)
    .option('--to <date>', 'last trading day', tradingDate)
    .option('--ref <ref>', 'version that costs are decomposed by (default: champion, else candidate)')
    .action((options) => run(options, async (s) => (await import('./commands/scorecard.js')).scorecard(s, options)));
  command('simulate', 'raw data with a known truth')
    .argument('<folder>', 'where to write the data')
    .option('--scenario <file>', 'YAML with the settings of the simulated market')
    .action((folder, options) =>
      run(options, async (s) =>
        (await import('./commands/simulate.js')).simulate(s, { folder, scenario: options.scenario }),
      ),
    );
  command('config', 'the configuration as it applies')
    .option('--show-origin', 'say where each value comes from')
    .action((options) =>
      run(options, async (s) =>
        (await import('./commands/settings.js')).showConfig(s, { showOrigin: options.showOrigin ?? false }),
      ),
    );
  command('schema', 'the JSON Schema of the configuration').action((options) =>
    run(options, async () => (await import('./commands/settings.js')).schema()),
  );
  return program;
}

/** Options that every command takes. */
function shared(command: Command): Command {
  return command
    .option('--config <file>', 'configuration (default: XIM_CONFIG, then ./xim.yaml)')
    .option('--store <folder>', 'store')
    .option('--data <folder>', 'data.root')
    .option('--window <days>', 'fit.window, such as 20d')
    .option('--set <key=value>', 'any configuration key; may be repeated', (value: string, all: string[] = []) => [
      ...all,
      value,
    ])
    .option('--threads <n>', 'threads; the result does not depend on them')
    .option('--memory <size>', 'memory that a command may take, such as 2GB')
    .option('--lock-timeout <seconds>', 'how long to wait for a locked store', nonNegative)
    .option('--json', 'one JSON document on stdout')
    .option('-q, --quiet', 'no progress')
    .option('-v, --verbose', 'time of each stage')
    .addOption(new Option('--log-format <format>', 'form of progress on stderr').choices(['text', 'json']))
    .option('--dry-run', 'say what would be done')
    .option('--force', 'do it all the same');
}

function tradingDate(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new XimError('usage', `"${text}" is no date`, 'write dates as YYYY-MM-DD');
}

function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0) return value;
  throw new XimError('usage', `"${text}" is not a number of at least 0`, 'give a plain number');
}

import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { endOnEscapes } from './process/ending.js';
import { classify, reportFailure, reportParsing } from './process/failures.js';
import { goOnUnread } from './process/pipes.js';
import type { Run } from './verb.js';

/** In the order of the help. A verb is a file with its declaration and a line here. */
const VERBS = await Promise.all([
  import('./commands/init.js'),
  import('./commands/doctor.js'),
  import('./commands/run.js'),
  import('./commands/backfill.js'),
  import('./commands/day.js'),
  import('./commands/align.js'),
  import('./commands/defactor.js'),
  import('./commands/fit.js'),
  import('./commands/constrain.js'),
  import('./commands/validate.js'),
  import('./commands/health.js'),
  import('./commands/list.js'),
  import('./commands/show.js'),
  import('./commands/open.js'),
  import('./commands/compare.js'),
  import('./commands/diff.js'),
  import('./commands/verify.js'),
  import('./commands/sign.js'),
  import('./commands/promote.js'),
  import('./commands/rollback.js'),
  import('./commands/gc.js'),
  import('./commands/unlock.js'),
  import('./commands/schedule.js'),
  import('./commands/scorecard.js'),
  import('./commands/simulate.js'),
  import('./commands/explain.js'),
  import('./commands/completion.js'),
  import('./commands/config.js'),
  import('./commands/schema.js'),
]);

const packageJson = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const EXIT_CODES = `
Exit codes: 0 done, 1 a gate failed, 2 usage or configuration, 3 input missing or bad, 4 numerical failure, 10 no such
store or version, 11 store locked, 12 store corrupt, 13 no trading day, 70 a bug, 74 the machine refuses
(no space, no permission, a limit), 130/143 interrupted.
13 means that there is nothing to do for a date: calendar.overrides says closed; or it is a Saturday or Sunday (in data of
four weeks, any day of the week) of which the data has none, and the calendar does not go round the clock; or it lies inside
the data and no dataset has it. Another date after the data is late (3); one of which other datasets have rows is broken (3).`;

/** Parses the command line, runs one verb and ends the process with the contract's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  goOnUnread();
  endOnEscapes(json);
  let exitCode = 0;
  const program = buildProgram(async (work, options, given) => {
    const { execute } = await import('./execute.js');
    const { runIdOf } = await import('../run/runLog.js');
    const runId = runIdOf(new Date(), process.pid);
    exitCode = await execute(work, { options, given, packageVersion: packageJson.version, runId });
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = error instanceof CommanderError ? reportParsing(error, json) : reportFailure(classify(error), json);
  }
  process.exitCode = exitCode;
}

function buildProgram(run: Run): Command {
  const program = new Command('xim')
    .description('Cross-impact calibration: Parquet events in, certified impact matrices out.')
    .version(packageJson.version, '-V, --version')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .showSuggestionAfterError()
    .showHelpAfterError('(see xim --help)')
    .addHelpText('after', EXIT_CODES);
  for (const { verb } of VERBS) verb.declare(program, run);
  return program;
}

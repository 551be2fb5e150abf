import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { reportFailure } from './process/failures.js';
import { endQuietlyWhenUnread } from './process/pipes.js';
import type { Run } from './verb.js';

/** In the order of the help. A verb is a file with its declaration and a line here. */
const VERBS = await Promise.all([
  import('./commands/init.js'),
  import('./commands/doctor.js'),
  import('./commands/run.js'),
  import('./commands/align.js'),
  import('./commands/defactor.js'),
  import('./commands/fit.js'),
  import('./commands/constrain.js'),
  import('./commands/validate.js'),
  import('./commands/health.js'),
  import('./commands/list.js'),
  import('./commands/show.js'),
  import('./commands/open.js'),
  import('./commands/diff.js'),
  import('./commands/verify.js'),
  import('./commands/promote.js'),
  import('./commands/rollback.js'),
  import('./commands/gc.js'),
  import('./commands/unlock.js'),
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

/** Parses the command line, runs one verb and ends the process with the contract's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyWhenUnread();
  let exitCode = 0;
  const program = buildProgram(async (options, work) => {
    const { execute } = await import('./execute.js');
    exitCode = await execute(options, packageJson.version, work);
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    exitCode = reportFailure(error, argv.includes('--json'));
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
    .showHelpAfterError('(see xim --help)');
  for (const { verb } of VERBS) verb(program, run);
  return program;
}

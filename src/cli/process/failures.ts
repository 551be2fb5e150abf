import { CommanderError } from 'commander';
import { refusalOfMachine, XimError } from '../../model/failure.js';
import { visible } from '../../model/plainText.js';
import { EXIT, EXIT_BUG } from './exitCodes.js';
import { printJson } from './pipes.js';

interface Failure {
  readonly kind: string;
  readonly message: string;
  readonly hint: string;
  readonly code: number;
}

/** Says what went wrong, on stderr or as one JSON document on stdout. Returns the exit code. */
export function reportFailure(error: unknown, json: boolean, stage?: string): number {
  if (error instanceof CommanderError) return reportParsing(error, json);
  const { kind, hint, code, ...failure } = classify(error, stage);
  // Paths and words of the command line are shown as they are given: nothing of them may move the cursor.
  const message = visible(failure.message);
  if (json) printJson({ error: { kind, message, hint } });
  else if (kind === 'noTradingDay') process.stderr.write(`${message}; ${hint}\n`);
  else {
    process.stderr.write(`error: ${message}\n  ${hint}\n`);
    if (code === EXIT_BUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  }
  return code;
}

/** The parser has told people already, and it throws as well when it has shown help. */
function reportParsing({ exitCode, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return 0;
  if (json) printJson({ error: { kind: 'usage', message: message.replace(/^error: /, ''), hint: 'see xim --help' } });
  return EXIT.usage;
}

function classify(given: unknown, stage?: string): Failure {
  const error = refusalOfMachine(given) ?? given;
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

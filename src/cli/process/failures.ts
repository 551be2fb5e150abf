import type { CommanderError } from 'commander';
import { type FailureKind, failedCall, refusalOfMachine, XimError } from '../../model/failure.js';
import { printable, printableLines } from '../../model/plainText.js';
import { EXIT, EXIT_BUG } from './exitCodes.js';
import { limitOf } from './limits.js';
import { printJson } from './pipes.js';

/** What went wrong, as plain data: it may come from another thread. */
export interface Failure {
  readonly kind: FailureKind | 'bug';
  readonly message: string;
  readonly hint: string;
  readonly code: number;
  /** Of a bug. */
  readonly stack?: string;
}

/** Says what went wrong, on stderr or as one JSON document on stdout. Returns the exit code. */
export function reportFailure({ kind, hint, code, stack, ...failure }: Failure, json: boolean): number {
  // Paths and words of the command line are shown as they are given: nothing of them may move the cursor.
  const message = printable(failure.message);
  if (json && printed({ error: { kind, message, hint } })) return code;
  if (kind === 'noTradingDay') process.stderr.write(`${printableLines(`${message}; ${hint}`)}\n`);
  else {
    process.stderr.write(`${printableLines(`error: ${message}\n  ${hint}`)}\n`);
    if (stack !== undefined) process.stderr.write(`${stack}\n`);
  }
  return code;
}

/** A failure that stdout does not take is told on stderr. */
function printed(document: unknown): boolean {
  try {
    printJson(document);
    return true;
  } catch {
    return false;
  }
}

/** The parser has told people already, and it throws as well when it has shown help. */
export function reportParsing({ exitCode, message }: CommanderError, json: boolean): number {
  if (exitCode === 0) return 0;
  if (json) printed({ error: { kind: 'usage', message: message.replace(/^error: /, ''), hint: 'see xim --help' } });
  return EXIT.usage;
}

/** @param stage what was under way */
export function classify(given: unknown, stage?: string): Failure {
  const error = refusalOfMachine(given, limitOf) ?? given;
  const { name, message, hint, stack } = error as Partial<Record<'name' | 'message' | 'hint' | 'stack', string>>;
  if (error instanceof XimError)
    return { kind: error.kind, message: error.message, hint: error.hint, code: EXIT[error.kind] };
  if (name === 'NumericalError') return { kind: 'numerical', message: message!, hint: hint!, code: EXIT.numerical };
  const call = failedCall(error);
  if (call) return { kind: call.kind, message: call.message, hint: call.hint, code: EXIT[call.kind] };
  return {
    kind: 'bug',
    message: `internal error${stage === undefined ? '' : ` at "${stage}"`}: ${message ?? String(error)}`,
    hint: 'this is a bug in xim: please report it with the command, the configuration and the stack below',
    code: EXIT_BUG,
    ...(stack === undefined ? {} : { stack }),
  };
}

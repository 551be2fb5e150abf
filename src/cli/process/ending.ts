import type { Outcome } from '../../run/runLog.js';
import { classify, reportFailure } from './failures.js';

/** A command that is under way. */
export interface Busy {
  /** The store that it may have written to. */
  readonly store: () => string | undefined;
  /** Stops its work. Resolves to whether nothing of it is left; otherwise the process has to be ended from outside. */
  readonly halt: () => Promise<boolean>;
}

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

let busy: Busy | undefined;
let isEnding = false;
let tidying: Promise<typeof import('./tidy.js')> | undefined;

/** From now on signals end this command; `before` puts the terminal in order. */
export function endsOnSignals(command: Busy, before: () => void): void {
  busy = command;
  // Loaded while files can be opened: in the end that may be what is wrong.
  tidying = import('./tidy.js');
  tidying.catch(() => {});
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      before();
      if (isEnding) die(signal);
      else void end(signal);
    });
}

/** An exception that nobody caught is told like any other failure: Node's own exit code for it means a failed gate. */
export function endOnEscapes(json: boolean): void {
  let code: number | undefined;
  process.on('uncaughtException', async (error) => {
    // One that escapes while the first is dealt with changes nothing, but must not keep the process.
    if (code !== undefined) process.exit(code);
    isEnding = true;
    code = reportFailure(classify(error), json);
    await busy?.halt();
    await leaveClean(busy?.store(), 'failed');
    process.exit(code);
  });
}

async function end(signal: keyof typeof CODES): Promise<void> {
  isEnding = true;
  const since = new Date();
  const isOver = await busy!.halt();
  await leaveClean(busy!.store(), 'interrupted', since);
  process.stderr.write(`interrupted by ${signal}\n`);
  if (isOver) process.exit(CODES[signal]);
  die(signal);
}

/** The system ends the process at once, which a shell reports as the same code. Node would wait for the other threads. */
function die(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container is not ended by its own signals.
  setTimeout(() => process.abort(), 100);
}

/** As of `tidy`; what cannot be done is told, and changes nothing else. */
export async function leaveClean(store: string | undefined, outcome: Outcome, since = new Date()): Promise<void> {
  const failed = await (tidying ?? import('./tidy.js')).then(
    ({ tidy }) => tidy(store, outcome, since),
    (error: Error) => [error.message],
  );
  for (const message of failed) process.stderr.write(`warning: ${message}\n`);
}

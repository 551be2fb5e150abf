import { hostname } from 'node:os';
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

/** From now on signals end this command; `before` puts the terminal in order. */
export function endsOnSignals(command: Busy, before: () => void): void {
  busy = command;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      before();
      if (isEnding) die(signal);
      else void end(signal);
    });
}

/** An exception that nobody caught is told like any other failure: Node's own exit code for it means a failed gate. */
export function endOnEscapes(json: boolean): void {
  process.on('uncaughtException', async (error) => {
    isEnding = true;
    const code = reportFailure(classify(error), json);
    await busy?.halt().catch(() => false);
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

/** Closes the record of a run, removes what is half written and gives the lock back, whatever of it can be done. */
export async function leaveClean(store: string | undefined, outcome: Outcome, since = new Date()): Promise<void> {
  const self = { pid: process.pid, host: hostname(), now: () => new Date() };
  const { closeOwn } = await import('../../run/runLog.js');
  const { sweepOwn } = await import('../../store/sweep.js');
  const { releaseOwn } = await import('../../store/lock.js');
  const { removeOwnTemporaries } = await import('./temporaries.js');
  const steps = [
    ...(store === undefined
      ? []
      : [() => closeOwn(store, self, outcome, since), () => sweepOwn(store, self), () => releaseOwn(store, self)]),
    () => removeOwnTemporaries(self),
  ];
  for (const step of steps)
    try {
      step();
    } catch (error) {
      process.stderr.write(`warning: ${error instanceof Error ? error.message : String(error)}\n`);
    }
}

import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMarkGone, MARK, markOf, type Witness } from './processes.js';

/** A place in the queue for the lock: a file of the store whose name says since when somebody waits, and who. */
export interface Ticket {
  /**
   * Who asked earlier and still waits. Says as well that this one does: who is silent for long, as on a host that is gone,
   * is passed over.
   */
  readonly ahead: () => number;
  /** The clock of the store's file system, at the last look. */
  readonly nowMs: () => number;
  readonly leave: () => void;
}

const PREFIX = '.wait-';
/** Many times what passes between two looks of a waiter. */
const SILENT_MS = 10_000;
/** Of two that ask in one millisecond in one process, the first goes first. */
let taken = 0;

/** First come, first served: by the clock of whoever waits, which on one host is the same for all. */
export function takeTicket(store: string, owner: Witness & { readonly now: () => Date }): Ticket {
  const since = String(owner.now().getTime()).padStart(15, '0');
  const name = `${PREFIX}${since}-${String(taken++ % 1e6).padStart(6, '0')}-${markOf(owner)}`;
  const path = join(store, name);
  let now = 0;
  return {
    ahead: () => {
      writeFileSync(path, '.');
      now = statSync(path).mtimeMs;
      return tickets(store).filter((other) => other < name && isWaiting(store, other, owner, now)).length;
    },
    nowMs: () => now,
    leave: () => rmSync(path, { force: true }),
  };
}

export const isTicket = (name: string): boolean => name.startsWith(PREFIX) && MARK.test(name);

const tickets = (store: string): string[] => readdirSync(store).filter(isTicket).sort();

function isWaiting(store: string, ticket: string, owner: Witness, now: number): boolean {
  const path = join(store, ticket);
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined) return false;
  // The time is the file system's own, whatever the clocks of the hosts say.
  if (now - written <= SILENT_MS && !isMarkGone(ticket.slice(ticket.lastIndexOf('-') + 1), owner)) return true;
  rmSync(path, { force: true });
  return false;
}

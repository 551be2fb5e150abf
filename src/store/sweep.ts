import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORARY_PREFIX } from './atomic.js';
import { isMarkGone, MARK, markOf, type Witness } from './processes.js';
import { isTicket } from './queue.js';

/** Records of runs are closed or marked by the next command: only the newest may hold anything unfinished. */
const NEWEST_RUNS = 20;

/** Removes what processes of this host that are gone left half written in a store. The lock must be held. */
export function sweepLeftovers(store: string, owner: Pick<Witness, 'host' | 'isAlive'>): void {
  sweep(store, (name, isRoot) => {
    const mark = markIn(name);
    // Without a mark it is of somebody who had the lock; only in the root are others at work, at the lock itself.
    return mark === undefined ? !isRoot : isMarkGone(mark, owner);
  });
}

/** Removes what this very process has half written. */
export function sweepOwn(store: string, owner: Pick<Witness, 'pid' | 'host'>): void {
  const own = markOf(owner);
  sweep(store, (name) => markIn(name) === own);
}

function sweep(store: string, isDoomed: (name: string, isRoot: boolean) => boolean): void {
  const at = (name: string) => join(store, name);
  const rooms = [
    ...['versions', 'objects', 'aliases', 'stages'].map(at),
    ...children(at('stages')).filter((path) => !isTemporary(path)),
    ...runFolders(store),
  ];
  for (const path of [...children(store), ...rooms.flatMap(children)]) {
    const name = path.split('/').at(-1)!;
    const isRoot = path === at(name);
    if ((isTemporary(path) || (isRoot && isTicket(name))) && isDoomed(name, isRoot))
      rmSync(path, { recursive: true, force: true });
  }
}

/** The folders of the newest runs, the newest last. */
export const runFolders = (store: string): string[] => children(join(store, 'runs')).slice(-NEWEST_RUNS);

/** `.tmp-<mark>.<random>-<name>`, `.wait-<time>-<count>-<mark>`. */
const markIn = (name: string): string | undefined =>
  new RegExp(`^(?:\\${TEMPORARY_PREFIX}|\\.wait-\\d+-\\d+-)(${MARK.source})(?:\\.[0-9a-f]{12}-|$)`).exec(name)?.[1];

const isTemporary = (path: string): boolean => path.split('/').at(-1)!.startsWith(TEMPORARY_PREFIX);

/** What lies in a folder. A link is not followed: it may lead to what is not ours. */
function children(folder: string): string[] {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
}

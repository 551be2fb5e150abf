import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalOfMachine, XimError } from '../model/failure.js';
import { temporaryBeside } from './atomic.js';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, so that a reused pid is not mistaken for the holder. */
  readonly processStart: string;
  readonly since: string;
}

function makeStore(store: string): void {
  if (existsSync(store) && !statSync(store).isDirectory())
    throw new XimError('config', `the store ${store} is a file`, 'name a folder');
  mkdirSync(store, { recursive: true });
}

/** The process that wants the lock, and how it learns whether another one lives. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly isAlive: (pid: number) => boolean;
  readonly now: () => Date;
}

const lockPath = (store: string): string => join(store, 'lock');
const POLL_MS = 200;

/**
 * Takes the store's only writer lock; readers need none. A lock whose process is gone is taken over.
 * @throws XimError `locked` when it is held and `timeoutMs` has passed.
 */
export async function acquireLock(store: string, owner: LockOwner, timeoutMs: number): Promise<() => void> {
  const path = lockPath(store);
  naming(store, () => makeStore(store));
  const { pid, host } = owner;
  const holder: LockHolder = { pid, host, processStart: processStart(pid) ?? '', since: owner.now().toISOString() };
  const deadline = owner.now().getTime() + timeoutMs;
  for (;;) {
    if (naming(store, () => tryLink(path, holder))) return () => release(path, holder);
    const current = readLock(store);
    if (current && isStale(current, owner)) removeStale(path, current);
    else if (owner.now().getTime() >= deadline) {
      throw new XimError(
        'locked',
        `the store ${store} is locked by process ${current?.pid ?? '?'} on ${current?.host ?? '?'} since ${current?.since ?? '?'}`,
        'wait for it, pass --lock-timeout, or run "xim unlock" if that process is gone',
      );
    } else await sleep(POLL_MS);
  }
}

export function readLock(store: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(lockPath(store), 'utf8')) as LockHolder;
  } catch {
    return undefined;
  }
}

/** Gives the lock back if this very process holds it: in containers that share a store pids are often the same. */
export function releaseOwn(store: string, { pid, host }: Pick<LockOwner, 'pid' | 'host'>): void {
  const holder = readLock(store);
  if (holder?.pid === pid && holder.host === host && holder.processStart === (processStart(pid) ?? ''))
    breakLock(store);
}

/** Whether the holder is known to live: it is of this host, and its process is the one that took the lock. */
export function isHeld(store: string, owner: LockOwner): boolean {
  const holder = readLock(store);
  return holder !== undefined && holder.host === owner.host && !isStale(holder, owner);
}

/** Removes the lock whoever holds it. Returns the holder that was removed. */
export function breakLock(store: string): LockHolder | undefined {
  const holder = readLock(store);
  rmSync(lockPath(store), { force: true });
  return holder;
}

/** What the machine refuses here it refuses of the store, whatever the file was that it was asked for. */
function naming<T>(store: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refusalOfMachine({ code, path: `the store ${store} cannot be written` }) ?? error;
  }
}

/** A hard link appears with its content whole, and fails when the name exists. */
function tryLink(path: string, holder: LockHolder): boolean {
  const temporary = temporaryBeside(path);
  writeFileSync(temporary, JSON.stringify(holder));
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Moves the stale lock away first: of two processes that saw it, one wins and the other finds nothing to move. */
function removeStale(path: string, seen: LockHolder): void {
  const aside = temporaryBeside(path);
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = JSON.parse(readFileSync(aside, 'utf8')) as LockHolder;
  if (moved.pid !== seen.pid || moved.since !== seen.since) renameSync(aside, path);
  else rmSync(aside, { force: true });
}

function isStale(holder: LockHolder, owner: LockOwner): boolean {
  if (holder.host !== owner.host) return false;
  const start = processStart(holder.pid);
  if (start !== undefined) return holder.processStart !== '' && start !== holder.processStart;
  return !owner.isAlive(holder.pid);
}

/** Field 22 of /proc/PID/stat; undefined where there is no such file. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function release(path: string, holder: LockHolder): void {
  const current = readFileSync(path, 'utf8');
  if (current === JSON.stringify(holder)) rmSync(path, { force: true });
}

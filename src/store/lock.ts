import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refusalOfMachine, XimError } from '../model/failure.js';
import { temporaryBeside } from './atomic.js';
import { makeFolder, sync } from './folders.js';
import { storeIsFile } from './paths.js';
import { isGone, processStart, type Witness } from './processes.js';
import { type Ticket, takeTicket } from './queue.js';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Start of the process in clock ticks since boot, so that a reused pid is not mistaken for the holder. */
  readonly processStart: string;
  readonly since: string;
}

function makeStore(store: string): void {
  if (existsSync(store) && !statSync(store).isDirectory()) throw storeIsFile(store);
  makeFolder(store);
}

/** The process that wants the lock. */
export interface LockOwner extends Witness {
  readonly now: () => Date;
  /** Hears of a lock that was removed because nobody can be its holder. */
  readonly warn?: (text: string) => void;
}

/** The file of the lock: a holder, unless it was torn by a crash or is not ours. */
export interface LockFile {
  readonly text: string;
  readonly holder?: LockHolder;
  readonly writtenMs: number;
}

const lockPath = (store: string): string => join(store, 'lock');
const POLL_MS = 200;
/** A lock appears with its content whole; what is empty or torn for longer is nobody's. */
const TORN_MS = 10_000;

/**
 * Takes the store's only writer lock; readers need none. A lock whose process is gone is taken over. Those who wait get it
 * in the order in which they asked.
 * @param onWait called once, with words for who has to end first
 * @throws XimError `locked` when it is held, or others wait for it, and `timeoutMs` has passed.
 */
export async function acquireLock(
  store: string,
  owner: LockOwner,
  timeoutMs: number,
  onWait?: (reason: string) => void,
): Promise<() => boolean> {
  naming(store, () => makeStore(store));
  const ticket = takeTicket(store, owner);
  const deadline = owner.now().getTime() + timeoutMs;
  try {
    for (let waited = false; ; waited = true) {
      const taken = naming(store, () => attempt(store, owner, ticket));
      if (typeof taken !== 'string') return taken.release;
      if (owner.now().getTime() >= deadline) throw locked(taken);
      if (!waited) onWait?.(taken);
      await sleep(POLL_MS);
    }
  } finally {
    ticket.leave();
  }
}

const locked = (reason: string): XimError =>
  new XimError('locked', reason, 'wait for it, pass --lock-timeout, or run "xim unlock" if that process is gone');

/** The lock, or why it cannot be had yet. */
function attempt(store: string, owner: LockOwner, ticket: Ticket): { readonly release: () => boolean } | string {
  const path = lockPath(store);
  const ahead = ticket.ahead();
  if (ahead === 0) {
    const { pid, host } = owner;
    const holder: LockHolder = { pid, host, processStart: processStart(pid) ?? '', since: owner.now().toISOString() };
    if (tryLink(path, holder)) return { release: () => release(path, holder) };
    const current = lockFile(store);
    if (!current || isLeftBehind(current, owner, ticket.nowMs())) {
      if (current) removeSeen(path, current);
      if (current && !current.holder) owner.warn?.(`${path} named no process and was removed: ${tornWords(current)}`);
      if (tryLink(path, holder)) return { release: () => release(path, holder) };
    }
  }
  const current = lockFile(store);
  if (current?.holder) return `the store ${store} is locked by ${holderWords(current.holder)}`;
  if (current) return `the lock ${path} names no process (${tornWords(current)}): it is being written, or was torn`;
  return `the store ${store} is free, but ${ahead} other ${ahead === 1 ? 'command waits' : 'commands wait'} for it`;
}

const holderWords = ({ pid, host, since }: LockHolder): string => `process ${pid} on ${host} since ${since}`;
export const tornWords = ({ text }: LockFile): string => `${Buffer.byteLength(text)} bytes that are no lock`;

export function lockFile(store: string): LockFile | undefined {
  try {
    const text = readFileSync(lockPath(store), 'utf8');
    const holder = holderIn(text);
    return { text, writtenMs: statSync(lockPath(store)).mtimeMs, ...(holder ? { holder } : {}) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export const readLock = (store: string): LockHolder | undefined => lockFile(store)?.holder;

function holderIn(text: string): LockHolder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Record<keyof LockHolder, unknown>> | null;
    const { pid, host, processStart, since } = found ?? {};
    const isWhole = Number.isSafeInteger(pid) && [host, processStart, since].every((part) => typeof part === 'string');
    return isWhole ? (found as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws XimError `environment` when this process no longer has the lock: the store was removed, or unlocked by force. */
export function requireOwn(store: string, owner: Pick<Witness, 'pid' | 'host'>): void {
  if (!isOwn(readLock(store), owner))
    throw new XimError('environment', `the lock of ${store} is gone`, 'leave the store alone while a command works');
}

const isOwn = (holder: LockHolder | undefined, { pid, host }: Pick<Witness, 'pid' | 'host'>): boolean =>
  holder?.pid === pid && holder.host === host && holder.processStart === (processStart(pid) ?? '');

/** Gives the lock back if this very process holds it: in containers that share a store pids are often the same. */
export function releaseOwn(store: string, owner: Pick<Witness, 'pid' | 'host'>): void {
  if (isOwn(readLock(store), owner)) breakLock(store);
}

/** Whether the holder is known to live: it is of this host, and its process is the one that took the lock. */
export function isHeld(store: string, owner: LockOwner): boolean {
  const holder = readLock(store);
  return holder !== undefined && holder.host === owner.host && !isStale(holder, owner);
}

/** Removes the lock whoever holds it. Returns what was removed. */
export function breakLock(store: string): LockFile | undefined {
  const file = lockFile(store);
  rmSync(lockPath(store), { force: true });
  return file;
}

/** What the machine refuses here it refuses of the store, whatever the file was that it was asked for. */
function naming<T>(store: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof XimError || code === undefined) throw error;
    const what = `the store ${store} cannot be written`;
    throw (
      refusalOfMachine({ code, path: what }) ??
      new XimError('environment', `${what}: ${message}`, 'choose another folder')
    );
  }
}

/** A hard link appears with its content whole and on the disk, and fails when the name exists. */
function tryLink(path: string, holder: LockHolder): boolean {
  const temporary = temporaryBeside(path);
  try {
    const file = openSync(temporary, 'wx');
    try {
      writeFileSync(file, JSON.stringify(holder));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
    sync(join(path, '..'));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Moves the lock away first: of two processes that saw it, one wins and the other finds nothing to move, or puts it back. */
function removeSeen(path: string, seen: LockFile): void {
  const aside = temporaryBeside(path);
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== seen.text) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

const isLeftBehind = ({ holder, writtenMs }: LockFile, owner: LockOwner, nowMs: number): boolean =>
  holder ? isStale(holder, owner) : nowMs - writtenMs > TORN_MS;

const isStale = (holder: LockHolder, owner: LockOwner): boolean =>
  holder.host === owner.host && isGone(holder, owner.isAlive);

/** False when it was somebody else's, or nobody's, by then. */
function release(path: string, holder: LockHolder): boolean {
  const current = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (current !== JSON.stringify(holder)) return false;
  rmSync(path, { force: true });
  return true;
}

import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  acquireLock,
  breakLock,
  isHeld,
  type LockHolder,
  type LockOwner,
  readLock,
  releaseOwn,
  requireOwn,
} from '../../src/store/lock.js';
import { takeTicket } from '../../src/store/queue.js';
import { temporaryFolder } from '../support/engine.js';

const SINCE = '2024-03-13T18:00:00.000Z';
function writeLock(text: string, ageSeconds: number): void {
  const path = join(store, 'lock');
  mkdirSync(store, { recursive: true });
  writeFileSync(path, text);
  const then = Date.now() / 1000 - ageSeconds;
  utimesSync(path, then, then);
}

/** Above what Linux gives out: no process has it, so only `isAlive` says whether it lives. */
const [FIRST, SECOND] = [2 ** 22 + 1, 2 ** 22 + 2];

const owner = (pid: number, change: Partial<LockOwner> = {}): LockOwner => ({
  pid,
  host: 'here',
  isAlive: () => true,
  now: () => new Date(SINCE),
  ...change,
});

const folder = temporaryFolder();
let count = 0;
let store: string;
beforeEach(() => {
  count++;
  store = join(folder, `store${count}`);
});

describe('the lock of a store', () => {
  it('says who holds it, and is gone after release', async () => {
    const release = await acquireLock(store, owner(FIRST), 0);
    expect(readLock(store)).toEqual({ pid: FIRST, host: 'here', processStart: '', since: SINCE });
    release();
    expect(readdirSync(store)).toEqual([]);
  });

  it('refuses a second holder, naming the first', async () => {
    await acquireLock(store, owner(FIRST), 0);
    await expect(acquireLock(store, owner(SECOND), 0)).rejects.toMatchObject({
      kind: 'locked',
      message: `the store ${store} is locked by process ${FIRST} on here since ${SINCE}`,
      hint: expect.stringContaining('--lock-timeout'),
    });
    expect(readLock(store)?.pid).toBe(FIRST);
    expect(readdirSync(store)).toEqual(['lock']);
  });

  it('goes to one of several that ask at once', async () => {
    const pids = Array.from({ length: 8 }, (_, k) => FIRST + k);
    const asked = await Promise.allSettled(pids.map((pid) => acquireLock(store, owner(pid), 0)));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over from a process that is gone', async () => {
    await acquireLock(store, owner(FIRST), 0);
    const release = await acquireLock(store, owner(SECOND, { isAlive: (pid) => pid !== FIRST }), 0);
    expect(readLock(store)?.pid).toBe(SECOND);
    release();
    expect(readdirSync(store)).toEqual([]);
  });

  it.runIf(existsSync('/proc/self/stat'))('is taken over from a process whose id another one has now', async () => {
    await acquireLock(store, owner(process.pid), 0);
    const holder = readLock(store) as LockHolder;
    expect(holder.processStart).toMatch(/^\d+$/);
    await expect(acquireLock(store, owner(SECOND), 0)).rejects.toMatchObject({ kind: 'locked' });
    writeFileSync(join(store, 'lock'), JSON.stringify({ ...holder, processStart: '1' }));
    await acquireLock(store, owner(SECOND), 0);
    expect(readLock(store)?.pid).toBe(SECOND);
  });

  it('is never taken over from another host, whose processes nobody here can see', async () => {
    await acquireLock(store, owner(FIRST, { host: 'there' }), 0);
    const gone = owner(SECOND, { isAlive: () => false });
    await expect(acquireLock(store, gone, 0)).rejects.toMatchObject({ kind: 'locked' });
    expect(readLock(store)?.host).toBe('there');
  });

  it('is waited for', async () => {
    const release = await acquireLock(store, owner(FIRST), 0);
    setTimeout(release, 50);
    await acquireLock(store, owner(SECOND, { now: () => new Date() }), 10_000);
    expect(readLock(store)?.pid).toBe(SECOND);
  });

  it('is waited for as long as was asked and no longer', async () => {
    await acquireLock(store, owner(FIRST), 0);
    const began = performance.now();
    const waiting = acquireLock(store, owner(SECOND, { now: () => new Date() }), 300);
    await expect(waiting).rejects.toMatchObject({ kind: 'locked' });
    expect(performance.now() - began).toBeGreaterThanOrEqual(299);
  });

  it('is not released by a holder that lost it', async () => {
    const release = await acquireLock(store, owner(FIRST), 0);
    expect(breakLock(store)?.holder?.pid).toBe(FIRST);
    await acquireLock(store, owner(SECOND), 0);
    release();
    expect(readLock(store)?.pid).toBe(SECOND);
  });

  it('is given back by its own process and no other of the same id', async () => {
    await acquireLock(store, owner(FIRST), 0);
    releaseOwn(store, { pid: FIRST, host: 'there' });
    expect(readLock(store)?.pid).toBe(FIRST);
    releaseOwn(store, { pid: SECOND, host: owner(FIRST).host });
    expect(readLock(store)?.pid).toBe(FIRST);
    releaseOwn(store, owner(FIRST));
    expect(readLock(store)).toBeUndefined();
  });

  it('is held by who lives here, not by who is gone or out of sight', async () => {
    expect(isHeld(store, owner(SECOND))).toBe(false);
    await acquireLock(store, owner(FIRST), 0);
    expect(isHeld(store, owner(SECOND))).toBe(true);
    expect(isHeld(store, owner(SECOND, { isAlive: () => false }))).toBe(false);
    expect(isHeld(store, owner(SECOND, { host: 'there' }))).toBe(false);
  });

  it.each(['', '{', '{"pid":1}', 'null', '\0\0\0'])(
    'that a crash tore to %j is nobody’s after a while',
    async (text) => {
      const warnings: string[] = [];
      const warn = (line: string) => warnings.push(line);
      writeLock(text, 5);
      await expect(acquireLock(store, owner(FIRST, { warn }), 0)).rejects.toMatchObject({
        kind: 'locked',
        message: expect.stringContaining(`${text.length} bytes that are no lock`),
        hint: expect.stringContaining('xim unlock'),
      });
      writeLock(text, 15);
      await acquireLock(store, owner(FIRST, { warn }), 0);
      expect(readLock(store)?.pid).toBe(FIRST);
      expect(warnings).toEqual([expect.stringContaining(join(store, 'lock'))]);
      expect(readdirSync(store)).toEqual(['lock']);
    },
  );

  it('says when it was lost by the time it is given back', async () => {
    const release = await acquireLock(store, owner(FIRST), 0);
    expect(() => requireOwn(store, owner(FIRST))).not.toThrow();
    breakLock(store);
    expect(() => requireOwn(store, owner(FIRST))).toThrow(/is gone/);
    expect(release()).toBe(false);
  });

  it('refuses a store that is a file', async () => {
    writeFileSync(store, 'text');
    await expect(acquireLock(store, owner(FIRST), 0)).rejects.toMatchObject({ kind: 'config' });
    expect(readFileSync(store, 'utf8')).toBe('text');
  });

  it('is undefined where there is none', () => {
    expect(readLock(store)).toBeUndefined();
    expect(breakLock(store)).toBeUndefined();
  });
});

describe('those who wait for the lock', () => {
  const alive = (gone: number[] = []) => ({ now: () => new Date(), isAlive: (pid: number) => !gone.includes(pid) });

  it('get it in the order in which they asked, and nobody in between', async () => {
    const release = await acquireLock(store, owner(FIRST), 0);
    const order: number[] = [];
    const turns = Array.from({ length: 6 }, async (_, k) => {
      const own = await acquireLock(store, owner(FIRST + k, alive()), 60_000);
      order.push(k);
      own();
    });
    release();
    // Free for the moment, but not for who came last.
    await expect(acquireLock(store, owner(SECOND, alive()), 0)).rejects.toMatchObject({
      message: expect.stringContaining('is free, but 6 other commands wait for it'),
    });
    await Promise.all(turns);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(readdirSync(store)).toEqual([]);
  });

  it('have their turn however often the others come back', async () => {
    let isOver = false;
    const taken: string[] = [];
    const busy = Array.from({ length: 4 }, async (_, k) => {
      while (!isOver) {
        const own = await acquireLock(store, owner(FIRST + k, alive()), 60_000);
        taken.push('run');
        own();
      }
    });
    while (taken.length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
    const asked = taken.length;
    (await acquireLock(store, owner(SECOND + 9, alive()), 60_000))();
    expect(taken.length - asked).toBeLessThanOrEqual(4);
    isOver = true;
    await Promise.all(busy);
  });

  it('are passed over when they are gone: at once on this host, when they were silent for long on another', async () => {
    const release = await acquireLock(store, owner(FIRST), 0);
    const hosts = ['here', 'there'].map((host) =>
      takeTicket(store, { ...owner(SECOND, { host }), now: () => new Date(0) }),
    );
    for (const ticket of hosts) ticket.ahead();
    release();
    const late = owner(FIRST + 5, alive([SECOND]));
    await expect(acquireLock(store, late, 0)).rejects.toMatchObject({ message: expect.stringContaining('1 other') });
    const [silent] = readdirSync(store);
    const then = Date.now() / 1000 - 15;
    utimesSync(join(store, silent), then, then);
    await acquireLock(store, late, 0);
    expect(readdirSync(store)).toEqual(['lock']);
  });
});

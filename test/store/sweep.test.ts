import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markTemporaries, temporaryBeside } from '../../src/store/atomic.js';
import { markOf } from '../../src/store/processes.js';
import { sweepLeftovers, sweepOwn } from '../../src/store/sweep.js';
import { temporaryFolder } from '../support/engine.js';

/** Above what Linux gives out: no process has it, so only `isAlive` says whether it lives. */
const [GONE, ALIVE] = [2 ** 22 + 1, 2 ** 22 + 2];
const witness = { pid: ALIVE, host: 'here', isAlive: (pid: number) => pid === ALIVE };

const folder = temporaryFolder();
let count = 0;

/** Temporary files of one process in every place of a new store. */
function storeWith(mark: string): {
  readonly store: string;
  readonly left: (paths: readonly string[]) => boolean[];
  readonly paths: string[];
} {
  count++;
  const store = join(folder, `store${count}`);
  const rooms = ['', 'stages', 'stages/align', 'runs/r1', 'versions', 'objects', 'aliases'];
  markTemporaries(mark);
  const paths = rooms.map((room) => {
    mkdirSync(join(store, room), { recursive: true });
    const path = temporaryBeside(join(store, room, 'x'.repeat(250)));
    writeFileSync(path, '');
    return path;
  });
  markTemporaries('');
  return { store, paths, left: (asked) => asked.map((path) => existsSync(path)) };
}

describe('what processes leave in a store', () => {
  it('is removed when they are gone, wherever it is', () => {
    const { store, paths, left } = storeWith(markOf({ pid: GONE, host: 'here' }));
    sweepLeftovers(store, witness);
    expect(left(paths)).toEqual(paths.map(() => false));
  });

  it.each([
    ['live', ALIVE, 'here'],
    ['are on another host, out of sight', GONE, 'there'],
  ])('is let alone when they %s', (_, pid, host) => {
    const { store, paths, left } = storeWith(markOf({ pid, host }));
    sweepLeftovers(store, witness);
    expect(left(paths)).toEqual(paths.map(() => true));
  });

  it('without a mark is of an earlier holder of the lock, but for the root, where others wait for it', () => {
    const { store, paths, left } = storeWith('');
    sweepLeftovers(store, witness);
    expect(left(paths)).toEqual(paths.map((_, k) => k === 0));
  });

  it('is removed by the process that ends, which touches nothing of others', () => {
    const own = storeWith(markOf(witness));
    const others = storeWith(markOf({ pid: GONE, host: 'here' }));
    for (const { store } of [own, others]) sweepOwn(store, witness);
    expect(own.left(own.paths)).toEqual(own.paths.map(() => false));
    expect(others.left(others.paths)).toEqual(others.paths.map(() => true));
  });

  it('is not looked for behind links', () => {
    const aim = storeWith(markOf({ pid: GONE, host: 'here' }));
    const { store } = storeWith('');
    symlinkSync(join(aim.store, 'stages'), join(store, 'stages', 'elsewhere'));
    symlinkSync(aim.store, join(store, 'runs', 'elsewhere'));
    sweepLeftovers(store, witness);
    expect(aim.left(aim.paths)).toEqual(aim.paths.map(() => true));
  });
});

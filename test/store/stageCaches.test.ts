import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkedJson, contentOf } from '../../src/store/checkedJson.js';
import { holdsStage, INDEX, stageCaches } from '../../src/store/stageCaches.js';
import { temporaryFolder } from '../support/engine.js';

const root = temporaryFolder();
const place = { stage: 'own', key: 'a1' };
let count = 0;
let store: string;
let folder: string;
let warnings: string[];
beforeEach(() => {
  store = join(root, `store-${count++}`);
  folder = join(store, 'stages', 'own', 'a1');
  warnings = [];
});

const NOW = new Date('2031-01-01T00:00:00Z');
const open = (now = NOW) => stageCaches(store, { warn: (text) => warnings.push(text), now: () => now });
const filled = (text: string) => async (temporary: string) => {
  writeFileSync(join(temporary, 'sums.f64'), text);
  writeFileSync(join(temporary, 'long.f64'), text.repeat(500_000));
};
const never = () => Promise.reject(new Error('nothing is to be made'));
const text = () => readFileSync(join(folder, 'sums.f64'), 'utf8');

describe('a cache', () => {
  it('is made where it is absent, without a word, and found from then on', async () => {
    expect(await open().open(place, filled('one'))).toBe(folder);
    expect(readdirSync(folder).sort()).toEqual([INDEX, 'long.f64', 'sums.f64']);
    expect(await open().open(place, never)).toBe(folder);
    expect(open().peek(place)).toBe(folder);
    expect(holdsStage(store, place)).toBe(true);
    expect(warnings).toEqual([]);
  });

  it.each<[string, () => void, RegExp]>([
    ['was written by a program without an index', () => rmSync(join(folder, INDEX)), /files\.json is missing/],
    [
      'was written by a program with another index',
      () => writeFileSync(join(folder, INDEX), checkedJson({ format: 2, files: {} })),
      /or of another version/,
    ],
    ['has lost its files', () => rmSync(join(folder, 'sums.f64')), /sums\.f64 is missing/],
    ['has a folder for a file', () => folderFor(join(folder, 'sums.f64')), /sums\.f64 is no file/],
    ['is a file', () => fileFor(folder), /it is no folder/],
    ['is empty', () => folderFor(folder), /files\.json is missing/],
  ])('that %s is made again, which is said once', async (_, harm, why) => {
    await open().open(place, filled('one'));
    harm();
    const caches = open();
    expect(holdsStage(store, place)).toBe(false);
    expect(caches.peek(place)).toBeUndefined();
    await caches.open(place, filled('two'));
    await caches.open(place, never);
    expect([text(), readdirSync(join(store, 'stages', 'own'))]).toEqual(['two', ['a1']]);
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(warnings[0]).toContain(folder);
  });

  it('is read through as far as is asked for, now or later', async () => {
    await open().open(place, filled('one'));
    const path = join(folder, 'long.f64');
    writeFileSync(path, readFileSync(path, 'utf8').replace('one', 'two'));
    const caches = open();
    await caches.open(place, never, ['sums.f64']);
    expect(warnings).toEqual([]);
    await caches.open(place, filled('three'));
    expect([warnings, text()]).toEqual([[expect.stringContaining('long.f64 has another checksum')], 'three']);
  });

  it('of whoever was faster stays where it is whole, and goes where it is not', async () => {
    const slower = (harm: () => void) => async (temporary: string) => {
      await open().make(place, filled('fast'));
      harm();
      await filled('slow')(temporary);
    };
    await open().open(
      place,
      slower(() => {}),
    );
    expect(text()).toBe('fast');
    rmSync(folder, { recursive: true });
    await open().open(
      place,
      slower(() => rmSync(join(folder, 'sums.f64'))),
    );
    expect(text()).toBe('slow');
  });

  it('stays as it was where it cannot be made again', async () => {
    await open().open(place, filled('one'));
    rmSync(join(folder, INDEX));
    await expect(open().open(place, never)).rejects.toThrow('nothing is to be made');
    expect(text()).toBe('one');
  });

  it('remembers when it was used, to the hour, in the time of its index', async () => {
    await open().open(place, filled('one'));
    const used = () => statSync(join(folder, INDEX)).mtime.toISOString();
    const [soon, later] = [new Date(NOW.getTime() + 3_000_000), new Date(NOW.getTime() + 4_000_000)];
    await open(soon).open(place, never);
    expect(used()).toBe(NOW.toISOString());
    await open(later).open(place, never);
    expect(used()).toBe(later.toISOString());
  });
});

function folderFor(path: string): void {
  rmSync(path, { recursive: true });
  mkdirSync(path);
}

function fileFor(path: string): void {
  rmSync(path, { recursive: true });
  writeFileSync(path, '');
}

describe('JSON that checks itself', () => {
  it('gives back what was written, and nothing where any byte has changed', () => {
    const value = { a: [1, 'ü"\n'], b: null };
    const document = checkedJson(value);
    expect(contentOf(document)).toEqual(value);
    expect(JSON.parse(document).content).toEqual(value);
    const bytes = Buffer.from(document);
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes, (byte, k) => (k === at ? byte ^ 1 : byte));
      expect(contentOf(Buffer.from(changed).toString('utf8')), `byte ${at}`).toBeUndefined();
      expect(contentOf(bytes.toString('utf8', 0, at)), `cut at ${at}`).toBeUndefined();
    }
  });
});

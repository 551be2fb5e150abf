import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendLine, publishFolder, temporaryBeside, writeAtomically } from '../../src/store/atomic.js';
import { temporaryFolder } from '../support/engine.js';

const root = temporaryFolder();
let count = 0;
let folder: string;
beforeEach(() => {
  count++;
  folder = join(root, `case${count}`);
});
const text = (path: string): string => readFileSync(path, 'utf8');

describe('writeAtomically', () => {
  it('makes the folder, writes the content and leaves nothing beside it', () => {
    writeAtomically(join(folder, 'deep', 'file.txt'), 'content');
    expect(readdirSync(join(folder, 'deep'))).toEqual(['file.txt']);
    expect(text(join(folder, 'deep', 'file.txt'))).toBe('content');
  });

  it('replaces longer content whole', () => {
    const path = join(folder, 'file.txt');
    writeAtomically(path, 'a long line of content');
    writeAtomically(path, 'short');
    expect(text(path)).toBe('short');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it('replaces the file, so that who has the old one open reads the old one to its end', () => {
    const path = join(folder, 'file.txt');
    writeAtomically(path, 'old');
    const before = statSync(path).ino;
    writeAtomically(path, 'new');
    expect(statSync(path).ino).not.toBe(before);
  });

  it('writes bytes as they are, with the mode asked for', () => {
    const path = join(folder, 'file.bin');
    const bytes = Uint8Array.of(0, 255, 10, 13, 0);
    writeAtomically(path, bytes, 0o444);
    expect([...readFileSync(path)]).toEqual([...bytes]);
    expect(statSync(path).mode & 0o777).toBe(0o444);
  });
});

describe('appendLine', () => {
  it('adds lines in order', () => {
    const path = join(folder, 'history.jsonl');
    for (const line of ['one', 'two']) appendLine(path, line);
    expect(text(path)).toBe('one\ntwo\n');
  });

  it('ends a line that a crash cut off, and leaves it apart from the next', () => {
    mkdirSync(folder);
    const path = join(folder, 'history.jsonl');
    writeFileSync(path, 'one\ntw');
    appendLine(path, 'three');
    expect(text(path)).toBe('one\ntw\nthree\n');
  });
});

describe('publishFolder', () => {
  const fillWith = (content: string) => async (temporary: string) => {
    writeFileSync(join(temporary, 'result.json'), content);
  };

  it('shows the folder once it is whole', async () => {
    const target = join(folder, 'key');
    await publishFolder(target, async (temporary) => {
      await fillWith('whole')(temporary);
      expect(existsSync(target)).toBe(false);
    });
    expect(text(join(target, 'result.json'))).toBe('whole');
    expect(readdirSync(folder)).toEqual(['key']);
  });

  it('leaves nothing when filling it fails half-way', async () => {
    const target = join(folder, 'key');
    const failing = publishFolder(target, async (temporary) => {
      await fillWith('half')(temporary);
      throw new Error('the disk is full');
    });
    await expect(failing).rejects.toThrow('the disk is full');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps the folder of whoever was faster', async () => {
    const target = join(folder, 'key');
    await publishFolder(target, async (temporary) => {
      await fillWith('slow')(temporary);
      await publishFolder(target, fillWith('fast'));
    });
    expect(text(join(target, 'result.json'))).toBe('fast');
    expect(readdirSync(folder)).toEqual(['key']);
  });
});

describe('a temporary name', () => {
  it('is in the same folder, hidden from readers, and new each time', () => {
    const names = new Set(Array.from({ length: 100 }, () => temporaryBeside('/store/objects/a.arrow')));
    expect(names.size).toBe(100);
    for (const name of names) expect(name).toMatch(/^\/store\/objects\/\.tmp-[0-9a-f]{12}-a\.arrow$/);
  });
});

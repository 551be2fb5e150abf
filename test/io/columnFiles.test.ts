import { appendFileSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eachStretch, readColumns, writeColumns } from '../../src/io/columnFiles.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
let files = 0;
const newFile = () => join(folder, `${files++}.columns`);

/** Every kind of double: a sum would not tell some of them apart. */
const doubles = Float64Array.of(1.5, Number.NaN, -0, 0, Number.MIN_VALUE, -2.2e-308, -Number.MAX_VALUE, Infinity);
const integers = Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31));
const bytes = Uint8Array.of(0, 255, 16, 1, 7);
const bitsOf = ({ buffer, byteOffset, byteLength }: Float64Array | Int32Array | Uint8Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('hex');
const empty = () => [new Float64Array(doubles.length), new Int32Array(3), new Uint8Array(5)] as const;

describe('files of columns', () => {
  it('give back every bit, of views and of arrays without entries too', async () => {
    const path = newFile();
    const view = Float64Array.of(9, ...doubles, 9).subarray(1, -1);
    await writeColumns(path, [view, new Float64Array(0), integers, bytes]);
    const found = readColumns(path, () => empty());
    expect(found.map(bitsOf)).toEqual([doubles, integers, bytes].map(bitsOf));
  });

  it('hold little-endian numbers, one array after the other', async () => {
    const path = newFile();
    await writeColumns(path, [Float64Array.of(1), Int32Array.of(258), bytes]);
    expect(readFileSync(path).toString('hex')).toBe('000000000000f03f0201000000ff100107');
  });

  it('come stretch by stretch, every bit, and not where the file has another length', async () => {
    const path = newFile();
    await writeColumns(path, [doubles, bytes.subarray(0, 4)]);
    const stretches: string[][] = [];
    const arrays = [new Float64Array(2), new Uint8Array(1)] as const;
    eachStretch(path, arrays, 4, (k) => stretches.push([String(k), ...arrays.map(bitsOf)]));
    expect(stretches).toEqual(
      [0, 1, 2, 3].map((k) => [String(k), bitsOf(doubles.slice(2 * k, 2 * k + 2)), bitsOf(bytes.slice(k, k + 1))]),
    );
    const visited = () => {
      throw new Error('visited');
    };
    for (const change of [() => truncateSync(path, 67), () => appendFileSync(path, 'xx')]) {
      change();
      expect(() => eachStretch(path, arrays, 4, visited)).toThrow(/has 6[79] bytes, not 68/);
    }
  });

  it('pass over what is not asked for', async () => {
    const path = newFile();
    await writeColumns(path, [doubles, integers, bytes]);
    const [, , flags] = readColumns(path, () => [doubles.byteLength, integers.byteLength, new Uint8Array(5)] as const);
    expect(flags).toEqual(bytes);
  });

  it('may be as long as the file says', async () => {
    const path = newFile();
    await writeColumns(path, [integers]);
    const [found] = readColumns(path, (size) => [new Int32Array(size / 4)] as const);
    expect(found).toEqual(integers);
  });

  it.each([
    ['cut', (path: string) => truncateSync(path, 80), /has 80 bytes, not 81$/],
    ['longer', (path: string) => appendFileSync(path, 'x'), /has 82 bytes, not 81$/],
    ['empty', (path: string) => truncateSync(path, 0), /has 0 bytes, not 81$/],
  ])('that are %s are refused by name', async (_, change, message) => {
    const path = newFile();
    await writeColumns(path, [doubles, integers, bytes]);
    change(path);
    let error: unknown;
    try {
      readColumns(path, () => empty());
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ kind: 'corrupt', message: expect.stringMatching(message) });
    expect((error as Error).message).toContain(path);
  });

  it('that are missing are named, and none is written over', async () => {
    const path = newFile();
    expect(() => readColumns(path, () => empty())).toThrow(/ENOENT.*\.columns/);
    await writeColumns(path, [bytes]);
    await expect(writeColumns(path, [integers])).rejects.toThrow(/EEXIST/);
    rmSync(path);
  });
});

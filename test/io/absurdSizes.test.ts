import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileError } from '../../src/io/tableSchema.js';
import { temporaryFolder } from '../support/engine.js';

const path = join(temporaryFolder(), 'part-0.parquet');
writeFileSync(path, Buffer.alloc(4096));

const refused = (size: string) =>
  fileError(path, new Error(`Out of Memory Error: failed to allocate data of size ${size} (726.0 KiB/953.6 MiB used)`));

it('a length that no file of its size has is damage of the file', () => {
  expect(refused('16.0 GiB')).toMatchObject({ kind: 'data' });
  expect(refused('128.0 PiB').message).toContain(`${path} is damaged`);
  expect(refused('128.0 PiB').message).toContain('128.0 PiB, and the file has 4096 bytes');
});

it('memory that a file may well need is the machine’s to refuse', () => {
  expect(refused('512.0 MiB')).toMatchObject({ kind: 'environment' });
  // A page may say 2 GiB, and no more.
  expect(refused('2.0 GiB')).toMatchObject({ kind: 'environment' });
  expect(fileError(path, new Error('Out of Memory Error: could not allocate block'))).toMatchObject({
    kind: 'environment',
  });
});

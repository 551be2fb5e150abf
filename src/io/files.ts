import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { dataError, refusalOfMachine } from '../model/failure.js';

export type DatedDataset = 'quotes' | 'trades' | 'fills' | 'factors' | 'parents' | 'buckets';
export type StaticDataset = 'universe' | 'events' | 'symbols' | 'fx';

/**
 * `universe` or `events`, as Parquet or CSV.
 * @throws data error where there are both, or a folder of that name: one would be passed over.
 */
export function staticFile(root: string, dataset: StaticDataset): string | undefined {
  const folder = join(root, dataset);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() && readdirSync(folder).length > 0)
    throw dataError(
      `${folder} is a folder, and is not read: what it holds belongs into one table`,
      `write ${dataset}.csv or ${dataset}.parquet, and move the folder out of the data folder`,
    );
  const names = [`${dataset}.parquet`, `${dataset}.csv`].filter((name) => existsSync(join(root, name)));
  if (names.length > 1) throw dataError(`${root} has ${names.join(' and ')}`, 'remove the one that is not meant');
  return names.length === 0 ? undefined : join(root, names[0]);
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/** Unpacks a gzip file to nowhere: the engine passes over its checksum. @throws data error when it is damaged. */
export async function checkGzip(path: string): Promise<void> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), createGunzip(), nowhere);
  } catch (error) {
    throw dataError(`${path} is damaged: ${(error as Error).message}`, 'copy or write the file again');
  }
}

const MAGIC = 'PAR1';
const SMALLEST_PARQUET = 12;

/** @throws data error for a file that is empty, cut off or no Parquet at all, before an engine sees it. */
export function checkParquetFile(path: string): void {
  const stat = statSync(path);
  if (!stat.isFile())
    throw dataError(`${path} is a folder, not a Parquet file`, 'put the files into the date folder themselves');
  const { size } = stat;
  if (size === 0) throw dataError(`${path} is empty (0 bytes)`, 'write the file again or remove it');
  const head = peek(path, 0);
  const tail = size >= SMALLEST_PARQUET ? peek(path, size - 4) : '';
  if (head === 'PARE' || tail === 'PARE')
    throw dataError(`${path} is an encrypted Parquet file`, 'write it without encryption');
  if (head !== MAGIC)
    throw dataError(
      `${path} is not a Parquet file: it starts with ${JSON.stringify(head)}`,
      'write it with a Parquet writer',
    );
  if (tail !== MAGIC)
    throw dataError(
      `${path} is cut off: it begins as Parquet, but has no footer at its end`,
      'copy or write the file again',
    );
}

/** The first four bytes, or fewer of a shorter file. */
export const leadingBytes = (path: string): string => peek(path, 0);

function peek(path: string, position: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(4);
    const read = readSync(file, bytes, 0, 4, position);
    return bytes.toString('latin1', 0, read);
  } finally {
    closeSync(file);
  }
}

/** Whether a folder can be listed at all. @throws data error naming it, or what the machine refuses. */
export function checkDataRoot(root: string): void {
  const found = statSync(root, { throwIfNoEntry: false });
  if (found && !found.isDirectory())
    throw dataError(`the data folder ${root} is no folder`, 'set data.root, or pass --data');
  try {
    readdirSync(root);
  } catch (error) {
    const refusal = refusalOfMachine({ code: (error as NodeJS.ErrnoException).code, path: `the data folder ${root}` });
    if (refusal) throw refusal;
    throw dataError(`the data folder ${root} does not exist or cannot be read`, 'set data.root, or pass --data');
  }
}

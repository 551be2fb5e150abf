import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { dataError } from '../model/failure.js';

export type DatedDataset = 'quotes' | 'trades' | 'fills' | 'factors' | 'parents' | 'buckets';
export type StaticDataset = 'universe' | 'events' | 'symbols' | 'fx';

const PARTITION = /^date=(\d{4}-\d{2}-\d{2})$/;

/** Trading dates for which the dataset has a folder, ascending. */
export function partitionDates(root: string, dataset: DatedDataset): string[] {
  const folder = join(root, dataset);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => PARTITION.exec(name)?.[1])
    .filter((date) => date !== undefined)
    .sort();
}

/** Parquet files of one date, in order of their names; empty where there are none. */
export function partitionFiles(root: string, dataset: DatedDataset, date: string): string[] {
  const folder = join(root, dataset, `date=${date}`);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.parquet') && !/^[._]/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** A file of the data folder itself, as Parquet or CSV. */
export function staticFile(root: string, dataset: StaticDataset): string | undefined {
  return [`${dataset}.parquet`, `${dataset}.csv`].map((name) => join(root, name)).find((path) => existsSync(path));
}

export function sha256OfFile(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    createReadStream(path, { highWaterMark: 1 << 20 })
      .on('data', (chunk) => hash.update(chunk))
      .on('error', reject)
      .on('end', () => resolve(hash.digest('hex')));
  });
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
  const [head, tail] = size >= SMALLEST_PARQUET ? [peek(path, 0), peek(path, size - 4)] : ['', ''];
  if (head === 'PARE' || tail === 'PARE')
    throw dataError(`${path} is an encrypted Parquet file`, 'write it without encryption');
  if (head !== MAGIC)
    throw dataError(
      `${path} is not a Parquet file: it starts with ${JSON.stringify(peek(path, 0))}`,
      'write it with a Parquet writer',
    );
  if (tail !== MAGIC)
    throw dataError(`${path} is cut off: it does not end with the Parquet footer`, 'copy or write the file again');
}

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

/** Whether a folder can be listed at all. @throws data error naming it. */
export function checkDataRoot(root: string): void {
  try {
    readdirSync(root);
  } catch {
    throw dataError(`the data folder ${root} does not exist or cannot be read`, 'set data.root, or pass --data');
  }
}

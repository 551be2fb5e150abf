import { closeSync, openSync } from 'node:fs';
import { isCsv } from './csvScan.js';
import { readAt } from './fileBytes.js';
import { checkGzip, sha256OfFile } from './files.js';
import { type PageCounts, verifyPages } from './pageChecksums.js';

/** What a file holds, and whether its bytes are those that were written. */
export interface FileDigest {
  readonly sha256: string;
  /** Of a Parquet file. */
  readonly pages?: PageCounts;
}

/** Digests a file and compares the pages of a Parquet file with their checksums. @throws data error naming a page. */
export async function digestOfFile(path: string): Promise<FileDigest> {
  if (isCsv(path)) return digestOfText(path);
  const sha256 = await sha256OfFile(path);
  // Just read, so that the pages come from the system's cache.
  return isParquet(path) ? { sha256, pages: verifyPages(path) } : { sha256 };
}

async function digestOfText(path: string): Promise<FileDigest> {
  if (/\.gz$/i.test(path)) await checkGzip(path);
  return { sha256: await sha256OfFile(path) };
}

function isParquet(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    return readAt(file, 0, 4).toString('latin1') === 'PAR1';
  } finally {
    closeSync(file);
  }
}

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isCsv } from '../../io/csvScan.js';
import { digestOfFile, type FileDigest } from '../../io/fileDigest.js';
import { checkParquetFile } from '../../io/files.js';
import { refuseNoFile } from '../../io/wholeFile.js';
import { writeAtomically } from '../../store/atomic.js';

/**
 * Digests by path, size, inode and times of change, so that a run over years of unchanged files reads none of them: what
 * stands here was read once, and the pages that carry a checksum matched it.
 */
export function digestCache(store: string) {
  const path = join(store, 'stages', 'fileDigests.json');
  const known = new Map(Object.entries(storedDigests(path)));
  let added = 0;
  return {
    of: async (file: string): Promise<FileDigest> => {
      const { size, ino, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const key = `${file}|${size}|${ino}|${mtimeNs}|${ctimeNs}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      refuseNoFile(file);
      if (!isCsv(file)) checkParquetFile(file);
      const digest = await digestOfFile(file);
      known.set(key, digest);
      added++;
      return digest;
    },
    flush: () => {
      if (added > 0) writeAtomically(path, JSON.stringify(Object.fromEntries(known)));
    },
  };
}

/** Nothing is lost with a cache that cannot be read: files are digested again. */
function storedDigests(path: string): Record<string, FileDigest> {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

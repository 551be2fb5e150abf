import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isCsv } from '../../io/csvScan.js';
import { checkGzip, checkParquetFile, sha256OfFile } from '../../io/files.js';
import { writeAtomically } from '../../store/atomic.js';

/** Digests by path, size, inode and times of change, so that a run over years of unchanged files reads none of them. */
export function digestCache(store: string) {
  const path = join(store, 'stages', 'digests.json');
  const known = new Map(Object.entries(storedDigests(path)));
  let added = 0;
  return {
    of: async (file: string): Promise<string> => {
      const { size, ino, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const key = `${file}|${size}|${ino}|${mtimeNs}|${ctimeNs}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      if (!isCsv(file)) checkParquetFile(file);
      else if (/\.gz$/i.test(file)) await checkGzip(file);
      const digest = await sha256OfFile(file);
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
function storedDigests(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
}

import { existsSync, readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { isCsv } from '../../io/csvScan.js';
import { digestOfFile, type FileDigest } from '../../io/fileDigest.js';
import { checkParquetFile } from '../../io/files.js';
import { writeAtomically } from '../../store/atomic.js';
import { checkedJson, contentOf } from '../../store/checkedJson.js';
import { storePath } from '../../store/paths.js';

/**
 * Digests by path, size, inode and times of change, so that a run over years of unchanged files reads none of them: what
 * stands here was read once, and the pages that carry a checksum matched it.
 */
export function digestCache(store: string) {
  const path = storePath(store, 'stages', 'fileDigests.json');
  const stored = storedDigests(path);
  const known = new Map(Object.entries(stored ?? {}));
  let isChanged = stored === undefined;
  return {
    of: async (file: string): Promise<FileDigest> => {
      const { size, ino, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
      const key = `${file}|${size}|${ino}|${mtimeNs}|${ctimeNs}`;
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      if (!isCsv(file)) checkParquetFile(file);
      const digest = await digestOfFile(file);
      known.set(key, digest);
      isChanged = true;
      return digest;
    },
    /** Writes what was added. */
    flush: () => {
      if (isChanged) writeAtomically(path, checkedJson(Object.fromEntries(known)));
      isChanged = false;
    },
    /** What is to be said of the cache itself. */
    warnings: stored === undefined ? [`the cache ${path} is damaged: every input is digested again`] : [],
  };
}

const storedSchema = z.record(
  z.string(),
  z.object({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    pages: z.object({ verified: z.number(), without: z.number() }).exactOptional(),
  }),
);

/** `undefined` for a file that is not what was written: nothing is lost but time. */
function storedDigests(path: string): Readonly<Record<string, FileDigest>> | undefined {
  if (!existsSync(path)) return {};
  const parsed = storedSchema.safeParse(contentOf(readFileSync(path, 'utf8')), { jitless: true });
  return parsed.success ? parsed.data : undefined;
}

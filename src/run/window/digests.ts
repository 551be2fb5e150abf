import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { isCsv } from '../../io/csvScan.js';
import { digestOfFile, type FileDigest } from '../../io/fileDigest.js';
import { checkParquetFile } from '../../io/files.js';
import { refuseNoFile } from '../../io/wholeFile.js';
import { writeAtomically } from '../../store/atomic.js';
import { checkedJson, contentOf } from '../../store/checkedJson.js';
import { storeEntries, storePath } from '../../store/paths.js';

/**
 * Digests by path, size, inode and times of change, so that a run over years of unchanged files reads none of them: what
 * stands here was read once, and the pages that carry a checksum matched it. A process that makes one day writes them
 * into a file of that day, so that many of them need no lock.
 */
export function digestCache(store: string, day?: string) {
  const whole = storePath(store, 'stages', 'fileDigests.json');
  const own = day ? storePath(store, 'stages', `fileDigests-${day}.json`) : whole;
  const files = storeEntries(store, 'stages').filter((path) => IS_OURS.test(basename(path)));
  const stored = files.map((path) => ({ path, digests: storedDigests(path) }));
  const known = new Map(stored.flatMap(({ digests }) => Object.entries(digests ?? {})));
  const damaged = stored.filter(({ digests }) => digests === undefined).map(({ path }) => path);
  const added = new Map<string, FileDigest>();
  let isChanged = damaged.includes(own);
  return {
    knows: (file: string): boolean => known.has(keyOf(file)),
    of: async (file: string): Promise<FileDigest> => {
      const key = keyOf(file);
      const cached = known.get(key);
      if (cached !== undefined) return cached;
      refuseNoFile(file);
      if (!isCsv(file)) checkParquetFile(file);
      const digest = await digestOfFile(file);
      known.set(key, digest);
      added.set(key, digest);
      isChanged = true;
      return digest;
    },
    /** Writes what was added; all that is known where it is not for one day. */
    flush: () => {
      if (isChanged) {
        const kept = own === whole ? known : new Map([...Object.entries(storedDigests(own) ?? {}), ...added]);
        writeAtomically(own, checkedJson(Object.fromEntries(kept)));
        if (own === whole) for (const path of damaged.filter((each) => each !== whole)) rmSync(path, { force: true });
      }
      isChanged = false;
    },
    /** What is to be said of the cache itself. */
    warnings: damaged.map((path) => `the cache ${path} is damaged: every input is digested again`),
  };
}

const IS_OURS = /^fileDigests(-\d{4}-\d{2}-\d{2})?\.json$/;

function keyOf(file: string): string {
  const { size, ino, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  return `${file}|${size}|${ino}|${mtimeNs}|${ctimeNs}`;
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

import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XimError } from '../../model/failure.js';
import { makeFolder } from '../../store/folders.js';
import { isMarkGone, MARK, markOf, type Witness } from '../../store/processes.js';

/** `xim-<mark>.<random>`: folders of others that are named alike have no mark. */
const FOLDER = new RegExp(`^xim-(${MARK.source})\\.[A-Za-z0-9]{6}$`);

/**
 * A folder for what does not outlive the process; those that killed processes left are removed.
 * @throws XimError `environment` where none can be made
 */
export function makeTemporary(self: Witness): string {
  removeTemporaries((mark) => isMarkGone(mark, self));
  try {
    makeFolder(tmpdir());
    return mkdtempSync(join(tmpdir(), `xim-${markOf(self)}.`));
  } catch (error) {
    throw new XimError(
      'environment',
      `no temporary folder can be made in ${tmpdir()}: ${(error as Error).message}`,
      'set TMPDIR to a folder that can be written to',
    );
  }
}

export function removeOwnTemporaries(self: Pick<Witness, 'pid' | 'host'>): void {
  const own = markOf(self);
  removeTemporaries((mark) => mark === own);
}

/** What cannot be removed is left to whoever can. */
function removeTemporaries(isDoomed: (mark: string) => boolean): void {
  const user = process.getuid?.();
  for (const name of namesIn(tmpdir())) {
    const mark = FOLDER.exec(name)?.[1];
    if (mark === undefined || !isDoomed(mark)) continue;
    const path = join(tmpdir(), name);
    try {
      const found = lstatSync(path);
      if (found.isDirectory() && (user === undefined || found.uid === user))
        rmSync(path, { recursive: true, force: true });
    } catch {}
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

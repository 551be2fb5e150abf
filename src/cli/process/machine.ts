import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname } from 'node:path';
import type { Machine } from '../../run/setup/doctor/machine.js';

/** The machine that the program runs on; nothing is written to find out. */
export function thisMachine(): Machine {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return {
    node: process.versions.node,
    timezoneData: process.versions.tz ?? 'unknown',
    cores: availableParallelism(),
    // Without a limit the system names one beyond all memory, or none.
    memoryBytes: limit > 0 && limit < total ? limit : total,
    temporaryFolder: tmpdir(),
    freeBytes: (folder) => {
      const { bavail, bsize } = statfsSync(existing(folder));
      return bavail * bsize;
    },
    isWritable: (folder) => {
      try {
        accessSync(existing(folder), constants.W_OK | constants.X_OK);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** The folder, or the nearest one above it that is there. */
function existing(folder: string): string {
  const above = dirname(folder);
  return existsSync(folder) || above === folder ? folder : existing(above);
}

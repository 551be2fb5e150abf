// Disks that are full after so many bytes: a store on a file system of its own size.
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { spread } from './lanes.js';
import { complaintAfter, emptyStore, filesBelow, inScratch, makeFolder, nightly, xim } from './world.js';

const ENVIRONMENT = 74;

export async function disks({ golden, short, judge, skip }) {
  const mount = inScratch('disk');
  makeFolder(mount);
  const mounted = (options) =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount], { stdio: 'ignore' }).status === 0;
  const unmount = () => spawnSync('umount', [mount]);
  if (!mounted('size=4k')) return skip('file systems cannot be mounted here: root is needed');
  unmount();
  const needed = filesBelow(golden.store).reduce((sum, path) => sum + pages(join(golden.store, path)), 0);
  const sizes = Array.from({ length: 24 }, (_, k) => Math.ceil(((k + 1) * needed) / 25 / 4096) * 4);
  for (const size of short ? spread(sizes, 3) : sizes) {
    if (!mounted(`size=${size}k`)) throw new Error('the disk cannot be mounted');
    const store = join(mount, 'store');
    const full = await xim(nightly(store));
    const said = full.code === ENVIRONMENT && /no space/i.test(full.stdout) && full.stdout.includes(mount);
    judge(
      `a disk of ${size} kB says so`,
      said ? undefined : `${full.code}: ${full.stdout} ${full.stderr}`.slice(0, 400),
    );
    spawnSync('mount', ['-o', 'remount,size=64m', mount]);
    judge(`a disk of ${size} kB, after room was made`, await complaintAfter(store, golden));
    unmount();
  }
  emptyStore('disk');
}

/** Bytes that a file takes on a disk of pages. */
const pages = (path) => Math.ceil(statSync(path).size / 4096) * 4096;

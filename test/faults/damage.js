// Every file of a store damaged in turn. What is published is told (12) and never passed over; what can be made again is.
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inLanes, shareOf } from './lanes.js';
import { complaintOfRun, copyOf, emptyStore, filesBelow, nightly, xim } from './world.js';

const CORRUPT = 12;

const WAYS = {
  emptied: () => Buffer.alloc(0),
  halved: (bytes) => bytes.subarray(0, bytes.length >> 1),
  zeroed: (bytes) => Buffer.alloc(bytes.length),
  flipped: (bytes) => {
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1] ^= 4;
    return changed;
  },
  removed: undefined,
};

const isPublished = (path) => /^(objects|versions)\//.test(path);
/** What a run and its readers rest on and cannot make again by themselves. */
const isAlias = (path) => path.startsWith('aliases/');
const isCache = (path) => path.startsWith('stages/');

export async function damage({ golden, short, part, judge }) {
  const files = filesBelow(golden.store);
  const cases = files.flatMap((path) => Object.keys(WAYS).map((way) => ({ path, way })));
  // The short form takes about half of the files, in one way after the other.
  const chosen = short ? cases.filter((_, k) => k % 43 === 0) : shareOf(cases, part);
  await inLanes(chosen, async ({ path, way }, k) => {
    const store = copyOf(golden.store, `damaged-${k}`);
    damageFile(join(store, path), WAYS[way]);
    const name = path.replaceAll(/[0-9a-f]{24,}/g, (digest) => digest.slice(0, 8));
    judge(`${name} ${way}`, await complaintOf(store, path, way, golden));
    emptyStore(`damaged-${k}`);
  });
}

function damageFile(path, change) {
  chmodSync(path, 0o644);
  if (change) writeFileSync(path, change(readFileSync(path)));
  else rmSync(path);
}

async function complaintOf(store, path, way, golden) {
  const verified = await xim(['verify', '--store', store, '--json']);
  if (isPublished(path)) {
    // A version whose manifest is gone with it names nothing any more, but its alias does.
    if (verified.code !== CORRUPT) return `verify ends with ${verified.code}`;
    const again = await xim(nightly(store));
    const unchanged = again.code === golden.code && JSON.parse(again.stdout).fresh === false;
    if (unchanged) return 'a run says that nothing has changed';
    if (again.code !== CORRUPT && again.code !== golden.code)
      return `a run ends with ${again.code}: ${again.stdout.slice(0, 300)}`;
    return complaintOfRun(await xim(nightly(store, '--force')), golden) ?? (await verifyComplaint(store));
  }
  if (isAlias(path)) {
    const shown = await xim(['show', 'candidate', '--store', store, '--json']);
    const wanted = way === 'removed' ? 10 : CORRUPT;
    if (shown.code !== wanted && shown.code !== 0) return `show candidate ends with ${shown.code}`;
    if (shown.code === 0 && JSON.parse(shown.stdout).id !== golden.id) return 'show candidate shows another version';
    return undefined;
  }
  if (![0].includes(verified.code)) return `verify ends with ${verified.code}`;
  const again = await xim(nightly(store, ...(isCache(path) ? ['--force'] : [])));
  return complaintOfRun(again, golden) ?? (await verifyComplaint(store));
}

async function verifyComplaint(store) {
  const { code, stdout } = await xim(['verify', '--store', store, '--json']);
  return code === 0 ? undefined : `verify ends with ${code} afterwards: ${stdout.slice(0, 300)}`;
}

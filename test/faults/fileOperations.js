// Loaded before the program (node --import): counts what it does to files below a folder, and ends it after one of them, as
// a kill would (`kill`) or as a power cut would (`power`): what was not made durable by then is lost or undone.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';

const folder = resolve(process.env.FAULTS_FOLDER);
const log = process.env.FAULTS_LOG;
const endAt = Number(process.env.FAULTS_AT ?? Number.POSITIVE_INFINITY);
const isPowerCut = process.env.FAULTS_KIND === 'power';
const plain = { ...fs };

const isOurs = (path) =>
  typeof path === 'string' && (resolve(path) === folder || resolve(path).startsWith(`${folder}/`));

/** Paths of open files of ours. */
const open = new Map();
/** Inodes as they were when the program started: durable, whatever they hold. */
const old = new Set(isPowerCut ? inodes() : []);
/** Time of change of an inode when it was made durable. */
const durable = new Map();
/** Changes of names that no fsync of their folder has made durable, oldest first. */
let names = [];

function inodes() {
  if (!plain.existsSync(folder)) return [];
  return plain
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => plain.statSync(join(entry.parentPath, entry.name)).ino);
}

/** One byte an operation, whichever thread it comes from: the length of the log is their number. */
function count(operation, path) {
  const file = plain.openSync(log, 'a');
  plain.writeSync(file, '.');
  const { size } = plain.fstatSync(file);
  plain.closeSync(file);
  if (process.env.FAULTS_TRACE) plain.appendFileSync(process.env.FAULTS_TRACE, `${size} ${operation} ${path}\n`);
  if (size !== endAt) return;
  if (isPowerCut) cutPower();
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing more is done.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function wrap(name, pathOf, after = () => {}, before = () => undefined) {
  const real = plain[name];
  fs[name] = (...given) => {
    const path = pathOf(given);
    if (!isOurs(path)) return real(...given);
    const state = before(given);
    const result = real(...given);
    after(given, result, path, state);
    count(name, path);
    return result;
  };
}

const isWriting = (flags = 'r') => (typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(flags));
const first = ([path]) => path;
const ofFile = ([file]) => (typeof file === 'number' ? open.get(file) : file);

const realOpen = plain.openSync;
fs.openSync = (path, flags, ...more) => {
  const file = realOpen(path, flags, ...more);
  if (isOurs(path)) {
    open.set(file, resolve(path));
    if (isWriting(flags)) count('openSync', path);
  }
  return file;
};
const realClose = plain.closeSync;
fs.closeSync = (file) => {
  open.delete(file);
  realClose(file);
};
wrap('writeSync', ofFile);
wrap('writeFileSync', ofFile);
wrap('appendFileSync', ofFile);
wrap('mkdirSync', first);
wrap('rmSync', first);
wrap('unlinkSync', first);
wrap('copyFileSync', ([, to]) => to);
wrap(
  'linkSync',
  ([, to]) => to,
  ([from, to]) => names.push({ kind: 'link', from: resolve(from), to: resolve(to) }),
);
wrap(
  'renameSync',
  ([, to]) => to,
  ([from, to], _result, _path, kept) => names.push({ kind: 'rename', from: resolve(from), to: resolve(to), kept }),
  ([, to]) => keep(to),
);
wrap('fsyncSync', ofFile, ([file], _result, path) => {
  const { ino, mtimeMs } = plain.fstatSync(file);
  durable.set(ino, mtimeMs);
  names = names.filter(({ to }) => dirname(to) !== path);
});

/** What a rename replaces, held by a second name outside, for a power cut that undoes it. */
function keep(path) {
  if (!isPowerCut || !plain.existsSync(path) || plain.statSync(path).isDirectory()) return undefined;
  const second = join(dirname(log), `kept-${process.pid}-${names.length}-${basename(path)}`);
  plain.rmSync(second, { force: true });
  plain.linkSync(path, second);
  return second;
}

/** Half of what is not durable is lost, which half depends on where the cut is. */
function cutPower() {
  let state = endAt * 2654435761 + 12345;
  const coin = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) & 1;
  };
  for (const entry of plain.existsSync(folder)
    ? plain.readdirSync(folder, { recursive: true, withFileTypes: true })
    : []) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { ino, mtimeMs, size } = plain.statSync(path);
    if (old.has(ino) || durable.get(ino) === mtimeMs) continue;
    plain.chmodSync(path, 0o644);
    plain.truncateSync(path, coin() ? 0 : size >> 1);
  }
  for (const { kind, from, to, kept } of names.reverse()) {
    if (coin() || !plain.existsSync(to)) continue;
    if (kind === 'link') plain.rmSync(to, { force: true });
    else if (!plain.existsSync(from) && plain.existsSync(dirname(from))) {
      plain.renameSync(to, from);
      if (kept) plain.linkSync(kept, to);
    }
  }
}

syncBuiltinESMExports();

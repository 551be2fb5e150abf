// Loaded before the program (node --import): what each of its threads multiplies, reads and writes, in numbers that no machine
// changes. They are in a file of the thread's own at every moment, since a thread may be ended without a word.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';
import { threadId } from 'node:worker_threads';
import { blas, useBlas } from '../../dist/numerics/blas/blas.js';

const { WORK_FOLDER: folder, WORK_STORE: store, WORK_NAMES: names } = process.env;
const plain = { ...fs };
const counts = {};
const file = plain.openSync(join(folder, `${process.pid}-${threadId}.json`), 'w');

function add(what, amount) {
  counts[what] = (counts[what] ?? 0) + amount;
  plain.writeSync(file, JSON.stringify(counts).padEnd(4000), 0);
}

/** Stage of a cached file: `stages/STAGE/KEY/file`, or `new` while its folder is being made. */
function stageOf(path) {
  const [room, stage, key] = typeof path === 'string' ? relative(store, path).split('/') : [];
  if (room !== 'stages' || key === undefined) return undefined;
  return stage.startsWith('.tmp') ? 'new' : stage;
}

const openFiles = new Map();
fs.openSync = (path, ...more) => {
  const opened = plain.openSync(path, ...more);
  openFiles.set(opened, stageOf(path));
  return opened;
};
fs.readSync = (opened, ...more) => {
  const bytes = plain.readSync(opened, ...more);
  const stage = openFiles.get(opened);
  if (stage && bytes > 0) add(`bytes read of ${stage}`, bytes);
  return bytes;
};
fs.writeFileSync = (path, data, ...more) => {
  const stage = stageOf(path);
  if (stage && typeof data !== 'string') add('bytes of sums written', data.byteLength);
  return plain.writeFileSync(path, data, ...more);
};
syncBuiltinESMExports();

const kernels = blas();
const [all, most] = [Number(names), Number(names) / 2];
useBlas({
  ...kernels,
  gemm: (m, n, k, ...more) => {
    add('multiplications of products', m * n * k);
    if (m >= most && n >= most && k >= most) add('products of names × names', 1);
    return kernels.gemm(m, n, k, ...more);
  },
  matvec: (m, n, ...more) => {
    // The first reflector of a decomposition.
    if (m === n && m === all - 1) add('decompositions', 1);
    return kernels.matvec(m, n, ...more);
  },
});

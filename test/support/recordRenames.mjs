// Loaded before a program (node --import): writes to the file RECORDED_RENAMES, for everything that is moved into place, what
// was not yet made durable then, and whether its new name was afterwards.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';

const { openSync, fsyncSync, writeSync, writeFileSync, renameSync, appendFileSync } = fs;
const log = process.env.RECORDED_RENAMES;
const append = (entry) => appendFileSync(log, `${JSON.stringify(entry)}\n`);

const paths = new Map();
const pathOf = (file) => (typeof file === 'number' ? paths.get(file) : String(file));
/** Paths whose content is durable. What others wrote (the engine) is not, until it is synced. */
const durable = new Set();
const named = new Map();

fs.openSync = (path, ...rest) => {
  const file = openSync(path, ...rest);
  paths.set(file, String(path));
  return file;
};
fs.writeSync = (file, ...rest) => {
  durable.delete(pathOf(file));
  return writeSync(file, ...rest);
};
fs.writeFileSync = (file, ...rest) => {
  durable.delete(pathOf(file));
  return writeFileSync(file, ...rest);
};
fs.fsyncSync = (file) => {
  fsyncSync(file);
  durable.add(pathOf(file));
  for (const [to, folder] of named) if (folder === pathOf(file)) named.delete(to);
};
fs.renameSync = (from, to) => {
  const moved = below(String(from));
  append({ to, files: moved.length, lost: moved.filter((path) => !durable.has(path)) });
  renameSync(from, to);
  named.set(String(to), dirname(String(to)));
};
process.on('exit', () => append({ unnamed: [...named.keys()] }));
syncBuiltinESMExports();

function below(path) {
  if (!fs.lstatSync(path).isDirectory()) return [path];
  return [path, ...fs.readdirSync(path).flatMap((name) => below(join(path, name)))];
}

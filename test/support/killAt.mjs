// Loaded before a program (node --import): kills it before the KILLED_AT-th file below KILLED_BELOW is moved or removed.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { sep } from 'node:path';

const below = process.env.KILLED_BELOW + sep;
let left = Number(process.env.KILLED_AT);
for (const name of ['renameSync', 'rmSync']) {
  const original = fs[name];
  fs[name] = (path, ...rest) => {
    const inRoom = String(path).startsWith(below) && String(path).slice(below.length).includes(sep);
    if (inRoom && --left === 0) process.kill(process.pid, 'SIGKILL');
    return original(path, ...rest);
  };
}
syncBuiltinESMExports();

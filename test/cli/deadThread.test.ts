import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { repository, xim } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { SMALL_DATES, smallConfig, writeSmallMarket } from '../support/smallMarket.js';

/** The thread that computes dies in the middle of its work; and it has one core for all of its threads. */

const folder = temporaryFolder();
const config = join(folder, 'xim.yaml');
beforeAll(() => {
  smallConfig(config, writeSmallMarket(folder), join(folder, 'store'));
});

const words = (store: string) => [
  ...['run', '--date', SMALL_DATES.at(-1)!, '--config', config, '--store', join(folder, store), '--quiet'],
];
const run = (store: string, options = '') => xim(words(store), { env: { NODE_OPTIONS: options } });
const idOf = (stdout: string) => /^id ([0-9a-f]{64})$/m.exec(stdout)?.[1];

const published = (store: string, room: string): readonly string[] => {
  const path = join(folder, store, room);
  return existsSync(path) ? readdirSync(path) : [];
};

/** Ends a thread that computes when it first writes a file of this name. */
function endsAt(name: string): string {
  const preload = join(folder, `endsAt-${name}.mjs`);
  writeFileSync(
    preload,
    `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread, workerData } from 'node:worker_threads';
if (!isMainThread && workerData?.verb) {
  const write = fs.writeFileSync;
  fs.writeFileSync = (path, ...more) => (String(path).includes('${name}') ? process.exit(5) : write(path, ...more));
  syncBuiltinESMExports();
}
`,
  );
  return `--import=${preload}`;
}

it('one that ends by itself is a bug with its stage; nothing is published, and the next run gives the same', () => {
  const { code, stderr } = run('ended', endsAt('moments'));
  expect(code).toBe(70);
  expect(stderr).toMatch(/^error: internal error at "[^"]+": the thread that computes ended by itself \(5\)/);
  for (const room of ['versions', 'aliases', 'objects']) expect(published('ended', room)).toEqual([]);
  expect(existsSync(join(folder, 'ended', 'lock'))).toBe(false);
  const again = run('ended');
  expect(again.code).toBeLessThan(2);
  expect(idOf(again.stdout)).toBeDefined();
  expect(idOf(again.stdout)).toBe(idOf(run('untouched').stdout));
});

it.skipIf(!existsSync('/usr/bin/taskset'))('one core gives the same version as all', () => {
  const program = [process.execPath, join(repository, 'bin', 'xim.js'), ...words('one-core')];
  const { status, stdout } = spawnSync('/usr/bin/taskset', ['-c', '0', ...program], { encoding: 'utf8' });
  expect(status).toBeLessThan(2);
  expect(idOf(stdout)).toBeDefined();
  expect(idOf(stdout)).toBe(idOf(run('all-cores').stdout));
});

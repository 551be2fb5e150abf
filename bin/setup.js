// Brings a fresh clone to the point where `xim` and its tests run: installs what the lock file lists and builds.
// Does nothing that is done already.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(root, ...parts);
const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`xim needs Node.js 20 or newer; this is ${process.version}`);
  process.exit(2);
}

/** npm is a shell script on Windows, hence `shell`. */
function npm(...args) {
  const { status } = spawnSync('npm', args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

function newestBelow(folder) {
  return Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => changed(join(entry.parentPath ?? entry.path, entry.name))),
  );
}

if (changed(at('node_modules', '.package-lock.json')) < changed(at('package-lock.json'))) {
  npm('ci', '--no-audit', '--no-fund', '--loglevel=error');
}
const built = changed(at('dist', 'cli', 'main.js'));
const compiled = Math.min(...['blas', 'elementary'].map((name) => changed(at('src', 'numerics', name, 'compiled.ts'))));
if (compiled < newestBelow(at('assembly')) || built < newestBelow(at('src')) || built < changed(at('tsconfig.json')))
  npm('run', '--silent', 'build');

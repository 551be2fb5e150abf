// Writes the goldens of the sample data anew: version id, manifest and report. Run it only when numbers or outputs are
// meant to change, read what `git diff` says of them, and say so in the changelog.
import { spawnSync } from 'node:child_process';

const files = ['sample.json', 'manifest.json', 'report.json'].map((name) => `test/golden/${name}`);
const environment = { ...process.env, WRITE_GOLDEN: '1' };
const npx = (...args) =>
  spawnSync('npx', args, { stdio: 'inherit', env: environment, shell: process.platform === 'win32' }).status ?? 1;
process.exitCode = npx('vitest', 'run', 'test/golden') || npx('biome', 'format', '--write', ...files);

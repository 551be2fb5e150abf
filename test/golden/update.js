// Writes the version id of the sample data anew. Run it only when numbers or outputs are meant to change, and say so in
// the changelog.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const store = mkdtempSync(join(tmpdir(), 'xim-golden-'));
const args = [
  'bin/xim.js',
  'run',
  '--date',
  '2024-03-13',
  '--config',
  'configs/sample.yaml',
  '--store',
  store,
  '--json',
];
const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
writeFileSync(new URL('sample.json', import.meta.url), `{ "id": "${JSON.parse(stdout).id}" }\n`);
rmSync(store, { recursive: true });

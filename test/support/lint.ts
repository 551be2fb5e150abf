import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from './cli.js';

const biome = join(repository, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');

/** What the linter of the repository says of files that are not in it, by path. */
export function lint(files: Readonly<Record<string, string>>): {
  readonly status: number | null;
  readonly output: string;
} {
  const folder = mkdtempSync(join(tmpdir(), 'xim-lint-'));
  try {
    for (const rules of ['biome.json', 'lint'])
      cpSync(join(repository, rules), join(folder, rules), { recursive: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const args = [biome, 'lint', '--error-on-warnings', '--colors=off', '--max-diagnostics=none', '.'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

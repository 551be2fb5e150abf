import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, xim } from '../support/cli.js';

const root = join(repository, 'dist');
const verbs = readdirSync(join(root, 'cli', 'commands')).filter((name) => name.endsWith('.js'));

const STATIC_IMPORT = /^(?:import|export)\s(?:[^'"();=]*\sfrom\s)?['"]([^'"]+)['"]/gm;

/** What these files import before anything runs, directly or through each other: files of ours, and packages. */
function importedBy(entries: readonly string[], seen = new Set<string>()): Set<string> {
  for (const file of entries) {
    if (seen.has(file)) continue;
    seen.add(file);
    if (!file.startsWith(root)) continue;
    const targets = [...readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)];
    importedBy(
      targets.map(([, target]) => (target.startsWith('.') ? join(dirname(file), target) : target)),
      seen,
    );
  }
  return seen;
}

describe('a start of the program', () => {
  const loaded = importedBy([
    join(root, 'cli', 'main.js'),
    ...verbs.map((name) => join(root, 'cli', 'commands', name)),
  ]);
  const ours = [...loaded].filter((name) => name.startsWith(root)).map((name) => relative(root, name));

  it('loads no package but the parser of the command line', () => {
    const packages = [...loaded].filter((name) => !name.startsWith(root) && !name.startsWith('node:'));
    expect(packages).toEqual(['commander']);
  });

  it('loads no room below the command line, except nouns', () => {
    expect(ours).toContain(join('cli', 'commands', 'run.js'));
    expect(ours.filter((name) => !/^(cli|model)\b/.test(name))).toEqual([]);
  });

  it('lists every verb that has a file', () => {
    const help = xim(['--help']).stdout;
    for (const name of verbs) expect(help).toMatch(new RegExp(`^  ${name.slice(0, -3)} `, 'm'));
  });
});

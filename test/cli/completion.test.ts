import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { settableKeys } from '../../src/config/keys.js';
import { resolveConfig } from '../../src/config/resolve.js';
import { configSchema } from '../../src/config/schema.js';
import { xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
const scripts = new Map<string, string>();
const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

beforeAll(() => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = xim(['completion', shell, '--config', '/nowhere.yaml']);
    expect(code).toBe(0);
    scripts.set(shell, join(folder, shell));
    writeFileSync(join(folder, shell), stdout);
  }
  mkdirSync(join(folder, 'here', 'a folder'), { recursive: true });
  writeFileSync(join(folder, 'here', 'my *file*.yaml'), '');
});

/** What bash offers after these words; it splits words at equals signs before it asks. */
function inBash(...words: string[]): string[] {
  const split = words.flatMap((word) => word.split(/(=)/).filter((part, k) => part !== '' || k === 0));
  // A word that ends in an equals sign is completed with the sign as the word.
  const list = split.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const line = `source '${scripts.get('bash')}'; COMP_WORDS=(${list}); COMP_CWORD=${split.length - 1}; _xim; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], { encoding: 'utf8', cwd: join(folder, 'here') });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((text) => text !== '');
}

/** The lines of `xim VERB --help` that begin with an option, as the parser prints them. */
const flagsInHelp = (verb: string): string[] =>
  [...xim([verb, '--help']).stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) =>
    short === undefined ? [long] : [short, long],
  );

describe.skipIf(!has('bash'))('completion in bash', () => {
  it('is registered for the program', () => {
    const { stdout } = spawnSync('bash', ['--norc', '-c', `source '${scripts.get('bash')}'; complete -p xim`], {
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe('complete -F _xim xim');
  });

  it('offers every command of the help, by its beginning', () => {
    const help = [...xim(['--help']).stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name);
    expect(help.length).toBeGreaterThan(20);
    expect(inBash('xim', '')).toEqual(expect.arrayContaining(help));
    expect(inBash('xim', 'val')).toEqual(['validate']);
  });

  it.each(['run', 'constrain', 'scorecard', 'health'])('offers the options that %s has, and no others', (verb) => {
    const expected = flagsInHelp(verb);
    expect(expected.length).toBeGreaterThan(12);
    expect(inBash('xim', verb, '-').sort()).toEqual(expected.sort());
  });

  it('offers the choices of an option, after a space or an equals sign', () => {
    expect(inBash('xim', 'run', '--log-format', '')).toEqual(['text', 'json']);
    expect(inBash('xim', 'run', '--log-format', 'j')).toEqual(['json']);
    expect(inBash('xim', 'run', '--log-format=')).toEqual(['text', 'json']);
    expect(inBash('xim', 'run', '--log-format=t')).toEqual(['text']);
    expect(inBash('xim', 'run', '--date', '')).toEqual([]);
  });

  it('offers keys of the configuration, then their values', () => {
    expect(inBash('xim', 'run', '--set', 'flow.')).toEqual(['flow.source=', 'flow.concavity=', 'flow.liquidity=']);
    expect(inBash('xim', 'run', '--set', 'flow.source=')).toEqual(['fills', 'trades']);
    expect(inBash('xim', 'run', '--set', 'flow.source=t')).toEqual(['trades']);
    expect(inBash('xim', 'run', '--set', 'align.bucket=')).toEqual([]);
  });

  it('offers files and folders, whatever their names', () => {
    expect(inBash('xim', 'run', '--config', 'my')).toEqual(['my *file*.yaml']);
    expect(inBash('xim', 'run', '--store', '')).toEqual(['a folder']);
    expect(inBash('xim', 'init', '')).toEqual(['a folder']);
  });

  it('offers aliases where a version is asked for, and words where one is explained', () => {
    for (const verb of ['show', 'open', 'diff', 'compare', 'verify', 'promote'])
      expect(inBash('xim', verb, 'c')).toEqual(['candidate', 'champion']);
    expect(inBash('xim', 'scorecard', '--ref', 'ch')).toEqual(['champion']);
    expect(inBash('xim', 'explain', 'bad_')).toEqual(['bad_side', 'bad_tick']);
    expect(inBash('xim', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(inBash('xim', 'list', '')).toEqual([]);
  });
});

describe.skipIf(!has('zsh'))('completion in zsh', () => {
  it('is a script that zsh reads, and registers itself', () => {
    const line = `autoload -Uz compinit; compinit -D; source '${scripts.get('zsh')}'; print -r -- $_comps[xim]`;
    const { stdout, stderr } = spawnSync('zsh', ['-fc', line], { encoding: 'utf8' });
    expect([stdout.trim(), stderr]).toEqual(['_xim', '']);
  });
});

describe.skipIf(!has('fish'))('completion in fish', () => {
  it('offers commands, options and keys', () => {
    const offered = (line: string) =>
      spawnSync('fish', ['-N', '-c', `source '${scripts.get('fish')}'; complete -C '${line}'`], { encoding: 'utf8' })
        .stdout.split('\n')
        .map((text) => text.split('\t')[0]);
    expect(offered('xim val')).toContain('validate');
    expect(offered('xim run --log-format ')).toContain('json');
    expect(offered('xim run --set flow.so')).toContain('flow.source=fills');
  });
});

describe('completion', () => {
  it('knows every key that --set takes, each with values that are taken', () => {
    const keys = settableKeys();
    const defaults = configSchema.parse({}) as Record<string, unknown>;
    const isMap = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
    for (const { key, values } of keys) {
      for (const value of values) {
        const flags = [{ path: key, text: value, writtenAs: '--set' }];
        expect(
          () => resolveConfig({ file: {}, fileName: '', environment: {}, flags }),
          `${key}=${value}`,
        ).not.toThrow();
      }
    }
    const leaves = (node: Record<string, unknown>, path = ''): string[] =>
      Object.entries(node).flatMap(([name, value]) =>
        isMap(value) && Object.keys(value as object).length > 0
          ? leaves(value as Record<string, unknown>, `${path}${name}.`)
          : [`${path}${name}`],
      );
    expect(keys.map(({ key }) => key)).toEqual(expect.arrayContaining(leaves(defaults)));
  });

  it('refuses a shell that it does not know', () => {
    expect(ximJson(['completion', 'tcsh']).code).toBe(2);
    expect(ximJson(['completion']).code).toBe(2);
  });
});

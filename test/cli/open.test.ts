import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Desktop, openerOf } from '../../src/cli/process/desktop.js';
import { repository, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
const store = join(folder, "it's a $(store)");
const matrix = join(folder, 'matrix.csv');
const opened = join(folder, 'opened.txt');
const programs = join(folder, 'programs');

beforeAll(() => {
  writeFileSync(matrix, ',A,B\nA,2,0.5\nB,0.5,3\n');
  xim(['constrain', '--matrix', matrix, '--store', store, '--quiet']);
  mkdirSync(programs);
  writeFileSync(join(programs, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$1" > '${opened}'\n`);
  chmodSync(join(programs, 'xdg-open'), 0o755);
});

const desk = { PATH: `${programs}${delimiter}${process.env.PATH}`, DISPLAY: ':0', CI: '' };
const desktop = (more: Partial<Desktop> = {}): Desktop => ({
  platform: 'linux',
  environment: { DISPLAY: ':0' },
  isTerminal: true,
  ...more,
});

describe('open', () => {
  it('prints the path of the report and opens nothing when piped', () => {
    const { code, stdout } = xim(['open', 'undated', '--store', store], { env: desk });
    expect(code).toBe(0);
    const path = stdout.trimEnd();
    expect(path.startsWith(`${store}/objects/`)).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(/^<!doctype html>/i);
    const { document } = ximJson(['open', 'undated', '--store', store]);
    expect(document).toMatchObject({ report: path, opened: false });
    expect(existsSync(opened)).toBe(false);
  });

  const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
  it.skipIf(!hasScript)('opens it on a desktop, the path as one argument', async () => {
    const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
    const line = [process.execPath, join(repository, 'bin', 'xim.js'), 'open', 'undated', '--store', store]
      .map(quoted)
      .join(' ');
    const { stdout } = spawnSync('script', ['-qec', line, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, ...desk },
    });
    for (let k = 0; k < 50 && !existsSync(opened); k++) await sleep(100);
    await sleep(100);
    expect(stdout.trim()).toBe(readFileSync(opened, 'utf8'));
  });

  it('says what there is none of', () => {
    expect(ximJson(['open', '--store', join(folder, 'nowhere')]).code).toBe(10);
    expect(ximJson(['open', 'champion', '--store', store]).code).toBe(10);
    const path = xim(['open', 'undated', '--store', store]).stdout.trimEnd();
    const content = readFileSync(path);
    rmSync(path, { force: true });
    expect(ximJson(['open', 'undated', '--store', store]).code).toBe(12);
    writeFileSync(path, content);
  });

  it('knows where there is a desktop, and runs no shell', () => {
    const path = '/a b/$(c).html';
    expect(openerOf(desktop(), path)).toEqual({ file: 'xdg-open', args: [path] });
    expect(openerOf(desktop({ environment: { WAYLAND_DISPLAY: 'wayland-0' } }), path)?.file).toBe('xdg-open');
    expect(openerOf(desktop({ platform: 'darwin', environment: {} }), path)).toEqual({ file: 'open', args: [path] });
    expect(openerOf(desktop({ platform: 'win32', environment: {} }), path)?.args).toEqual([path]);
    expect(openerOf(desktop({ environment: {} }), path)).toBeUndefined();
    expect(openerOf(desktop({ isTerminal: false }), path)).toBeUndefined();
    expect(openerOf(desktop({ environment: { DISPLAY: ':0', CI: '1' } }), path)).toBeUndefined();
  });
});

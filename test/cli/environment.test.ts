import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository, startXim, xim } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
const program = `"${process.execPath}" "${join(repository, 'bin', 'xim.js')}"`;
const run = (store: string) => `run --date 2024-03-13 --config configs/sample.yaml --store ${join(folder, store)}`;

/** A line of a shell, which sets limits and says where output goes. */
function shell(line: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 100_000,
    killSignal: 'SIGKILL',
  });
  return { code: status, stdout, stderr };
}

const mounts = (options: string, at: string) =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', at]).status === 0;

/** What the machine refuses is exit 74, and said with the path or the limit: never 70, never Node's own 1. */
describe.skipIf(process.platform !== 'linux')('the environment', () => {
  it('that takes no output', () => {
    expect(shell(`${program} schema >/dev/full`)).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/no space.*stdout/),
    });
    expect(shell(`${program} --help >/dev/full`)).toMatchObject({
      code: 74,
      stderr: expect.stringContaining('ENOSPC'),
    });
    expect(shell(`${program} schema --json >/dev/full`).code).toBe(74);
    expect(shell(`${program} list --json --store ${folder}/none >/dev/full`).code).toBe(10);
  });

  it('in which nobody reads changes no exit code', () => {
    expect(shell(`${program} schema 2>/dev/full`).code).toBe(0);
    expect(shell(`${program} list --store ${folder}/none 2>/dev/full`).code).toBe(10);
    expect(shell(`${program} schema >&- 2>&-`).code).toBe(0);
    expect(shell(`{ ${program} schema; echo $? >&2; } | head -c 10`).stderr).toBe('0\n');
  });

  it('with few open files', () => {
    for (const files of [24, 60]) {
      const { code, stderr } = shell(`ulimit -n ${files}; ${program} ${run('files')}`);
      expect(code, stderr).toBe(74);
      expect(stderr).toMatch(/too many (files are open|open files).*\/.*\.js/);
    }
  });

  it('with little address space', () => {
    const { code, stderr } = shell(`ulimit -v 6000000; ${program} ${run('space')} -q`);
    expect(code, stderr).toBe(74);
    expect(stderr).toMatch(/^error: memory is used up: .*\(limit 6144000000\)$/m);
  });

  it('with little memory for objects, in which the thread that computes dies and leaves nothing', () => {
    const { code, stderr } = shell(`${program} ${run('heap')} -q`, { NODE_OPTIONS: '--max-old-space-size=16' });
    expect(code, stderr).toBe(74);
    expect(stderr).toMatch(/memory for objects is used up: .*\(limit \d+ MB\)/);
    const left = existsSync(join(folder, 'heap'))
      ? readdirSync(join(folder, 'heap'), { recursive: true, encoding: 'utf8' })
      : [];
    expect(left.filter((name) => /\.tmp-|\.wait-|^lock$/.test(name))).toEqual([]);
  });

  it('without a folder for temporary files', () => {
    for (const place of ['/proc/none', '/etc/hostname', '/dev/null/x']) {
      const { code, stderr } = shell(`${program} ${run('temporary')} -q`, { TMPDIR: place });
      expect(code, stderr).toBe(74);
      expect(stderr).toContain(`no temporary folder can be made in ${place}`);
    }
  });

  it('whose paths are too long or cannot be made', () => {
    expect(xim(run('a'.repeat(300)).split(' '))).toMatchObject({
      code: 74,
      stderr: expect.stringMatching(/too long: .*a{300}/),
    });
    const nowhere = xim([
      'run',
      '--date',
      '2024-03-13',
      '--config',
      'configs/sample.yaml',
      '--store',
      '/proc/none/store',
    ]);
    expect(nowhere).toMatchObject({ code: 74, stderr: expect.stringContaining('/proc/none/store cannot be written') });
  });

  it('in which the program itself cannot be read', () => {
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const part of ['bin', 'dist']) cpSync(join(repository, part), join(copy, part), { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
    const start = (...args: string[]) =>
      spawnSync(process.execPath, [join(copy, 'bin', 'xim.js'), ...args], { encoding: 'utf8' });
    expect(start('--help')).toMatchObject({ status: 74, stderr: expect.stringContaining('package.json') });
    writeFileSync(join(copy, 'package.json'), '{"type":"module","version":"0"}');
    rmSync(join(copy, 'dist', 'cli', 'perform.js'));
    expect(start('schema')).toMatchObject({ status: 74, stderr: expect.stringContaining('perform.js') });
    expect(start('run', '--date', '2024-03-13')).toMatchObject({
      status: 74,
      stderr: expect.stringContaining('perform.js'),
    });
  });

  it('in which the store is removed during a run', async () => {
    const child = startXim([...run('removed').split(' '), '--set', 'fit.window=2d']);
    let stderr = '';
    let isRemoved = false;
    child.stdout.resume();
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
      if (isRemoved || !stderr.includes('fit 9 names')) return;
      isRemoved = true;
      rmSync(join(folder, 'removed'), { recursive: true });
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, stderr).toBe(74);
    expect(stderr).toContain(`error: the store ${join(folder, 'removed')} was removed`);
    expect(existsSync(join(folder, 'removed', 'versions'))).toBe(false);
  });

  it('with a small or a read-only disk', ({ skip }) => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    if (!mounts('size=200k', disk)) skip('needs root and mount');
    try {
      const full = shell(`${program} ${run('disk/store')}`);
      expect(full.code, full.stderr).toBe(74);
      expect(full.stderr).toMatch(new RegExp(`error: no space is left: .*${disk}/store`));
      // Room for a page: a stream takes what was written of the result for the whole.
      shell(`cd ${disk}; head -c 4096 /dev/zero >page; head -c 1000000 /dev/zero >rest; rm page`);
      const cut = shell(`${program} schema >${disk}/out`);
      expect(statSync(join(disk, 'out')).size).toBe(4096);
      expect(cut.code).toBe(74);
      spawnSync('mount', ['-o', 'remount,ro', disk]);
      const fixed = shell(`${program} ${run('disk/store')}`);
      expect(fixed.code, fixed.stderr).toBe(74);
      expect(fixed.stderr).toContain(`the file system is read-only: the store ${disk}/store`);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

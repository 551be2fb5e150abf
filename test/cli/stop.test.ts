import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acquireLock } from '../../src/store/lock.js';
import { readJson, repository, startXim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
const run = ['run', '--date', '2024-03-13', '--config', 'configs/sample.yaml', '--store', store];
const { id } = readJson(join(repository, 'test/golden/sample.json'));

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** From the signal to the end. */
  readonly ms: number;
}

/** Starts a command and sends it signals, one after the other, when its progress shows a stage. */
function ended(stage: string, signals: NodeJS.Signals[] = [], options: string[] = []): Promise<End> {
  const child = startXim([...run, ...options], { TMPDIR: temporary });
  let stderr = '';
  let began: number | undefined;
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
    if (began !== undefined || !stderr.includes(stage)) return;
    began = performance.now();
    for (const signal of signals) child.kill(signal);
  });
  return new Promise((resolve) => {
    // Ended by the signal itself, where the engine does not give up its query, is what a shell shows as 128 and its number.
    child.once('close', (exitCode, signal) => {
      const code = exitCode ?? (signal === 'SIGTERM' ? 143 : signal === 'SIGINT' ? 130 : null);
      resolve({ code, signal, stderr, ms: performance.now() - began! });
    });
  });
}

const records = () => readdirSync(join(store, 'runs')).map((name) => readJson(join(store, 'runs', name, 'run.json')));
/** What a command leaves that no other looks at: locks, places in the queue, temporary files. */
const leftovers = () => [
  ...readdirSync(store, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tmp-|\.wait-|^lock$/.test(name)),
  ...readdirSync(temporary),
];

/** One store, which every run goes on with where the one before was ended. */
describe('a run that is ended', () => {
  it.each([
    ['SIGTERM', 'align 2024-03-06', 143],
    ['SIGINT', 'align 2024-03-08', 130],
    ['SIGTERM', 'fit 9 names', 143],
    ['SIGTERM', 'constrain', 143],
    ['SIGINT', 'diagnose', 130],
  ] as const)('by %s at "%s" leaves a clean store at once', async (signal, stage, code) => {
    const end = await ended(stage, [signal]);
    console.log(`${signal} at "${stage}": over after ${end.ms.toFixed(0)} ms`);
    expect(end.code, end.stderr).toBe(code);
    // Nothing went wrong: it was asked to end.
    expect(end.stderr).not.toContain('error');
    expect(end.stderr).toContain(`interrupted by ${signal}`);
    expect(end.ms).toBeLessThan(5000);
    expect(leftovers()).toEqual([]);
    expect(records().at(-1)).toMatchObject({ outcome: 'interrupted', command: 'run --date 2024-03-13' });
    if (existsSync(join(store, 'versions'))) expect(ximJson(['verify', '--store', store]).code).toBe(0);
  });

  it('ends on the spot by a second signal', async () => {
    const end = await ended('fit 9 names', ['SIGTERM', 'SIGINT']);
    // Either may be heard first, and may have ended it before the other came.
    expect([143, 130, 'SIGTERM', 'SIGINT']).toContain(end.code ?? end.signal);
  });

  it('by kill -9 is told of, swept and gone on with by the next', async () => {
    // A place in the queue and files of processes that cannot exist, beside those of others.
    const mark = (host: string) => `${2 ** 22 + 1}.1.${host}`;
    const killed = await ended('fit 9 names', ['SIGKILL']);
    expect(killed.signal).toBe('SIGKILL');
    expect(leftovers().length).toBeGreaterThanOrEqual(2);
    const { pid, processStart, started } = records().at(-1);
    expect(readdirSync(temporary)[0]).toMatch(new RegExp(`^xim-${pid}\\.${processStart}\\.`));
    for (const name of [`.tmp-${mark('00000000')}.0123456789ab-far`, '.tmp-0123456789ab-old'])
      writeFileSync(join(store, 'stages', name), '');
    mkdirSync(join(temporary, 'xim-of-a-user'));

    const next = await ended('publish');
    expect(next.code, next.stderr).toBe(0);
    expect(next.stderr).toMatch(
      new RegExp(`^warning: run \\S+-${pid} \\(run --date 2024-03-13, started ${started}`, 'm'),
    );
    expect(records().map(({ outcome }) => outcome)).toContain('killed');
    expect(records().at(-1)).toMatchObject({ outcome: 'done', host: hostname() });
    expect(leftovers()).toEqual([join('stages', `.tmp-${mark('00000000')}.0123456789ab-far`), 'xim-of-a-user']);
    expect(ximJson(run).document).toMatchObject({ id, fresh: false });
    expect(ximJson(['verify', '--store', store]).code).toBe(0);
  });

  it('while it publishes leaves the version whole, or none', async () => {
    const end = await ended('publish', ['SIGTERM'], ['--force']);
    expect(end.code, end.stderr).toBe(143);
    expect(['interrupted', 'done']).toContain(records().at(-1).outcome);
    expect(leftovers().filter((name) => !/far|of-a-user/.test(name))).toEqual([]);
    expect(ximJson(['verify', '--store', store]).code).toBe(0);
    expect(ximJson(run).document.id).toBe(id);
  });

  it('while it waits for the lock leaves its place in the queue', async () => {
    const owner = { pid: process.pid, host: hostname(), isAlive: () => true, now: () => new Date() };
    const release = await acquireLock(store, owner, 0);
    const end = await ended('wait: ', ['SIGTERM'], ['--force', '--lock-timeout', '100']);
    expect(end.stderr).toContain(`locked by process ${process.pid} on ${hostname()}`);
    expect(end.code).toBe(143);
    expect(release()).toBe(true);
    expect(leftovers().filter((name) => !/far|of-a-user/.test(name))).toEqual([]);
  });
});

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';

import { readJson, startXim, xim } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

/** Work beside the main thread: days in processes of their own, the validation on a second thread. */

const [FIRST, LAST] = ['2024-03-27', '2024-03-29'];
const folder = temporaryFolder();
const config = join(folder, 'xim.yaml');

beforeAll(() => {
  // Enough names for a second thread, and buckets for a process a day.
  const size = ['--names', '80', '--days', '3', '--density', '0.02', '--hours', '4'];
  expect(spawnSync(process.execPath, ['test/bench/largeCase.js', folder, ...size]).status).toBe(0);
});

const run = (store: string, ...more: string[]) => {
  const log = ['--log-format', 'json'];
  const { code, stdout, stderr } = xim([
    'run',
    '--date',
    LAST,
    '--config',
    config,
    '--store',
    join(folder, store),
    ...log,
    ...more,
  ]);
  const events = stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string; stage?: string; id?: string; message: string; level: string });
  return { code, stdout, events, end: events.at(-1)! };
};

it('gives the same version alone and with days, and the validation, made beside it', () => {
  const beside = run('beside');
  const alone = run('alone', '--threads', '1');
  expect(beside.code).toBe(alone.code);
  expect(beside.end.id).toBe(alone.end.id);
  expect(beside.end.id).toMatch(/^[0-9a-f]{64}$/);
  const stages = (events: typeof beside.events) => new Set(events.map(({ stage }) => stage));
  expect(stages(beside.events)).toContain('days beside each other');
  expect(stages(alone.events)).not.toContain('days beside each other');
  expect(beside.events.filter(({ level }) => level === 'warn')).toEqual([]);
  const candidate = (store: string) => readJson(join(folder, store, 'aliases', 'candidate.json'));
  expect(candidate('beside').id).toBe(candidate('alone').id);
});

it.skipIf(!existsSync('/proc'))('ends with the processes that it has started', async () => {
  const child = startXim(['run', '--date', LAST, '--config', config, '--store', join(folder, 'ended')]);
  // Their configuration lies in the temporary folder of the process that started them.
  const ofChild = () =>
    commandLines().filter((line) => line.includes(' day --date') && line.includes(`xim-${child.pid}.`));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  while (ofChild().length < 2) await sleep(20);
  child.kill('SIGTERM');
  expect(await closed, stderr).toBe(143);
  expect(stderr).not.toContain('error');
  await sleep(2000);
  expect(ofChild()).toEqual([]);
});

/** Of every process of the machine. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ')];
      } catch {
        return [];
      }
    });

it('a day that cannot be made stops the run with what is wrong with it', () => {
  writeFileSync(join(folder, 'buckets', `date=${FIRST}`, 'market.parquet'), 'PAR1');
  const { code, events } = run('bad');
  expect(code).toBe(3);
  expect(events.at(-1)!.message).toContain(join(`date=${FIRST}`, 'market.parquet'));
});

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Executor, Work } from '../../src/run/cluster/executor.js';
import { follow, taskResult } from '../../src/run/cluster/follow.js';
import { stepScript } from '../../src/run/cluster/script.js';
import { slurmExecutor } from '../../src/run/cluster/slurm.js';
import { failureOf, failureOfDays } from '../../src/run/clusterWork.js';
import { temporaryFolder } from '../support/engine.js';

const scratch = temporaryFolder();

/** A command of Node's that says its arguments as JSON, or ends itself by a signal. */
const SAYS =
  'if (process.argv[1] === "die") process.kill(process.pid, 9); else console.log(JSON.stringify(process.argv.slice(1)))';

const workIn = (name: string, ...argsOfTasks: readonly (readonly string[])[]): Work => {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  const tasks = argsOfTasks.map((args, k) => ({ name: `task-${k}`, args }));
  return { folder, program: [process.execPath, '-e', SAYS, '--'], steps: [{ name: 'days-1', tasks }] };
};

/** Runs a task as Slurm would, by its script; `scontrol` says the state and notes what it is told. */
function runTask(work: Work, task: number, { state = 'RUNNING', restarts = '' } = {}) {
  const bin = join(scratch, 'bin');
  mkdirSync(bin, { recursive: true });
  const scontrol = join(bin, 'scontrol');
  const asked = join(work.folder, 'scontrol.log');
  writeFileSync(
    scontrol,
    '#!/bin/sh\necho "$@" >> "$ASKED"\n[ "$1" = show ] && echo "JobState=$STATE"\n[ "$1" != requeue ] || kill -KILL $PPID\n',
  );
  chmodSync(scontrol, 0o755);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    ...{ SLURM_ARRAY_TASK_ID: String(task), SLURM_JOB_ID: '7', SLURM_RESTART_COUNT: restarts },
    ...{ STATE: state, ASKED: asked, XIM_STORE: '/another' },
  };
  spawnSync('bash', ['-c', stepScript(work, work.steps[0])], { env });
  return {
    ...taskResult(work, work.steps[0].tasks[task]),
    asked: existsSync(asked) ? readFileSync(asked, 'utf8') : '',
  };
}

const HOSTILE = [`a b`, `it's`, '"', '$HOME `id` $(id)', '\\', '*', '-x', '', 'a\nb', '%j', 'é;&|<>'];

describe('the script of a step', () => {
  it('gives every argument as it is, in a folder of any name', () => {
    const work = workIn(`o'dd "$x" %j \n`, ['first'], HOSTILE);
    const { code, document } = runTask(work, 1);
    expect(code).toBe(0);
    expect(document).toEqual(HOSTILE);
  });

  it('puts a command that a signal ended back into the queue, and gives up after three times', () => {
    const work = workIn('killed', ['die']);
    const first = runTask(work, 0);
    expect(first.code).toBeUndefined();
    expect(first.asked).toContain('requeue 7');
    const last = runTask(workIn('killed-again', ['die']), 0, { restarts: '3' });
    expect(last.code).toBe(137);
    expect(last.asked).not.toContain('requeue');
  });

  it('leaves alone a job that was cancelled or put back by others', () => {
    const { code, asked } = runTask(workIn('cancelled', ['die']), 0, { state: 'CANCELLED' });
    expect(code).toBeUndefined();
    expect(asked).not.toContain('requeue');
  });
});

describe('following jobs', () => {
  const executor = (live: () => string[], cancelled: string[] = []): Executor => ({
    ...slurmExecutor({ name: 'x', megabytes: 1, cores: 1 }, async () => ({ code: 1, stdout: '', stderr: '' })),
    live: async () => new Set(live()),
    cancel: async (jobs) => {
      cancelled.push(...jobs);
    },
  });
  const twoSteps = (name: string): Work => {
    const work = workIn(name, ['a'], ['b']);
    return { ...work, steps: [...work.steps, { name: 'run', tasks: [{ name: 'run', args: [] }] }] };
  };
  const leave = ({ folder }: Work, task: string, code: number, document: unknown = {}) => {
    writeFileSync(join(folder, `${task}.document`), JSON.stringify(document));
    writeFileSync(join(folder, `${task}.code`), `${code}\n`);
  };

  it('ends with the days where one failed, and cancels what cannot begin', async () => {
    const work = twoSteps('one-bad');
    leave(work, 'task-0', 0);
    leave(work, 'task-1', 3, { error: { kind: 'data', message: 'quotes are cut off', hint: 'write them again' } });
    const cancelled: string[] = [];
    const results = await follow(
      work,
      ['1', '2'],
      executor(() => ['2'], cancelled),
      () => {},
    );
    expect(results.map(({ code }) => code)).toEqual([0, 3]);
    expect(cancelled).toEqual(['2']);
    expect(failureOf(results[1])).toMatchObject({ kind: 'data', message: 'quotes are cut off' });
  });

  it('goes on while the scheduler does not answer', async () => {
    const work = twoSteps('silent');
    for (const task of ['task-0', 'task-1', 'run']) leave(work, task, 0, { task });
    let asked = 0;
    const silent = executor(() => []);
    const live = async () => (asked++ === 0 ? undefined : new Set<string>());
    const results = await follow(work, ['1', '2'], { ...silent, live }, () => {});
    expect(results).toMatchObject([{ code: 0, document: { task: 'run' } }]);
    expect(asked).toBe(2);
  });

  it('says of a task without a result that it is the environment, and what it said last', () => {
    const task = { name: '2024-03-06-1', args: ['day', '--date', '2024-03-06'] };
    const failure = failureOfDays([{ task, code: undefined, document: undefined, log: 'align\nout of memory\n' }], 4);
    expect(failure.kind).toBe('environment');
    expect(failure.message).toBe(
      '1 of 4 days could not be made: 2024-03-06: 2024-03-06-1 ended without a result: align out of memory',
    );
  });
});

describe('sbatch', () => {
  it('that refuses a step ends the work, and takes what was submitted out of the queue', async () => {
    const asked: string[][] = [];
    const work = workIn('refused', ['a']);
    const both: Work = { ...work, steps: [...work.steps, { name: 'run', tasks: [{ name: 'run', args: [] }] }] };
    const slurm = slurmExecutor({ name: 'x', megabytes: 1, cores: 1, partition: 'p' }, async (file, args) => {
      asked.push([file, ...args]);
      const refused = args.some((arg) => arg.startsWith('--dependency'));
      return refused
        ? { code: 1, stdout: '', stderr: 'sbatch: error: no such partition\n' }
        : { code: 0, stdout: '41\n', stderr: '' };
    });
    await expect(slurm.submit(both)).rejects.toMatchObject({
      kind: 'usage',
      message: 'sbatch refused the run of x: sbatch: error: no such partition',
    });
    expect(asked.at(-1)).toEqual(['scancel', '41']);
    expect(asked[1]).toContain('--dependency=afterok:41');
  });
});

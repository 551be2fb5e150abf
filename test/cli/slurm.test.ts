import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson, startXim, xim, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { type Cluster, clusterUp, hasSlurm } from '../support/oneNodeSlurm.js';
import { settled } from '../support/settled.js';
import { NOTHING_TO_CHOOSE, SMALL_DATES, smallConfig, writeSmallMarket } from '../support/smallMarket.js';

const DATE = SMALL_DATES.at(-1)!;
const BAD = SMALL_DATES[2];

/** The nightly job on a real Slurm of one node. */
describe.skipIf(!hasSlurm())('run --executor slurm', () => {
  const folder = temporaryFolder();
  // A name that a shell, Slurm and YAML would each like to read otherwise.
  const odd = join(folder, `o'dd "$x" %j \\`);
  let cluster: Cluster;
  let root: string;
  let local: string;

  const configOf = (name: string) => smallConfig(`${odd}-${name}.yaml`, root, `${odd}-${name}`, NOTHING_TO_CHOOSE, 3);
  const days = SMALL_DATES.slice(-3);
  beforeAll(() => {
    root = writeSmallMarket(folder);
    local = ximJson(['run', '--date', DATE, '--config', configOf('local')]).document.id;
    cluster = clusterUp(folder);
  });
  afterAll(() => cluster?.down());

  const arguments_ = (config: string, ...more: string[]) => [
    ...['run', '--executor', 'slurm', '--partition', 'all', '--date', DATE, '--config', config, ...more],
  ];
  const runOn = (config: string, ...more: string[]) => {
    const { code, stdout, stderr } = xim([...arguments_(config, ...more), '--json'], { env: cluster.env });
    return { code, document: stdout === '' ? undefined : JSON.parse(stdout), stderr };
  };
  /** Folders that submissions left, in their order. */
  const submissions = (name: string): string[] => {
    const runs = `${odd}-${name}/runs`;
    return existsSync(runs)
      ? readdirSync(runs)
          .filter((run) => run.endsWith('-slurm'))
          .sort()
          .map((run) => join(runs, run))
      : [];
  };
  /** Tasks that began, with how often. */
  const starts = (submission: string): Record<string, number> =>
    Object.fromEntries(
      readdirSync(submission)
        .filter((name) => name.endsWith('.starts'))
        .map((name) => [name.slice(0, -7), readFileSync(join(submission, name), 'utf8').trim().split('\n').length]),
    );

  it('prints its scripts with --dry-run, and submits nothing', () => {
    const { stdout } = xim(arguments_(configOf('dry'), '--dry-run'), { env: cluster.env });
    for (const date of days) expect(stdout).toContain(`day --date ${date} --asof ${DATE}`);
    expect(stdout).toContain('--array=0-2');
    expect(stdout).toMatch(/sbatch .*--dependency='?afterok:<job of days-1>/);
    expect(existsSync(`${odd}-dry`)).toBe(false);
    expect(cluster.slurm('squeue', '--noheader')).toBe('');
  });

  it('names a bad day and ends with 3; after its repair that day alone is made, and the version is that of a local run', async () => {
    const config = configOf('bad');
    const quotes = join(root, 'quotes', `date=${BAD}`, 'part-0.parquet');
    const kept = join(folder, 'kept.parquet');
    copyFileSync(quotes, kept);
    writeFileSync(quotes, 'PAR1 but no table');
    const bad = runOn(config);
    expect(bad.code).toBe(3);
    expect(bad.document.error).toMatchObject({ kind: 'data' });
    expect(bad.document.error.message).toContain(`1 of 3 days could not be made: ${BAD}: `);
    expect(bad.document.error.message).toContain(quotes);
    expect(cluster.slurm('squeue', '--noheader')).toBe('');
    copyFileSync(kept, quotes);
    await settled();
    const mended = runOn(config);
    await settled();
    expect(mended.document.id).toBe(local);
    expect(mended.document.fresh).toBe(true);
    const [first, second] = submissions('bad');
    expect(starts(first)).toEqual(Object.fromEntries(days.map((date) => [`${date}-1`, 1])));
    expect(starts(second)).toEqual({ [`${BAD}-1`]: 1, run: 1 });
    // There now: no job, and nothing calibrated.
    expect(runOn(config).document).toMatchObject({ id: local, fresh: false });
    expect(submissions('bad')).toHaveLength(2);
  });

  it('goes on after a worker and the run were killed: both are put back, the rest is not repeated, the id is the same', async ({
    signal,
  }) => {
    const until = untilOr(signal);
    // No task may have ended before this is ready to kill it.
    cluster.slurm('scontrol', 'update', 'PartitionName=all', 'State=DOWN');
    const { folder: results, jobs } = runOn(configOf('killed'), '--no-wait').document;
    cluster.slurm('scontrol', 'update', 'PartitionName=all', 'State=UP');
    const stateOf = (job: string) => cluster.slurm('scontrol', 'show', 'job', job);
    /**
     * Put back into the queue a job waits for two minutes: a node does not take a job that it has just killed. A few seconds do,
     * which it is told as long as it does not begin.
     */
    const startAgain = (job: string, task: string) => {
      let waitingSince: number | undefined;
      return until(() => {
        if (starts(results)[task] === 2) return true;
        if (!/JobState=PENDING[\s\S]*Restarts=1/.test(stateOf(job))) return false;
        waitingSince ??= Date.now();
        if (Date.now() - waitingSince > 5000) cluster.slurm('scontrol', 'update', `JobId=${job}`, 'StartTime=now');
        return false;
      });
    };
    const killed = `${days[0]}-1`;
    await until(() => kill9(results, `--date\0${days[0]}\0`));
    await startAgain(`${jobs[0]}_0`, killed);
    await until(() => existsSync(join(results, 'run.starts')));
    cluster.slurm('scontrol', 'requeue', jobs[1]);
    await startAgain(jobs[1], 'run');
    await until(() => existsSync(join(results, 'run.code')));
    expect(readJson(join(results, 'run.document')).id).toBe(local);
    expect(starts(results)).toEqual({ [killed]: 2, [`${days[1]}-1`]: 1, [`${days[2]}-1`]: 1, run: 2 });
    const buckets = readdirSync(`${odd}-killed/stages/align`);
    expect(buckets).toHaveLength(3);
  });

  it('cancels its jobs when it is interrupted', async ({ signal }) => {
    const until = untilOr(signal);
    cluster.slurm('scontrol', 'update', 'PartitionName=all', 'State=DOWN');
    const waiting = startXim(arguments_(configOf('interrupted')), cluster.env);
    const ended = new Promise((resolve) => waiting.once('exit', resolve));
    let said = '';
    waiting.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => said.includes('interrupting this command cancels them (scancel '));
    expect(cluster.slurm('squeue', '--noheader')).not.toBe('');
    waiting.kill('SIGINT');
    expect(await ended).toBe(130);
    await until(() => cluster.slurm('squeue', '--noheader') === '');
  });
});

/** Waits until something holds, or until the test is given up. */
const untilOr = (signal: AbortSignal) => async (holds: () => boolean) => {
  while (!holds()) {
    signal.throwIfAborted();
    await sleep(100);
  }
};

/** Kills the process that works on a task of a submission; tells whether there was one. */
function kill9(results: string, argument: string): boolean {
  const found = readdirSync('/proc').find((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes('xim.js') && line.includes(results) && line.includes(argument);
    } catch {
      return false;
    }
  });
  if (found) process.kill(Number(found), 'SIGKILL');
  return found !== undefined;
}

describe('run --executor slurm without a cluster', () => {
  it('ends with 74 and says what is missing', () => {
    const folder = temporaryFolder();
    const args = ['run', '--executor', 'slurm', '--date', '2024-03-13', '--config', 'configs/sample.yaml', '--store'];
    const { code, stderr } = xim([...args, join(folder, 'store')], { env: { PATH: folder } });
    expect(code).toBe(74);
    expect(stderr).toContain('no program sbatch');
  });
});

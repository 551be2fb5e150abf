import { XimError } from '../../model/failure.js';
import { writeAtomically } from '../../store/atomic.js';
import type { Executor, Jobs, RunProgram, Step, Work } from './executor.js';
import { quoted, scriptPath, stepScript } from './script.js';

export interface SlurmOptions {
  /** What the jobs are called. */
  readonly name: string;
  readonly partition?: string | undefined;
  readonly account?: string | undefined;
  /** As Slurm writes times. */
  readonly time?: string | undefined;
  readonly megabytes: number;
  readonly cores: number;
}

/** An existing Slurm cluster, by the programs that come with it; accounting is not needed. */
export function slurmExecutor(options: SlurmOptions, run: RunProgram): Executor {
  const cancel = async (jobs: Jobs) => {
    if (jobs.length > 0) await run('scancel', jobs);
  };
  return {
    submit: async (work) => {
      const jobs: string[] = [];
      for (const step of work.steps) {
        writeAtomically(scriptPath(work, step), stepScript(work, step), 0o755);
        const { code, stdout, stderr } = await run('sbatch', sbatchArguments(options, work, step, jobs.at(-1)));
        const [job] = stdout.trim().split(';');
        if (code === 0 && /^\d+$/.test(job)) jobs.push(job);
        else {
          await cancel(jobs);
          throw new XimError(
            'usage',
            `sbatch refused the ${step.name} of ${options.name}: ${firstLine(stderr || stdout)}`,
            'check --partition, --account, --time and --memory; nothing is left in the queue',
          );
        }
      }
      return jobs;
    },
    live: async (jobs) => {
      const { code, stdout, stderr } = await run('squeue', ['--noheader', `--jobs=${jobs.join(',')}`, '--format=%F']);
      if (code === 0) return new Set(stdout.split('\n').filter((line) => line !== ''));
      // What has long ended is no longer known by its number.
      return /invalid job id/i.test(stderr) ? aliveOneByOne(run, jobs) : undefined;
    },
    cancel,
    cancelCommand: (jobs) => ['scancel', ...jobs],
    describe: (work) =>
      work.steps
        .map((step, k) => {
          const before = k > 0 ? `<job of ${work.steps[k - 1].name}>` : undefined;
          const line = ['sbatch', ...sbatchArguments(options, work, step, before)].map(quoted).join(' ');
          return `# ${scriptPath(work, step)}\n${stepScript(work, step)}\n${line}\n`;
        })
        .join('\n'),
  };
}

/** One number that is no longer known makes the whole question fail. */
async function aliveOneByOne(run: RunProgram, jobs: Jobs): Promise<ReadonlySet<string> | undefined> {
  if (jobs.length < 2) return new Set();
  const alive = new Set<string>();
  for (const job of jobs) {
    const { code, stdout, stderr } = await run('squeue', ['--noheader', `--jobs=${job}`, '--format=%F']);
    if (code === 0 && stdout.trim() !== '') alive.add(job);
    else if (code !== 0 && !/invalid job id/i.test(stderr)) return undefined;
  }
  return alive;
}

/** Output goes to the folder by the script: in names of files that Slurm opens itself, % has a meaning. */
function sbatchArguments(
  { name, partition, account, time, megabytes, cores }: SlurmOptions,
  work: Work,
  step: Step,
  before: string | undefined,
): string[] {
  return [
    '--parsable',
    `--job-name=${name}-${step.name}`,
    `--array=0-${step.tasks.length - 1}`,
    ...(before === undefined
      ? []
      : [`--dependency=${step.afterFailure ? 'afterany' : 'afterok'}:${before}`, '--kill-on-invalid-dep=yes']),
    '--requeue',
    '--output=/dev/null',
    '--chdir=/',
    '--nodes=1',
    '--ntasks=1',
    `--cpus-per-task=${cores}`,
    `--mem=${megabytes}M`,
    // A warning half a minute before the end, to the script as well.
    '--signal=B:TERM@30',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(time === undefined ? [] : [`--time=${time}`]),
    scriptPath(work, step),
  ];
}

const firstLine = (text: string): string => text.trim().split('\n')[0] || 'it gave no job number';

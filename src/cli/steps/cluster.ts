import { join } from 'node:path';
import type { Executor, Step, Work } from '../../run/cluster/executor.js';
import { follow, type TaskResult } from '../../run/cluster/follow.js';
import { slurmExecutor } from '../../run/cluster/slurm.js';
import { failureOfDays, writeConfig } from '../../run/clusterWork.js';
import { memoryMegabytes } from '../../run/window/memory.js';
import type { ClusterArguments } from '../options/cluster.js';
import { runAtEnd, runProgram, thisProgram } from '../process/programs.js';
import type { CommandResult, Session } from '../session.js';

/** Beside what the engine may take: the program itself, and what its numbers cost while they move. */
const [SLACK, PROGRAM_MB] = [1.15, 400];

function slurmOf({ config }: Session, { partition, account, time }: ClusterArguments): Executor {
  const megabytes = Math.ceil(SLACK * memoryMegabytes(config)) + PROGRAM_MB;
  const { threads: cores } = config.engine;
  return slurmExecutor({ name: `xim-${config.model}`, partition, account, time, megabytes, cores }, runProgram);
}

/** Where the tasks of this command leave what came of them: a folder of the store, which every machine sees. */
export function workFolder({ config, effects }: Session): string {
  const stamp = effects.now().toISOString().replaceAll(/[-:.]/g, '');
  return join(config.store, 'runs', `${stamp}-${effects.pid}-slurm`);
}

export const workOf = (folder: string, steps: readonly Step[]): Work => ({ folder, program: thisProgram, steps });

/**
 * Does the work as jobs of a cluster and gives what its last task ended with, to be shown by `show`. Where this command is
 * interrupted, its jobs are cancelled.
 * @throws XimError for days that could not be made
 */
export async function onCluster(
  session: Session,
  args: ClusterArguments,
  work: Work,
  show: (result: TaskResult) => CommandResult | Promise<CommandResult>,
): Promise<CommandResult> {
  const executor = slurmOf(session, args);
  if (session.options.dryRun) return { text: executor.describe(work), json: { steps: work.steps } };
  writeConfig(work, session.config);
  const jobs = await executor.submit(work);
  const names = work.steps.map(({ name }, k) => `${name} ${jobs[k]}`).join(', ');
  const cancel = executor.cancelCommand(jobs);
  if (!args.wait)
    return {
      text: `submitted: ${names}\nresults appear in ${work.folder}; to cancel: ${cancel.join(' ')}`,
      json: { jobs, folder: work.folder, cancel },
    };
  session.effects.stage(`jobs: ${names}; interrupting this command cancels them (${cancel.join(' ')})`);
  const forget = runAtEnd(cancel);
  try {
    const results = await follow(work, jobs, executor, once(session.effects.stage));
    if (results.length === 1 && results[0].task === work.steps.at(-1)!.tasks[0]) return await show(results[0]);
    throw failureOfDays(
      results.filter(({ code }) => code !== 0),
      results.length,
    );
  } finally {
    forget();
  }
}

/** Says only what is new. */
function once(announce: (text: string) => void): (text: string) => void {
  let last = '';
  return (text) => {
    if (text !== last) announce(text);
    last = text;
  };
}

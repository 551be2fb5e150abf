import type { TaskResult } from '../../run/cluster/follow.js';
import { daySteps, documentOf, lastStep } from '../../run/clusterWork.js';
import type { RunResult } from '../../run/pipeline.js';
import { roundsOf, windowState } from '../../run/windowState.js';
import { readVersion } from '../../store/store.js';
import type { ClusterArguments } from '../options/cluster.js';
import type { CommandResult, Session } from '../session.js';
import { runOptions } from './calibration.js';
import { onCluster, workFolder, workOf } from './cluster.js';

interface Wanted extends ClusterArguments {
  readonly date: string;
  readonly promote?: boolean;
}

/** The days of a window that are missing as tasks of a cluster, and the run after them; `undefined` where its version is there. */
export async function runOnCluster(
  session: Session,
  args: Wanted,
  describe: (result: RunResult, promoted: boolean) => Promise<CommandResult>,
): Promise<CommandResult | undefined> {
  const { config, options } = session;
  const state = await windowState(runOptions(session, args.date), session.effects);
  if (state.version) return undefined;
  const rounds = roundsOf(config, state).map((days) => days.map((date) => ({ date, asof: args.date })));
  const folder = workFolder(session);
  const flags = [...(args.promote ? ['--promote'] : []), ...(options.force ? ['--force'] : [])];
  const work = workOf(folder, [...daySteps(folder, rounds), lastStep(folder, ['run', '--date', args.date, ...flags])]);
  return onCluster(session, args, work, (result: TaskResult) => {
    const { version, fresh, promoted } = documentOf(result) as { version: string; fresh: boolean; promoted: boolean };
    return describe({ version: readVersion(config.store, version), fresh }, promoted);
  });
}

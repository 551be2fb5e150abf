import type { Config } from '../../config/schema.js';
import { inParallel, jobsFor, type MakeDay } from '../../run/backfill.js';
import { parsedDocument } from '../../run/cluster/follow.js';
import { daySteps, documentOf, writeConfig } from '../../run/clusterWork.js';
import { roundsOf, windowState } from '../../run/windowState.js';
import { runProgram, thisProgram, withoutSettings } from '../process/programs.js';
import type { Session } from '../session.js';
import { runOptions } from './calibration.js';

/** A day in a process of its own, by the settings of this one; several share its threads. */
export function makeDayBeside({ effects }: Session, config: Config): MakeDay {
  const folder = effects.temporaryFolder;
  writeConfig({ folder }, config);
  return async (day) => {
    const [task] = daySteps(folder, [[day]])[0].tasks;
    const [file, ...first] = thisProgram;
    const { code, stdout, stderr } = await runProgram(file, [...first, ...task.args], withoutSettings());
    documentOf({ task, code: code ?? undefined, document: parsedDocument(stdout), log: stderr });
  };
}

/** Before a run whose window lacks several days: those days, a few at the same time, where that pays. */
export async function makeMissingDays(session: Session, date: string): Promise<void> {
  const { config, effects } = session;
  if (config.engine.threads < 2) return;
  const state = await windowState(runOptions(session, date), effects);
  if (state.version || state.missing.length < 2) return;
  const jobs = Math.min(config.engine.threads, state.missing.length, await jobsFor(config, state.missing, effects));
  if (jobs < 2) return;
  const threads = Math.floor(config.engine.threads / jobs);
  const makeDay = makeDayBeside(session, { ...config, engine: { ...config.engine, threads } });
  for (const round of roundsOf(config, state)) {
    let made = 0;
    await inParallel(jobs, round, async (day) => {
      await makeDay({ date: day, asof: date });
      effects.stage(`days beside each other ${day} (${++made} of ${round.length})`);
    });
  }
}

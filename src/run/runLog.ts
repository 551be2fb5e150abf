import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeAtomically } from '../store/atomic.js';
import { isGone, processStart } from '../store/processes.js';
import { runFolders } from '../store/sweep.js';
import type { Effects } from './effects.js';

/** `running` is what a run that was killed leaves; whoever has the lock next makes it `killed`. */
export type Outcome = 'running' | 'done' | 'failed' | 'interrupted' | 'killed';

/** `runs/<runId>/run.json`. */
interface RunFacts {
  readonly command: string;
  readonly outcome: Outcome;
  readonly started: string;
  readonly host: string;
  readonly user: string;
  readonly pid: number;
  readonly processStart: string;
  readonly threads: number;
  /** Until it ended; absent while it runs and where nobody saw it end. */
  readonly seconds?: number;
}

/**
 * Volatile facts of one run: `runs/<runId>/` is the only place in the store that holds clocks and hosts. It is there from
 * the start, and says at the end how it ended. The lock must be held.
 */
export async function recorded<T>(
  config: { readonly store: string; readonly engine: { readonly threads: number } },
  command: string,
  effects: Effects,
  work: (logged: Effects) => Promise<T>,
): Promise<T> {
  const { host, user, pid, temporaryFolder } = effects;
  const started = effects.now();
  const folder = newFolder(config.store, effects.runId ?? runIdOf(started, pid));
  const facts: RunFacts = {
    ...{ command, outcome: 'running', started: started.toISOString(), host, user, pid },
    processStart: processStart(pid) ?? '',
    threads: config.engine.threads,
  };
  write(folder, facts);
  const log = logIn(folder, effects);
  const logged: Effects = {
    ...effects,
    temporaryFolder,
    stage: (text) => {
      log('info', text);
      effects.stage(text);
    },
    warn: (text) => {
      log('warn', text);
      effects.warn(text);
    },
  };
  const close = (outcome: Outcome) =>
    trying(effects, `the record ${folder} could not be closed`, () => end(folder, facts, outcome, effects.now()));
  try {
    const result = await work(logged);
    close('done');
    return result;
  } catch (error) {
    log('error', error instanceof Error ? error.message : String(error));
    close('failed');
    throw error;
  }
}

/** By when it began, and so in order, and by who did it. */
export const runIdOf = (started: Date, pid: number): string =>
  `${started.toISOString().replaceAll(/[-:.]/g, '')}-${pid}`;

/** A process that makes several versions has a record of each. */
function newFolder(store: string, runId: string): string {
  const at = (k: number) => join(store, 'runs', k === 1 ? runId : `${runId}-${k}`);
  let k = 1;
  while (existsSync(at(k))) k++;
  return at(k);
}

/** Lines go to `log.jsonl` as they come: a run that is killed has its log. A log that cannot be written fails no run. */
function logIn(folder: string, effects: Effects): (level: string, message: string) => void {
  let isBroken = false;
  return (level, message) => {
    if (isBroken) return;
    const line = JSON.stringify({ at: effects.now().toISOString(), level, message });
    isBroken = !trying(effects, `the log in ${folder} could not be written`, () =>
      appendFileSync(join(folder, 'log.jsonl'), `${line}\n`),
    );
  };
}

/** Does what must not stand in the way of the result, nor of the failure that is on its way. */
function trying(effects: Effects, what: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    effects.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function write(folder: string, facts: RunFacts): void {
  writeAtomically(join(folder, 'run.json'), `${JSON.stringify(facts)}\n`);
}

/** A store that was removed meanwhile is not made again for the sake of its record. */
function end(folder: string, facts: RunFacts, outcome: Outcome, at: Date): void {
  if (!existsSync(folder)) return;
  write(folder, { ...facts, outcome, seconds: (at.getTime() - Date.parse(facts.started)) / 1000 });
}

/** Says what earlier runs left unfinished, and marks it. The lock must be held: whoever had it is no longer at work. */
export function settleUnfinished(store: string, effects: Effects): void {
  for (const folder of runFolders(store)) {
    const facts = readFacts(folder);
    if (facts?.outcome !== 'running' || (facts.host === effects.host && !isGone(facts, effects.isAlive))) continue;
    const { command, started, host } = facts;
    trying(effects, `${folder} cannot be marked`, () => write(folder, { ...facts, outcome: 'killed' }));
    effects.warn(
      `run ${basename(folder)} (${command}, started ${started} on ${host}) did not finish: what it left half written is removed`,
    );
  }
}

/** Closes the record of a run of this process that was under way at `since`, when the process was asked to end. */
export function closeOwn(
  store: string,
  { pid, host, now }: Pick<Effects, 'pid' | 'host' | 'now'>,
  outcome: Outcome,
  since: Date,
): void {
  for (const folder of runFolders(store)) {
    const facts = readFacts(folder);
    if (facts?.pid !== pid || facts.host !== host || facts.processStart !== (processStart(pid) ?? '')) continue;
    // A query that is interrupted fails, and the run with it.
    const endedMs = Date.parse(facts.started) + 1000 * (facts.seconds ?? Number.POSITIVE_INFINITY);
    if (facts.outcome === 'running' || (facts.outcome === 'failed' && endedMs >= since.getTime()))
      end(folder, facts, outcome, now());
  }
}

/** Of a record that can be read; an older or a torn one tells nothing. */
function readFacts(folder: string): RunFacts | undefined {
  try {
    const facts = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunFacts;
    return Number.isInteger(facts.pid) && typeof facts.processStart === 'string' ? facts : undefined;
  } catch {
    return undefined;
  }
}

import { join } from 'node:path';
import { writeAtomically } from '../store/atomic.js';
import type { Effects } from './effects.js';

/** Volatile facts of one run: `runs/<runId>/` is the only place in the store that holds clocks and hosts. */
export async function recorded<T>(
  config: { readonly store: string; readonly engine: { readonly threads: number } },
  command: string,
  effects: Effects,
  work: (logged: Effects) => Promise<T>,
): Promise<T> {
  const started = effects.now();
  const lines: string[] = [];
  const log = (level: string, message: string) =>
    lines.push(JSON.stringify({ at: effects.now().toISOString(), level, message }));
  const logged: Effects = {
    ...effects,
    temporaryFolder: effects.temporaryFolder,
    stage: (text) => {
      log('info', text);
      effects.stage(text);
    },
    warn: (text) => {
      log('warn', text);
      effects.warn(text);
    },
  };
  const folder = join(config.store, 'runs', `${started.toISOString().replaceAll(/[-:.]/g, '')}-${effects.pid}`);
  const finish = (outcome: string) => {
    const seconds = (effects.now().getTime() - started.getTime()) / 1000;
    const facts = {
      command,
      outcome,
      started: started.toISOString(),
      seconds,
      host: effects.host,
      user: effects.user,
      pid: effects.pid,
      threads: config.engine.threads,
    };
    writeAtomically(join(folder, 'log.jsonl'), lines.map((line) => `${line}\n`).join(''));
    writeAtomically(join(folder, 'run.json'), `${JSON.stringify(facts)}\n`);
  };
  try {
    const result = await work(logged);
    finish('done');
    return result;
  } catch (error) {
    log('error', error instanceof Error ? error.message : String(error));
    finish('failed');
    throw error;
  }
}

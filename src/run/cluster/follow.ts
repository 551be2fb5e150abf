import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor, Jobs, Step, Task, Work } from './executor.js';

/** What a task left in the folder. */
export interface TaskResult {
  readonly task: Task;
  /** Exit code; `undefined` for one that ended without, or never began. */
  readonly code: number | undefined;
  /** Its JSON document, where it is one. */
  readonly document: unknown;
  readonly log: string;
}

export function taskResult({ folder }: Work, task: Task): TaskResult {
  const read = (ending: string) => {
    const path = join(folder, `${task.name}.${ending}`);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const code = read('code').trim();
  return {
    task,
    code: code === '' ? undefined : Number(code),
    document: parsedDocument(read('document')),
    log: read('log'),
  };
}

/** `undefined` for what is no JSON: a command that was killed said nothing, or half of it. */
export function parsedDocument(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const resultsOf = (work: Work, step: Step): TaskResult[] => step.tasks.map((task) => taskResult(work, task));
const hasFailed = ({ code }: TaskResult): boolean => code !== undefined && code !== 0;

const [SHORTEST_MS, LONGEST_MS] = [500, 15_000];
/** Files of another machine may be seen later than the end of its job. */
const SEEN_LATE_MS = 10_000;

/**
 * Waits until the last step has ended, or until it cannot begin: a task before it failed, or ended without a result. Gives
 * the results of the step that it ended in. What is left in the queue then is cancelled.
 */
export async function follow(
  work: Work,
  jobs: Jobs,
  executor: Executor,
  announce: (text: string) => void,
): Promise<readonly TaskResult[]> {
  let pause = SHORTEST_MS;
  for (;;) {
    const live = await executor.live(jobs);
    announce(progress(work));
    const ended = live && (await endOf(work, jobs, live));
    if (ended) {
      await executor.cancel(jobs.filter((job) => live.has(job)));
      return ended;
    }
    await sleep(pause);
    pause = Math.min(LONGEST_MS, 1.3 * pause);
  }
}

function progress(work: Work): string {
  const tasks = work.steps.flatMap((step) => resultsOf(work, step));
  const failed = tasks.filter(hasFailed).length;
  const done = tasks.filter(({ code }) => code !== undefined).length;
  return `${done} of ${tasks.length} tasks${failed > 0 ? `, ${failed} failed` : ''}`;
}

async function endOf(work: Work, jobs: Jobs, live: ReadonlySet<string>): Promise<TaskResult[] | undefined> {
  for (const [k, step] of work.steps.entries()) {
    if (live.has(jobs[k])) return undefined;
    const results = await seen(() => resultsOf(work, step));
    const isLast = k === work.steps.length - 1;
    if (isLast || (!work.steps[k + 1].afterFailure && results.some(({ code }) => code !== 0))) return results;
  }
  return undefined;
}

async function seen(read: () => TaskResult[]): Promise<TaskResult[]> {
  for (let waited = 0; ; waited += SHORTEST_MS) {
    const results = read();
    if (results.every(({ code }) => code !== undefined) || waited >= SEEN_LATE_MS) return results;
    await sleep(SHORTEST_MS);
  }
}

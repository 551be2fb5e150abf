import { join } from 'node:path';
import type { Config } from '../config/schema.js';
import { XimError } from '../model/failure.js';
import { writeAtomically } from '../store/atomic.js';
import type { Step, Work } from './cluster/executor.js';
import type { TaskResult } from './cluster/follow.js';

/** The settings of all tasks of a work, resolved where it was submitted: what changes there afterwards does not reach them. */
export const configPath = ({ folder }: Pick<Work, 'folder'>): string => join(folder, 'xim.json');

export function writeConfig(work: Pick<Work, 'folder'>, config: Config): void {
  writeAtomically(configPath(work), `${JSON.stringify(config, null, 1)}\n`);
}

/** Longest wait of a job for the store's lock. */
const LOCK_SECONDS = 86_400;

/** The last step, which may use the whole store. */
export function lastStep(folder: string, args: readonly string[], afterFailure = false): Step {
  const common = ['--config', configPath({ folder }), '--lock-timeout', String(LOCK_SECONDS), '--json'];
  return { name: args[0], tasks: [{ name: args[0], args: [...args, ...common] }], afterFailure };
}

/** Days by rounds, each with the last day of the window that it is made for. */
export function daySteps(folder: string, rounds: readonly (readonly DayTask[])[]): Step[] {
  return rounds.map((days, k) => ({
    name: `days-${k + 1}`,
    tasks: days.map((day) => ({
      name: `${day.date}-${k + 1}`,
      args: [...dayArguments(day), '--config', configPath({ folder }), '--json'],
    })),
  }));
}

export interface DayTask {
  readonly date: string;
  readonly asof: string;
}

export const dayArguments = ({ date, asof }: DayTask): string[] => ['day', '--date', date, '--asof', asof];

/** Lines of a log that a message shows. */
const LAST_LINES = 3;

/** The document of a task. @throws XimError what it ended with */
export function documentOf({ task, code, document, log }: TaskResult): unknown {
  if (code === 0 || (code === 1 && document !== undefined && errorOf(document) === undefined)) return document;
  throw failureOf({ task, code, document, log });
}

interface SaidError {
  readonly kind: string;
  readonly message: string;
  readonly hint: string;
}

const errorOf = (document: unknown): SaidError | undefined =>
  (document as { error?: SaidError } | undefined)?.error ?? undefined;

/** What a task ended with, by its document; where it left none, by its code and its log. */
export function failureOf({ task, code, document, log }: TaskResult): XimError {
  const error = errorOf(document);
  if (error && isKind(error.kind)) return new XimError(error.kind, error.message, error.hint);
  const how = code === undefined ? 'ended without a result' : `ended with ${code}`;
  const said = error?.message ?? log.trim().split('\n').slice(-LAST_LINES).join(' ');
  return new XimError(
    'environment',
    `${task.name} ${how}${said ? `: ${said}` : ''}`,
    'it was killed or could not start: see the queue of the cluster, memory and time; then run the same command again',
  );
}

const KINDS = ['usage', 'config', 'data', 'numerical', 'notFound', 'locked', 'corrupt', 'environment', 'noTradingDay'];
const isKind = (kind: string): kind is XimError['kind'] => KINDS.includes(kind);

/** One error for days that failed: of the kind of bad data where one of them is that. */
export function failureOfDays(failed: readonly TaskResult[], all: number): XimError {
  const failures = failed.map((result) => ({ date: dateOf(result), failure: failureOf(result) }));
  const { failure } = failures.find(({ failure: { kind } }) => kind === 'data') ?? failures[0];
  const said = failures.map(({ date, failure: { message } }) => `${date}: ${message}`).join('; ');
  return new XimError(
    failure.kind,
    `${failed.length} of ${all} days could not be made: ${said}`,
    `${failure.hint}; then run the same command again: only what is missing is done`,
  );
}

const dateOf = ({ task }: TaskResult): string => task.args[task.args.indexOf('--date') + 1];

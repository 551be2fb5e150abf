/** What became of a program that was run. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with these arguments, never through a shell. @throws XimError `environment` where there is no such program */
export type RunProgram = (file: string, args: readonly string[]) => Promise<Ran>;

/** One command of this program on some machine. */
export interface Task {
  /** Of its result files: letters, digits, dashes. */
  readonly name: string;
  readonly args: readonly string[];
}

/** Tasks that may run at the same time. */
export interface Step {
  readonly name: string;
  readonly tasks: readonly Task[];
  /** Whether it begins although a task of the step before it failed. */
  readonly afterFailure?: boolean;
}

/** Steps one after the other, and where the tasks write what came of them. */
export interface Work {
  /** A new folder that every machine sees under this path. */
  readonly folder: string;
  /** How the program is started on every machine: file and first arguments. */
  readonly program: readonly string[];
  readonly steps: readonly Step[];
}

/** Jobs of a scheduler, one for each step. */
export type Jobs = readonly string[];

/** A scheduler of many machines. */
export interface Executor {
  readonly submit: (work: Work) => Promise<Jobs>;
  /** Those that have not ended; `undefined` where the scheduler does not answer just now. */
  readonly live: (jobs: Jobs) => Promise<ReadonlySet<string> | undefined>;
  readonly cancel: (jobs: Jobs) => Promise<void>;
  /** What a person types to do that: a program and its arguments. */
  readonly cancelCommand: (jobs: Jobs) => readonly string[];
  /** What `submit` would do, for a person to read. */
  readonly describe: (work: Work) => string;
}

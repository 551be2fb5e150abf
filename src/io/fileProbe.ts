import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { dataError, XimError } from '../model/failure.js';

/**
 * A file whose bytes end the engine would end the program with it, without a word. So another process reads every Parquet
 * file first, to its end and in all its columns; a file is opened here once that one has come through. It runs ahead while
 * this one works on what was read before.
 */
export interface FileProbe {
  /** Files that will be asked for, in this order. */
  readonly readAhead: (paths: readonly string[]) => void;
  /**
   * Resolves when the file was read to its end, whatever the engine says of it.
   * @throws data error for a file that ends the engine, or keeps it busy for ever; `environment` where there is no memory
   */
  readonly passed: (path: string) => Promise<void>;
  readonly close: () => void;
}

export interface ProbeSettings {
  /** Takes paths as messages and answers `{ path }` while it reads one and `{ path, done: true }` after it. */
  readonly program: string;
  /** As DuckDB writes it: enough for a row group, as nothing is kept. */
  readonly memoryLimit: string;
  /** Without a row for so long, the engine is taken to read for ever. */
  readonly patienceMs: number;
}

export const USUAL_PROBE: ProbeSettings = {
  program: fileURLToPath(new URL('../../bin/fileProbe.js', import.meta.url)),
  memoryLimit: '512MB',
  patienceMs: 120_000,
};

/** What a broken program ends by; anything else came from outside. */
const FAULTS: ReadonlySet<string> = new Set(['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']);

interface Asked {
  readonly path: string;
  readonly passed: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: XimError) => void;
}

export function fileProbe(settings: ProbeSettings = USUAL_PROBE): FileProbe {
  const asked = new Map<string, Asked>();
  /** In the order in which they are read. */
  const waiting: Asked[] = [];
  let child: ChildProcess | undefined;
  let isClosed = false;
  let patience: NodeJS.Timeout | undefined;

  const beginPatience = () => {
    clearTimeout(patience);
    if (waiting.length === 0) return;
    patience = setTimeout(() => {
      settle(hangs(waiting[0].path, settings.patienceMs));
      restart();
    }, settings.patienceMs);
    patience.unref();
  };
  /** The first of those that wait has an answer. */
  const settle = (error?: XimError) => {
    const first = waiting.shift();
    if (error) first?.reject(error);
    else first?.resolve();
    beginPatience();
  };
  const start = (): ChildProcess => {
    const started = fork(settings.program, [settings.memoryLimit], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    started.on('message', ({ done }: { readonly done?: true }) => (done ? settle() : beginPatience()));
    started.once('error', (error) => started === child && ended(cannotStart(error.message)));
    started.once('exit', (code, signal) => {
      if (started === child) ended(endOf(waiting[0]?.path, code, signal));
    });
    return started;
  };
  const ended = (error: XimError) => {
    child = undefined;
    if (isClosed || waiting.length === 0) return;
    settle(error);
    restart();
  };
  const restart = () => {
    child?.kill('SIGKILL');
    child = undefined;
    if (waiting.length > 0) for (const { path } of waiting) send(path);
  };
  const send = (path: string) => {
    child ??= start();
    // A process that is gone says so by its exit.
    child.send(path, () => undefined);
  };
  const ask = (path: string): Asked => {
    const known = asked.get(path);
    if (known) return known;
    const added = newlyAsked(path);
    asked.set(path, added);
    waiting.push(added);
    if (waiting.length === 1) beginPatience();
    send(path);
    return added;
  };
  return {
    readAhead: (paths) => {
      for (const path of paths) ask(path);
    },
    passed: (path) => ask(path).passed,
    close: () => {
      isClosed = true;
      clearTimeout(patience);
      child?.kill('SIGKILL');
    },
  };
}

function newlyAsked(path: string): Asked {
  let resolve = () => {};
  let reject: Asked['reject'] = () => {};
  const passed = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A file that is read ahead may never be asked for.
  passed.catch(() => undefined);
  return { path, passed, resolve, reject };
}

const REMEDY = 'write the file again with another writer, or take it out of the data folder';

function endOf(path: string | undefined, code: number | null, signal: NodeJS.Signals | null): XimError {
  if (signal !== null && FAULTS.has(signal))
    return dataError(`${path} cannot be read: it ends the columnar engine (${signal})`, REMEDY);
  if (signal !== null)
    return new XimError(
      'environment',
      `while ${path} was read ahead, the process that does so was killed (${signal})`,
      'look for a limit of memory: raise it, or write the file in smaller row groups',
    );
  return cannotStart(`it ended with ${code} before ${path} was read`);
}

const cannotStart = (why: string): XimError =>
  new XimError(
    'environment',
    `the process that reads files ahead cannot run: ${why}`,
    'check the limits of processes and memory, and the installation: npm ci',
  );

const hangs = (path: string, patienceMs: number): XimError =>
  dataError(`${path} cannot be read: the columnar engine came to no further row within ${patienceMs / 1000} s`, REMEDY);

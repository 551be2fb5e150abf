import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { XimError } from '../../model/failure.js';
import type { Ran } from '../../run/cluster/executor.js';

/** How this program is started again: file and first arguments. */
export const thisProgram: readonly string[] = [
  process.execPath,
  fileURLToPath(new URL('../../../bin/xim.js', import.meta.url)),
];

/** Runs a program to its end without a shell. @throws XimError `environment` where there is no such program */
export function runProgram(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
      const chunks: string[] = [];
      stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
      return chunks;
    });
    const forget = endsWithUs(() => child.kill('SIGTERM'));
    child.once('error', (error: NodeJS.ErrnoException) => {
      forget();
      reject(error.code === 'ENOENT' ? missing(file) : error);
    });
    child.once('close', (code) => {
      forget();
      resolve({ code, stdout: stdout.join(''), stderr: stderr.join('') });
    });
  });
}

function endsWithUs(end: () => void): () => void {
  process.once('exit', end);
  return () => process.off('exit', end);
}

/** Starts a program when this one is ended before the function returned is called; nobody waits for it. */
export function runAtEnd([file, ...args]: readonly string[]): () => void {
  const start = () => {
    const child = spawn(file, args, { stdio: 'ignore', detached: true });
    child.on('error', () => {});
    child.unref();
  };
  return endsWithUs(start);
}

const missing = (file: string): XimError =>
  new XimError('environment', `there is no program ${file} on this machine`, 'look at PATH, or work without it');

/** The environment without settings of ours: a program that gets a whole configuration needs none. */
export const withoutSettings = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('XIM_')));

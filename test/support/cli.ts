import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const program = join(repository, 'bin', 'xim.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment without the settings of whoever runs the tests. */
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('XIM_')));

export function xim(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Outcome {
  const result = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    cwd: options.cwd ?? repository,
    env: { ...environment(), ...options.env },
    maxBuffer: 1 << 26,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** Between processes that are waited for: the runner of the tests gives up a file that is silent for a minute. */
export const heard = (): Promise<void> => sleep(20);

export function startXim(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, [program, ...args], {
    cwd: repository,
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A JSON document of any shape: tests look into it as they please. */
// biome-ignore lint/suspicious/noExplicitAny: the tests are what checks the shape
type Json = any;

/** Runs with --json and returns the document. */
export function ximJson(args: readonly string[]): { code: number | null; document: Json } {
  const { code, stdout } = xim([...args, '--json']);
  return { code, document: JSON.parse(stdout) };
}

/** The document of a run that takes long, while others go on. */
export async function ximJsonLater(args: readonly string[]): Promise<Json> {
  const chunks: string[] = [];
  for await (const chunk of startXim([...args, '--json']).stdout.setEncoding('utf8')) chunks.push(chunk);
  return JSON.parse(chunks.join(''));
}

/** Path, size and time of every file below a folder. */
export function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
    .sort();
}

export const readJson = (path: string): Json => JSON.parse(readFileSync(path, 'utf8'));

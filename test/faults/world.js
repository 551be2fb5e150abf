// A small market, the program that is run over it, and what has to hold of its store after every fault.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const program = join(repository, 'bin', 'xim.js');
const recorder = pathToFileURL(join(repository, 'test/faults/fileOperations.js')).href;

const DATE = '2024-03-13';
const SESSIONS = '[["10:00", "10:20"]]';
const SCENARIO = `seed: 7
names: 4
blocks: 2
days: 2
first_date: "2024-03-12"
timezone: America/New_York
sessions: ${SESSIONS}
`;
const CONFIG = `model: small
data: { root: ./data }
calendar: { timezone: America/New_York, sessions: ${SESSIONS} }
fit: { window: 2d }
`;

const scratch = mkdtempSync(join(tmpdir(), 'faults-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
export const inScratch = (name) => join(scratch, name);

/** The same environment whoever starts the faults. */
const plainEnvironment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('XIM_')));

const WAIT_MS = 180_000;

/**
 * Starts the program. `more.node`: arguments of Node itself; `more.shell`: what the shell does before; `more.env`. `ended`
 * resolves to exit code, signal and what was said; `kill` ends it at once.
 */
export function start(args, more = {}) {
  const words = [...(more.node ?? []), program, ...args];
  const [file, given] = more.shell
    ? ['bash', ['-c', `${more.shell}; exec "$0" "$@"`, process.execPath, ...words]]
    : [process.execPath, words];
  const child = spawn(file, given, {
    cwd: scratch,
    env: { ...plainEnvironment, ...more.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '', hung: false };
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text;
    });
  const patience = setTimeout(() => {
    said.hung = true;
    child.kill('SIGKILL');
  }, WAIT_MS);
  const ended = new Promise((resolve) =>
    child.once('close', (code, signal) => {
      clearTimeout(patience);
      resolve({ code, signal, ...said });
    }),
  );
  return { kill: (signal = 'SIGKILL') => child.kill(signal), ended };
}

export const xim = (args, more) => start(args, more).ended;

/** The nightly job over the small market. */
export const nightly = (store, ...more) => [
  'run',
  '--date',
  DATE,
  '--config',
  inScratch('xim.yaml'),
  '--store',
  store,
  '--json',
  ...more,
];

/** Arguments of Node that record, and end, what the program does to files below a folder. */
export const recorded = (folder, log, end) => ({
  node: ['--import', recorder],
  env: { FAULTS_FOLDER: folder, FAULTS_LOG: log, ...(end ? { FAULTS_AT: String(end.at), FAULTS_KIND: end.kind } : {}) },
});

/** Makes the market and a store that no fault has met. Returns what every later run has to come to. */
export async function makeWorld() {
  writeFileSync(inScratch('scenario.yaml'), SCENARIO);
  writeFileSync(inScratch('xim.yaml'), CONFIG);
  const made = await xim(['simulate', inScratch('data'), '--scenario', inScratch('scenario.yaml'), '--quiet']);
  if (made.code !== 0) throw new Error(`the market cannot be made: ${made.stderr}`);
  const store = inScratch('golden');
  const { code, stdout, stderr } = await xim(nightly(store));
  const { id } = JSON.parse(stdout);
  if (!id) throw new Error(`the run without faults failed: ${stdout} ${stderr}`);
  return { store, id, code };
}

export function copyOf(store, name) {
  const target = inScratch(name);
  rmSync(target, { recursive: true, force: true });
  cpSync(store, target, { recursive: true, verbatimSymlinks: true });
  return target;
}

export function emptyStore(name) {
  const target = inScratch(name);
  rmSync(target, { recursive: true, force: true });
  return target;
}

/** Every file below a folder, by its path from there. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

export const makeFolder = (folder) => mkdirSync(folder, { recursive: true });

/** What a run came to, or why it did not: `undefined` when all is as it should be. */
export function complaintOfRun({ code, stdout, stderr, hung }, golden) {
  if (hung) return 'the next run hangs';
  if (code !== golden.code)
    return `the next run ends with ${code}, not ${golden.code}: ${(stderr || stdout).slice(0, 300)}`;
  const { id } = JSON.parse(stdout);
  return id === golden.id ? undefined : `the next run gives ${id.slice(0, 8)}, not ${golden.id.slice(0, 8)}`;
}

const NO_VERSION = 10;

/**
 * After a fault: what is published is whole, whatever alias there is loads, the next run gives the golden version, and the
 * next command that writes leaves a store without locks and temporary files. Returns what does not hold.
 */
export async function complaintAfter(store, golden) {
  for (const args of [['verify'], ['list'], ['show', 'candidate']]) {
    const { code, stdout, hung } = await xim([...args, '--store', store, '--json']);
    if (hung) return `${args.join(' ')} hangs`;
    if (code !== 0 && code !== NO_VERSION) return `${args.join(' ')} ends with ${code}: ${stdout.slice(0, 300)}`;
  }
  const complaint = complaintOfRun(await xim(nightly(store)), golden);
  if (complaint) return complaint;
  const { code, stdout } = await xim(['verify', '--store', store, '--json']);
  if (code !== 0) return `verify ends with ${code} after the next run: ${stdout.slice(0, 300)}`;
  // A run that finds its version writes nothing, and needs no lock.
  await xim(['promote', 'candidate', '--force', '--reason', 'drill', '--store', store]);
  const left = filesBelow(store).filter((path) => path === 'lock' || path.includes('.tmp-'));
  return left.length > 0 ? `the next writer leaves ${left.join(', ')}` : undefined;
}

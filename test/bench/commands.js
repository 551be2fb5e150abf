// Whole commands as a user sees them: wall time and peak memory of the process, several runs each.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'xim-bench-'));
const peakFile = join(scratch, 'peak');
const recordPeak =
  'data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.PEAK_FILE,String(process.resourceUsage().maxRSS)))';
const RUNS = 5;

function timed(args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', recordPeak, join(root, 'bin/xim.js'), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PEAK_FILE: peakFile },
  });
  if (status !== 0) throw new Error(`xim ${args.join(' ')} ended with ${status}: ${stderr}`);
  return { seconds: (performance.now() - began) / 1000, megabytes: Number(readFileSync(peakFile, 'utf8')) / 1024 };
}

function report(name, mark, args, prepare = () => {}) {
  const runs = Array.from({ length: RUNS }, () => {
    prepare();
    return timed(args);
  });
  const middle = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
  console.log(
    `${name.padEnd(44)} ${middle('seconds').toFixed(2).padStart(6)} s  ${middle('megabytes').toFixed(0).padStart(5)} MB   mark: ${mark}`,
  );
}

const store = join(scratch, 'store');
const fresh = () => rmSync(store, { recursive: true, force: true });
const sample = ['run', '--date', '2024-03-13', '--config', 'configs/sample.yaml', '--store', store, '--quiet'];
const lobsterData = join(root, '../shared/data/lobster-2012-06-21');
const lobster = [
  'run',
  '--date',
  '2012-06-21',
  '--config',
  'configs/lobster.yaml',
  '--data',
  lobsterData,
  '--store',
  store,
  '--quiet',
];

console.log(`median of ${RUNS} runs`);
report('xim --help', '0.15 s', ['--help']);
report('sample data, 6 days, cold', 'none', sample, fresh);
report('sample data, nothing changed', '0.5 s', sample);
if (existsSync(lobsterData)) {
  report('one LOBSTER day, cold', '5 s, 600 MB', lobster, fresh);
  report('one LOBSTER day, nothing changed', '0.5 s', lobster);
} else console.log('one LOBSTER day: data missing');
rmSync(scratch, { recursive: true });

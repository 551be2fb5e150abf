// Whole commands as a user sees them: wall time and peak memory of the process, several runs each.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, root, timed, xim } from './processes.js';

const scratch = mkdtempSync(join(tmpdir(), 'xim-bench-'));
const RUNS = 5;

function report(name, mark, args, prepare = () => {}) {
  const runs = Array.from({ length: RUNS }, () => {
    prepare();
    // One LOBSTER day has three names of one sector: a gate may say so.
    return timed(xim, args, true);
  });
  const seconds = median(runs, 'seconds').toFixed(2).padStart(6);
  const megabytes = median(runs, 'megabytes').toFixed(0).padStart(5);
  console.log(`${name.padEnd(44)} ${seconds} s  ${megabytes} MB   mark: ${mark}`);
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

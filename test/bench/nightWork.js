// The work of a night, counted: a regression of work shows on any machine, however fast.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, xim } from './processes.js';

const NAMES = 60;
const DATES = ['2024-03-12', '2024-03-13', '2024-03-14', '2024-03-15'];
const SESSIONS = '[["10:00", "10:30"]]';
const SCENARIO = `names: ${NAMES}
blocks: 4
days: ${DATES.length}
first_date: "${DATES[0]}"
sessions: ${SESSIONS}
`;
const CONFIG = `model: counted
data: { root: ./data }
calendar: { timezone: America/New_York, sessions: ${SESSIONS} }
fit: { window: 3d }
engine: { threads: 1 }
`;

/** Products, decompositions and bytes of a night of sixty names in a window of three days. */
export function nightWork() {
  const scratch = mkdtempSync(join(tmpdir(), 'xim-work-'));
  const [data, store, scenario, config] = ['data', 'store', 'scenario.yaml', 'xim.yaml'].map((name) =>
    join(scratch, name),
  );
  writeFileSync(scenario, SCENARIO);
  writeFileSync(config, CONFIG);
  call(['simulate', data, '--scenario', scenario, '--quiet']);
  const run = (date) => ['run', '--date', date, '--config', config, '--store', store, '--quiet'];
  call(run(DATES.at(-2)));
  const folder = join(scratch, 'counts');
  mkdirSync(folder);
  call(run(DATES.at(-1)), { WORK_FOLDER: folder, WORK_STORE: store, WORK_NAMES: String(NAMES) });
  const counts = sumOf(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8').trim() || '{}'));
  rmSync(scratch, { recursive: true });
  return { name: `work of a night of ${NAMES} names, window of three days`, counts };
}

function call(args, work) {
  const counting = work ? ['--import', pathToFileURL(join(root, 'test/bench/countWork.js')).href] : [];
  const { status, stderr } = spawnSync(process.execPath, [...counting, xim, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...work },
  });
  // A gate may fail: the work is done all the same.
  if (status !== 0 && status !== 1) throw new Error(`xim ${args.join(' ')} ended with ${status}: ${stderr}`);
}

/** Of the threads; names in their order. */
function sumOf(texts) {
  const sums = {};
  for (const text of texts)
    for (const [name, count] of Object.entries(JSON.parse(text))) sums[name] = (sums[name] ?? 0) + count;
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

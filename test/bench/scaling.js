// How time and memory of a cold run grow with names, days, density of flow and time constants, one at a time, with the
// exponents of power laws fitted to them. Usage: node test/bench/scaling.js [--write]; --write renews scaling.md.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { largeCaseDates, writeLargeCase } from './largeCase.js';
import { timed, xim } from './processes.js';

const BASE = { names: 100, days: 5, density: 0.05, constants: 4 };
const SESSION_HOURS = 1;
const SERIES = {
  names: [50, 100, 200, 400],
  days: [5, 10, 20],
  density: [0.01, 0.05, 0.2, 1],
  constants: [2, 4, 8],
};

/** Time constants from two buckets on, each three times the one before, and the permanent one. */
const tauOf = (constants) =>
  `[${Array.from({ length: constants - 1 }, (_, p) => `${2 * 3 ** p}s`).join(', ')}, permanent]`;

async function measure({ constants, ...size }) {
  const folder = mkdtempSync(join(tmpdir(), 'xim-scaling-'));
  const config = await writeLargeCase(folder, { ...size, tau: tauOf(constants), sessionHours: SESSION_HOURS });
  const common = ['--date', largeCaseDates(size.days).at(-1), '--config', config, '--memory', '8GB', '--quiet'];
  const run = timed(xim, ['run', ...common], true);
  const fit = timed(xim, ['fit', ...common]);
  rmSync(folder, { recursive: true, force: true });
  return { run: run.seconds, megabytes: run.megabytes, fit: fit.seconds };
}

/** Exponent of y ~ x^b by least squares on logarithms. */
function exponent(xs, ys) {
  const [u, v] = [xs, ys].map((list) => list.map(Math.log));
  const centre = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const [mu, mv] = [centre(u), centre(v)];
  const slope = u.reduce((sum, x, k) => sum + (x - mu) * (v[k] - mv), 0);
  return slope / u.reduce((sum, x) => sum + (x - mu) ** 2, 0);
}

const lines = [
  '# How cost grows',
  '',
  `Written by \`node test/bench/scaling.js --write\`. Days of ${3600 * SESSION_HOURS} buckets of a second; unless a column says`,
  `otherwise ${BASE.names} names, ${BASE.days} days, ${100 * BASE.density} % of cells with flow, ${BASE.constants} time constants, 2 threads. “Run” is a cold`,
  '`xim run`, process start included; “fit” is `xim fit` from its cached moments.',
];
for (const [what, sizes] of Object.entries(SERIES)) {
  const found = [];
  for (const size of sizes) {
    found.push(await measure({ ...BASE, [what]: size }));
    console.error(what, size, JSON.stringify(found.at(-1)));
  }
  const row = (name, of, digits) =>
    `| ${name} | ${found.map((one) => of(one).toFixed(digits)).join(' | ')} | ${exponent(sizes, found.map(of)).toFixed(2)} |`;
  lines.push(
    '',
    `| ${what} | ${sizes.join(' | ')} | exponent |`,
    `|---|${'--:|'.repeat(sizes.length + 1)}`,
    row('run, s', (one) => one.run, 1),
    row('fit, s', (one) => one.fit, 1),
    row('peak memory, MB', (one) => one.megabytes, 0),
  );
}
const text = `${lines.join('\n')}\n`;
console.log(text);
if (process.argv.includes('--write')) writeFileSync(fileURLToPath(new URL('./scaling.md', import.meta.url)), text);

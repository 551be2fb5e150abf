// The nightly job of a large universe: a cold window, then one new day, then the fit from cached moments.
// Usage: node test/bench/nightly.js [FOLDER] [--names 500] [--days 20]; data in a folder that is given are kept and used again.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { largeCaseDates, writeLargeCase } from './largeCase.js';
import { timed, xim } from './processes.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { names: { type: 'string', default: '500' }, days: { type: 'string', default: '20' } },
});
const [names, days] = [Number(values.names), Number(values.days)];
const folder = positionals[0] ?? mkdtempSync(join(tmpdir(), 'xim-nightly-'));
const config = join(folder, 'xim.yaml');
if (!existsSync(config)) await writeLargeCase(folder, { names, days, density: 0.05 });
const store = join(folder, 'store-of-the-benchmark');
rmSync(store, { recursive: true, force: true });

function report(name, mark, command, date) {
  const { seconds, megabytes } = timed(
    xim,
    [command, '--date', date, '--config', config, '--store', store, '--quiet'],
    true,
  );
  console.log(`${name.padEnd(60)} ${seconds.toFixed(1).padStart(6)} s  ${megabytes.toFixed(0).padStart(5)} MB${mark}`);
  return seconds;
}

const dates = largeCaseDates(days);
console.log(`${names} names, ${days} days of 23 400 buckets, 5 % of cells with flow`);
const cold = report(`run, cold, ${days - 1} days`, '', 'run', dates.at(-2));
const warm = report('run, one new day', '   mark: 15 s, 2048 MB', 'run', dates.at(-1));
report('fit from cached moments', '   mark: 5 s', 'fit', dates.at(-1));
console.log(`cold: about ${((cold - warm) / (days - 2)).toFixed(1)} s for every further day`);
rmSync(store, { recursive: true, force: true });
if (!positionals[0]) rmSync(folder, { recursive: true, force: true });

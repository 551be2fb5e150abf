// Breaks the nightly job in every way that a machine breaks it and looks at what is left:
//   node test/faults/main.js [--short] [--seed N] [--only kills,power,disks,damage,crowd,parquet] [--part K/N]
// A part is every N-th case of kills, power, damage and Parquet: N nights, or N machines, do them all.
import { crowd } from './crowd.js';
import { damage } from './damage.js';
import { disks } from './disks.js';
import { kills } from './kills.js';
import { parquet } from './parquet.js';
import { power } from './power.js';
import { makeWorld } from './world.js';

const SECTIONS = { kills, power, disks, damage, crowd, parquet };

const given = process.argv.slice(2);
const option = (flag) => (given.includes(flag) ? given[given.indexOf(flag) + 1] : undefined);
const short = given.includes('--short');
const seed = Number(option('--seed') ?? 1);
const part = option('--part');
const only = option('--only')?.split(',') ?? Object.keys(SECTIONS);

const began = Date.now();
const golden = await makeWorld();
console.log(
  `${short ? 'short form, ' : ''}${part ? `part ${part}, ` : ''}seed ${seed}; the run without faults gives ${golden.id.slice(0, 8)}`,
);
const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of only) {
  console.log(`== ${name}`);
  const counts = { passed: 0, failed: 0 };
  const judge = (what, complaint) => {
    counts[complaint ? 'failed' : 'passed']++;
    if (complaint) console.log(`failed: ${what}: ${complaint}`);
  };
  const note = (text) => console.log(text);
  const skip = (why) => {
    total.skipped++;
    console.log(`skipped: ${why}`);
  };
  await SECTIONS[name]({ golden, short, seed, part, judge, note, skip });
  for (const key of Object.keys(counts)) total[key] += counts[key];
  console.log(`${counts.passed} passed, ${counts.failed} failed after ${Math.round((Date.now() - began) / 1000)} s`);
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

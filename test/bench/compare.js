// Tells a regression: counts must be those of the baseline, ratios to the peer may fall by a third.
// The work of a whole night is counted too: it has no peer.
// Usage: node test/bench/compare.js [RESULT.json]; without a file it runs the benchmark of numerics.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nightWork } from './nightWork.js';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const SHARE = 2 / 3;

const baseline = JSON.parse(readFileSync(at('./baseline.json'), 'utf8'));
const numerics = process.argv[2]
  ? JSON.parse(readFileSync(process.argv[2], 'utf8'))
  : JSON.parse(spawnSync(process.execPath, [at('./numerics.js'), '--json'], { encoding: 'utf8' }).stdout);
const found = [...numerics, { ...nightWork(), ratio: null }];

let worse = 0;
const complain = (text) => {
  worse++;
  console.log(text);
};
for (const before of baseline) {
  const now = found.find(({ name }) => name === before.name);
  if (!now) {
    complain(`${before.name}: not measured`);
    continue;
  }
  for (const [count, value] of Object.entries(before.counts))
    if (now.counts[count] !== value) complain(`${before.name}: ${count} ${value} → ${now.counts[count]}`);
  // What was there before and is not now was seen above; what is new is work too.
  for (const count of Object.keys(now.counts))
    if (!(count in before.counts)) complain(`${before.name}: ${count} is new: ${now.counts[count]}`);
  if (before.peer === undefined) continue;
  if (before.ratio === null || now.ratio === null) console.log(`${before.name}: peer missing, time not compared`);
  else if (now.ratio < SHARE * before.ratio)
    complain(`${before.name}: ratio to ${before.peer} ${before.ratio.toFixed(2)} → ${now.ratio.toFixed(2)}`);
}
console.log(worse === 0 ? 'no regression' : `${worse} regressions`);
process.exitCode = worse === 0 ? 0 : 1;

// The cheapest schedule of a basket, and the same problem by the same method in numpy: seconds to an equal duality gap, in turn.
// Usage: node test/bench/schedule.js [--json] [--rounds 3] [--tolerance 1e-6]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { vwap } from '../../dist/stages/schedule/baselines.js';
import { costParts } from '../../dist/stages/schedule/costParts.js';
import { solveSchedule } from '../../dist/stages/schedule/solve.js';
import { median } from './processes.js';
import { readCase, scheduleCase, writeCase } from './scheduleCase.js';
import { peerProcess, withHelper } from './support.js';

const CASES = [
  { names: 50, buckets: 390, concave: false, mark: 2 },
  { names: 50, buckets: 390, concave: true },
  { names: 500, buckets: 78, concave: false, mark: 10 },
  { names: 500, buckets: 78, concave: true },
];

/** A process of its own for every solution: what starts cold is what a user waits for, and its peak is its own. */
async function solveOnce(folder) {
  const { problem, start, tolerance } = readCase(folder);
  const end = await withHelper();
  const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
  const { schedule, gap, iterations, products } = solveSchedule(problem, start, { tolerance, maxIterations: 20_000 });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const value = costParts(problem, schedule).objective;
  end();
  return { seconds, cpuSeconds: (user + system) / 1e6, megabytes, gap, iterations, products, value };
}

function ownProcess(folder) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--solve', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

function measured({ names, buckets, concave, mark }, rounds, tolerance) {
  const folder = mkdtempSync(join(tmpdir(), 'xim-bench-'));
  const problem = scheduleCase({ names, buckets, concave });
  writeCase(folder, problem, { start: vwap(problem), tolerance });
  const runs = Array.from({ length: rounds }, () => ({ own: ownProcess(folder), peer: peerProcess(folder) }));
  rmSync(folder, { recursive: true });
  const own = runs.map((run) => run.own);
  const others = runs.flatMap(({ peer }) => (peer ? [peer] : []));
  const { value, gap, products, iterations } = own[0];
  const compared = others.length > 0 && {
    peer: 'numpy',
    peerSeconds: median(others, 'seconds'),
    peerFacts: { ...others[0], cpuSeconds: median(others, 'cpuSeconds'), valueApart: value / others[0].value - 1 },
  };
  return {
    name: `schedule of ${names} names × ${buckets} buckets, ${concave ? 'concave' : 'linear'}`,
    seconds: median(own, 'seconds'),
    cpuSeconds: median(own, 'cpuSeconds'),
    megabytes: median(own, 'megabytes'),
    counts: { products, iterations },
    facts: { value, gap },
    ...compared,
    ...(compared ? { ratio: compared.peerSeconds / median(own, 'seconds') } : {}),
    ...(mark ? { mark } : {}),
  };
}

const said = ({ name, seconds, cpuSeconds, megabytes, counts, ratio, peerFacts, mark }) => {
  const compared = ratio
    ? `${ratio.toFixed(2)}× numpy (cpu ${peerFacts.cpuSeconds.toFixed(2)} s, ${peerFacts.products} products, cost apart by ${peerFacts.valueApart.toExponential(0)})`
    : 'peer missing';
  const bound = mark ? `, mark at most ${mark} s` : '';
  return `${name.padEnd(46)} ${seconds.toFixed(2).padStart(6)} s  cpu ${cpuSeconds.toFixed(2).padStart(5)} s  ${megabytes.toFixed(0).padStart(5)} MB  ${String(counts.products).padStart(4)} products  ${compared}${bound}`;
};

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rounds: { type: 'string', default: '3' },
    tolerance: { type: 'string', default: '1e-6' },
    solve: { type: 'string' },
  },
});
if (values.solve) console.log(JSON.stringify(await solveOnce(values.solve)));
else {
  const results = CASES.map((each) => {
    const result = measured(each, Number(values.rounds), Number(values.tolerance));
    if (!values.json) console.log(said(result));
    return result;
  });
  if (values.json) console.log(JSON.stringify(results, null, 2));
}

// The nearest admissible matrix: seconds, decompositions, memory, and Dykstra in numpy on the same matrix where there is one.
// Usage: node test/bench/projection.js [N …]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mapEntries, zeros } from '../../dist/numerics/dense.js';
import { nearestFeasible } from '../../dist/numerics/nearestFeasible.js';
import { randomStream } from '../../dist/numerics/random.js';

const sizes = process.argv.slice(2).map(Number);
const RHO = 0.9;

/** Blocks of links as estimates have them, with noise that makes them indefinite. */
function estimate(n) {
  const random = randomStream(n);
  const noise = mapEntries(zeros(n), () => random.normal());
  return mapEntries(noise, (v, i, j) =>
    i === j ? 1 : (i % 10 === j % 10 ? 0.4 : 0.15) + 0.15 * (i < j ? v : noise.data[j * n + i]),
  );
}

function peer(matrix) {
  const folder = mkdtempSync(join(tmpdir(), 'xim-bench-'));
  const file = join(folder, 'matrix.f64');
  writeFileSync(file, matrix.data);
  const script = fileURLToPath(new URL('./dykstra_peer.py', import.meta.url));
  const { status, stdout } = spawnSync('python3', [script, file, String(matrix.rows), String(RHO)], {
    encoding: 'utf8',
    env: { ...process.env, OPENBLAS_NUM_THREADS: '2' },
  });
  rmSync(folder, { recursive: true });
  if (status !== 0) return undefined;
  const [seconds, iterations, distance] = stdout.trim().split(' ').map(Number);
  return { seconds, iterations, distance };
}

for (const n of sizes.length > 0 ? sizes : [100, 500, 1000]) {
  const matrix = estimate(n);
  const began = performance.now();
  const { status, distance, dualityGap, iterations } = nearestFeasible(matrix, { bound: RHO });
  const seconds = (performance.now() - began) / 1000;
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const other = peer(matrix);
  const compared = other
    ? `numpy ${other.seconds.toFixed(2)} s, ${other.iterations} decompositions, distance ${other.distance.toFixed(6)}: ${(other.seconds / seconds).toFixed(2)}×`
    : 'peer missing';
  console.log(
    `nearest matrix N=${n}: ${seconds.toFixed(2)} s, ${iterations} decompositions, ${megabytes.toFixed(0)} MB, ${status}, distance ${distance.toFixed(6)}, gap ${dualityGap.toExponential(1)}; ${compared}`,
  );
}

// Properties on draws that the gate does not try: node test/draws.js [ROUNDS] [--from SEED]. A seed that fails is printed with the
// command that repeats it; the exit code is 1 if there is one.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: 'string', default: String(2 + (Date.now() % 1_000_000)) } },
});
const rounds = Number(positionals[0] ?? 20);
if (!(Number.isInteger(rounds) && rounds > 0 && Number.isInteger(Number(values.from)))) {
  console.error(
    `ROUNDS and SEED are whole numbers, found ${positionals[0] ?? ''} ${values.from}: node test/draws.js 20 --from 7`,
  );
  process.exit(2);
}
const [first, root] = [Number(values.from), join(import.meta.dirname, '..')];
const files = readdirSync(import.meta.dirname, { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((name) => readFileSync(join(root, name), 'utf8').includes("from 'fast-check'"))
  .sort();

let failed = 0;
for (let seed = first; seed < first + rounds; seed++) {
  const { status, stdout } = spawnSync('npx', ['vitest', 'run', ...files], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, DRAWS_SEED: String(seed) },
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) {
    failed++;
    console.log(stdout);
  }
  console.log(`${status === 0 ? 'passed' : 'failed'}: DRAWS_SEED=${seed} npx vitest run`);
}
console.log(`${rounds - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

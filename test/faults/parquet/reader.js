// Reads a day as `xim align` and `xim scorecard` do, again and again, and says what came of it. One process for many files:
// it is started anew by whoever started it when a file ends it.
import { createHash } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';

const [root, config] = process.argv.slice(2);
const dist = (path) => import(new URL(`../../../dist/${path}`, import.meta.url));
const { loadConfig } = await dist('config/load.js');
const { openEngine } = await dist('io/duckdb.js');
const { readParents } = await dist('io/parentReader.js');
const { alignContext } = await dist('run/pipeline.js');
const { gridOf } = await dist('run/window/alignKey.js');
const { alignEvents } = await dist('run/window/alignSources.js');
const { collectInputs } = await dist('run/window/inputs.js');
const { scanContext } = await dist('run/window/scanContext.js');

const loaded = loadConfig({ path: config, environment: {}, flags: [], cwd: root }).config;
let engine;
const open = async () => {
  engine ??= await openEngine({ threads: 1, memoryLimit: '1GB', temporaryFolder: root });
  return engine;
};

async function outcome({ date }) {
  rmSync(loaded.store, { recursive: true, force: true });
  const inputs = await collectInputs(loaded, [date]);
  const effects = { temporaryFolder: root };
  const context = await alignContext(loaded, inputs, open, effects);
  const pieces = await alignEvents(context, await open(), date);
  const parents = await readParents(
    await open(),
    inputs.byDate.get(date).get('parents'),
    scanContext(context, gridOf(loaded, date)),
  );
  const hash = createHash('sha256');
  const { market, flow, factors } = pieces.buckets;
  for (const part of [market, flow, factors])
    for (const [name, column] of Object.entries(part)) {
      hash.update(name);
      if (ArrayBuffer.isView(column)) hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    }
  hash.update(
    JSON.stringify([
      pieces.buckets.venues,
      factors.names,
      Object.entries(pieces.datasets).map(([name, { rows, quarantined }]) => [name, rows, quarantined]),
      parents,
    ]),
  );
  return { digest: hash.digest('hex') };
}

process.on('disconnect', () => process.exit());
process.on('message', async (job) => {
  try {
    copyFileSync(job.file, job.place);
    process.send(await outcome(job));
  } catch (error) {
    process.send({
      kind: error.name === 'XimError' ? error.kind : 'bug',
      message: String(error.message),
      stack: error.stack,
    });
    if (/INTERNAL|FATAL|invalidated/.test(error.message)) {
      engine?.close();
      engine = undefined;
    }
  }
});
process.send({ ready: true });

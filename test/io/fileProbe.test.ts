import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/io/duckdb.js';
import { fileProbe, USUAL_PROBE } from '../../src/io/fileProbe.js';
import { readUniverse } from '../../src/io/referenceReader.js';
import { tableRows } from '../../src/run/schedule/basketRows.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();

/** A reader that comes to the end that the name of a file says. */
const program = join(folder, 'reader.mjs');
writeFileSync(
  program,
  `process.on('disconnect', () => process.exit());
   process.on('message', (path) => {
     const signal = /SIG[A-Z]+/.exec(path)?.[0];
     if (signal) process.kill(process.pid, signal);
     else if (path.includes('exit')) process.exit(1);
     else if (path.includes('hang')) { const until = Date.now() + 60000; while (Date.now() < until); }
     else process.send({ path, done: true });
   });`,
);

const probes: ReturnType<typeof fileProbe>[] = [];
const probeOf = (settings = { ...USUAL_PROBE, program }) => {
  const probe = fileProbe(settings);
  probes.push(probe);
  return probe;
};
afterAll(() => {
  for (const probe of probes) probe.close();
});

describe('fileProbe', () => {
  it('names the file that ends the reader, and reads those after it', async () => {
    const probe = probeOf();
    probe.readAhead(['/a/fine', '/a/SIGSEGV.parquet', '/a/good']);
    await expect(probe.passed('/a/SIGSEGV.parquet')).rejects.toMatchObject({
      kind: 'data',
      message: '/a/SIGSEGV.parquet cannot be read: it ends the columnar engine (SIGSEGV)',
    });
    await probe.passed('/a/good');
    await probe.passed('/a/fine');
    await expect(probe.passed('/a/SIGABRT')).rejects.toMatchObject({ kind: 'data' });
  });

  it('takes a kill for want of memory, and an end of its own for an installation that is broken', async () => {
    const probe = probeOf();
    await expect(probe.passed('/a/SIGKILL')).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringContaining('/a/SIGKILL'),
    });
    await expect(probe.passed('/a/exit')).rejects.toMatchObject({
      kind: 'environment',
      message: expect.stringContaining('cannot run'),
    });
    await probe.passed('/a/fine');
  });

  it('does not wait for ever', async () => {
    const probe = probeOf({ ...USUAL_PROBE, program, patienceMs: 8000 });
    probe.readAhead(['/a/hang', '/a/fine']);
    await expect(probe.passed('/a/hang')).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringMatching(/hang .* within 8 s/),
    });
    await probe.passed('/a/fine');
  });

  it('reads with the engine what the engine refuses by its words', async () => {
    const engine = await testEngine(folder);
    const [good, bad] = ["a'b[1].parquet", 'bad.parquet'].map((name) => join(folder, name));
    await rowsOf(engine, `COPY (SELECT range AS x FROM range(10)) TO '${good.replaceAll("'", "''")}'`);
    engine.close();
    writeFileSync(bad, 'PAR1 nothing PAR1');
    const probe = probeOf(USUAL_PROBE);
    await probe.passed(good);
    await probe.passed(bad);
  });
});

describe('an engine with a probe', () => {
  it('opens no file that ended the reader', async () => {
    const engine = await testEngine(folder);
    const path = join(folder, 'SIGSEGV-universe.parquet');
    await rowsOf(engine, `COPY (SELECT 'AAA' AS symbol, 'x' AS block) TO '${path}'`);
    engine.close();
    const settings = { threads: 1, memoryLimit: '1GB', temporaryFolder: folder };
    const guarded = await openEngine({ ...settings, probe: probeOf() });
    const refused = { kind: 'data', message: `${path} cannot be read: it ends the columnar engine (SIGSEGV)` };
    await expect(readUniverse(guarded, path)).rejects.toMatchObject(refused);
    await expect(tableRows(path, async () => guarded)).rejects.toMatchObject(refused);
    guarded.close();
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { readText } from '../../src/io/csvText.js';
import { readFxRates } from '../../src/io/fxRates.js';
import { readUniverse } from '../../src/io/referenceReader.js';
import { refuseNoFile, wholeFile } from '../../src/io/wholeFile.js';
import { refuseDay } from '../../src/run/window/memory.js';
import { rowsOf, temporaryFolder, testEngine } from '../support/engine.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

describe('limits of files that are read whole', () => {
  it('bounds the names of a universe, as text and as Parquet', async () => {
    const engine = await testEngine(folder);
    const names = "SELECT 'N' || range AS symbol, 'b' AS block FROM range(20001)";
    for (const name of ['universe.csv', 'universe.parquet']) {
      await rowsOf(engine, `COPY (${names}) TO '${at(name)}'`);
      await expect(readUniverse(engine, at(name))).rejects.toMatchObject({
        kind: 'data',
        message: `${at(name)} has 20001 names; the limit is 20000`,
      });
    }
    engine.close();
  });

  it('bounds the rows of what is small in bytes', async () => {
    const engine = await testEngine(folder);
    await rowsOf(
      engine,
      `COPY (SELECT '2024-03-13' AS date, 'EUR' AS currency, 1.0 AS rate FROM range(1000001)) TO '${at('fx.parquet')}'`,
    );
    await expect(readFxRates(engine, at('fx.parquet'))).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining('1000001 rows; the limit is 1000000'),
    });
    engine.close();
  });

  it('bounds bytes, also of what is packed', () => {
    writeFileSync(at('long.txt'), Buffer.alloc(3 << 20, 'x'));
    expect(() => wholeFile(at('long.txt'), 2 << 20)).toThrow(/long.txt has 3.0 MB; the limit is 2 MB/);
    writeFileSync(at('bomb.csv.gz'), gzipSync(Buffer.alloc(3 << 20, 'x')));
    expect(() => readText(at('bomb.csv.gz'), 2 << 20)).toThrow(/more than 2 MB when it is unpacked/);
  });

  it('reads no device', () => {
    expect(() => refuseNoFile('/dev/zero')).toThrow('/dev/zero is a device, not a file');
    expect(() => wholeFile('/dev/zero', 1 << 20)).toThrow('is a device');
  });

  it('bounds the buckets of a day by engine.memory', () => {
    const config = configSchema.parse({ engine: { memory: '1GB' } });
    expect(() => refuseDay(config, 20_000, 23_400)).toThrow(
      /a day of 20000 names and 23400 buckets needs about 90.7 GB, engine.memory is 1.0 GB/,
    );
    refuseDay(config, 100, 23_400);
  });
});

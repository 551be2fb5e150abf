import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMatrix } from '../../src/io/matrixReader.js';
import { ximJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { hasPyarrow, runPython } from '../support/pyarrow.js';

const SCRIPT = `
import pyarrow as pa, pyarrow.feather as feather
n = 60
names = ['N%02d' % i for i in range(n)]
rows = [[1.0 + i if i == j else 0.001 * i * j - 0.01 for j in range(n)] for i in range(n)]
table = pa.table({'symbol': names, **{name: [row[j] for row in rows] for j, name in enumerate(names)}})
for codec in ('lz4', 'zstd', 'uncompressed'): feather.write_feather(table, codec + '.feather', compression=codec)
coded = table.set_column(0, 'symbol', pa.array(names).dictionary_encode())
feather.write_feather(coded, 'coded.feather', compression='lz4')
with pa.ipc.new_stream('stream.arrow', table.schema, options=pa.ipc.IpcWriteOptions(compression='lz4')) as out: out.write_table(table)
feather.write_feather(table, 'one.feather', version=1)
`;

const folder = temporaryFolder();
const file = (name: string) => join(folder, name);
const engine = () => testEngine(folder);
const hasZstd = 'zstdDecompressSync' in zlib;

describe.skipIf(!hasPyarrow)('matrices of to_feather', () => {
  beforeAll(() => runPython(SCRIPT, folder));

  it.each([
    'lz4.feather',
    'coded.feather',
    'stream.arrow',
    'uncompressed.feather',
    ...(hasZstd ? ['zstd.feather'] : []),
  ])('%s is read bit for bit', async (name) => {
    const { names, matrix } = await readMatrix(engine, file(name));
    expect(names).toEqual(Array.from({ length: 60 }, (_, i) => `N${String(i).padStart(2, '0')}`));
    const expected = Array.from({ length: 3600 }, (_, k) => {
      const [i, j] = [Math.floor(k / 60), k % 60];
      return i === j ? 1 + i : 0.001 * i * j - 0.01;
    });
    expect([...matrix.data]).toEqual(expected);
  });

  it('constrain takes one', () => {
    const args = ['constrain', '--matrix', file('lz4.feather'), '--store', file('store')];
    const { code, document } = ximJson(args);
    expect([code, document.certificate]).toEqual([0, 'passed']);
  });

  it.skipIf(hasZstd)('zstd is refused with what to do, where Node has none', async () => {
    await expect(readMatrix(engine, file('zstd.feather'))).rejects.toMatchObject({
      message: `${file('zstd.feather')} is compressed with zstd, which this version of Node does not read`,
      hint: expect.stringContaining("compression='uncompressed'"),
    });
  });

  it('version 1 and damage are refused by name', async () => {
    await expect(readMatrix(engine, file('one.feather'))).rejects.toThrow('one.feather is Feather of version 1');
    const bytes = readFileSync(file('lz4.feather'));
    const frame = bytes.indexOf(Buffer.of(0x04, 0x22, 0x4d, 0x18));
    bytes[frame + 5] ^= 8;
    writeFileSync(file('damaged.feather'), bytes);
    await expect(readMatrix(engine, file('damaged.feather'))).rejects.toMatchObject({
      kind: 'data',
      message: expect.stringContaining('damaged.feather cannot be read: the LZ4 frame has a damaged descriptor'),
    });
  });
});

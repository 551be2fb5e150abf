// Reads Parquet files to their ends for a process that is to go on: a file that ends the engine ends this one (see
// src/io/fileProbe.ts). Takes paths as messages, one after the other, and answers each when it is done. What the engine
// refuses by its words is no matter here: whoever reads the file says so, and knows what it needs of it.
import { DuckDBInstance } from '@duckdb/node-api';

const [memoryLimit] = process.argv.slice(2);
const PROGRESS_MS = 1000;

// A terminal interrupts all processes of a command: this one ends with the one that it works for.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());

const instance = await DuckDBInstance.create(':memory:', {
  threads: '1',
  memory_limit: memoryLimit,
  // Nothing is sorted or kept: nothing spills.
  temp_directory: '',
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  enable_external_file_cache: 'false',
});
const connection = await instance.connect();

async function read(path) {
  const file = `'${path.replace(/[*?[]/g, (sign) => `[${sign}]`).replaceAll("'", "''")}'`;
  await connection.run(`SELECT * FROM parquet_schema(${file})`);
  await connection.run(`SELECT * FROM parquet_file_metadata(${file})`);
  const rows = await connection.stream(
    `SELECT * FROM read_parquet(${file}, hive_partitioning = false, file_row_number = true)`,
  );
  let said = Date.now();
  for (;;) {
    const chunk = await rows.fetchChunk();
    if (!chunk || chunk.rowCount === 0) return;
    if (Date.now() - said < PROGRESS_MS) continue;
    said = Date.now();
    process.send({ path });
  }
}

let before = Promise.resolve();
process.on('message', (path) => {
  before = before.then(async () => {
    await read(path).catch(() => undefined);
    process.send({ path, done: true });
  });
});

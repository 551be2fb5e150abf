import type { DuckDBConnection } from '@duckdb/node-api';
import type { FileProbe } from './fileProbe.js';
import { escapedString } from './sql.js';

export interface EngineSettings {
  readonly threads: number;
  /** As DuckDB writes it, `2GB`. */
  readonly memoryLimit: string;
  readonly temporaryFolder: string;
  /** Reads files before this engine does; it is closed with the engine. */
  readonly probe?: FileProbe;
}

/** The embedded columnar engine: it scans, filters, casts, sorts and writes. It never sums doubles (see README). */
export interface Engine {
  readonly connection: DuckDBConnection;
  /** Absent where an engine may end with a file that it cannot bear. */
  readonly probe?: FileProbe;
  close(): void;
}

/** Engines of this thread that are open, or on their way: those have no connection yet. */
const open = new Set<{ connection?: DuckDBConnection }>();

/** Opens an in-memory engine with every setting that could change an answer pinned. */
export async function openEngine(settings: EngineSettings): Promise<Engine> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const own: { connection?: DuckDBConnection } = {};
  open.add(own);
  try {
    const instance = await DuckDBInstance.create(':memory:', pinned(settings));
    const connection = await instance.connect();
    own.connection = connection;
    await connection.run("SET TimeZone = 'UTC'");
    return {
      connection,
      ...(settings.probe ? { probe: settings.probe } : {}),
      close: () => {
        open.delete(own);
        settings.probe?.close();
        connection.closeSync();
        instance.closeSync();
      },
    };
  } catch (error) {
    open.delete(own);
    settings.probe?.close();
    throw error;
  }
}

const pinned = ({ threads, memoryLimit, temporaryFolder }: EngineSettings): Record<string, string> => ({
  threads: String(threads),
  memory_limit: memoryLimit,
  temp_directory: temporaryFolder,
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  preserve_insertion_order: 'true',
  // With the cache on, a file rewritten in place was answered with its old bytes.
  enable_external_file_cache: 'false',
});

/** Ends what the engines of this thread are at; who waits for it gets an error. Returns how many are open. */
export function interruptEngines(): number {
  for (const { connection } of open) connection?.interrupt();
  return open.size;
}

/** Rows of a small query as JSON-like objects; for schemas and examples, not for data. */
export async function smallQuery(engine: Engine, sql: string): Promise<Record<string, unknown>[]> {
  const reader = await engine.connection.runAndReadAll(sql);
  return reader.getRowObjectsJson() as Record<string, unknown>[];
}

/** A list of SQL string literals, `('a', 'b')` without the brackets. */
export const literals = (values: readonly string[]): string => values.map(escapedString).join(', ');

/** Makes a type of texts by name, in their order, for {@link codeOf}. */
export async function createEnum(engine: Engine, name: string, values: readonly string[]): Promise<void> {
  await engine.connection.run(`DROP TYPE IF EXISTS ${name}`);
  await engine.connection.run(`CREATE TYPE ${name} AS ENUM (${literals(values)})`);
}

/** SQL for the place of a text in an enum; NULL for one that it does not have. */
export const codeOf = (column: string, enumName: string): string => `enum_code(TRY_CAST(${column} AS ${enumName}))`;

/** SQL that turns a code (0, 1, …) into one of the texts. */
export const textOfCode =
  (texts: readonly string[]) =>
  (code: string): string =>
    `[${literals(texts)}][${code} + 1]`;

/** SQL that turns nanoseconds after an epoch into a stamp. */
export const stampAfter =
  (epochNs: bigint) =>
  (offset: string): string =>
    `make_timestamp_ns(CAST(${offset} AS BIGINT) + ${epochNs})`;

import duckdb from '@duckdb/node-bindings';
import type { Engine } from './duckdb.js';

/** Types that cross from the engine as raw vectors. Everything else is cast to one of them in SQL. */
export type VectorType = 'DOUBLE' | 'INTEGER';
type ColumnOf<T extends VectorType> = T extends 'DOUBLE' ? Float64Array : Int32Array;
export type Columns<S extends Readonly<Record<string, VectorType>>> = { readonly [K in keyof S]: ColumnOf<S[K]> };

/** What stands for NULL in an integer column; a double column has NaN. */
export const NULL_CODE = -1;

/**
 * Streams a query as typed columns. `selection` gives, by column, its type and SQL expression. The arrays are views of
 * the engine's memory and hold only until the next chunk. NULL comes through the validity mask, never from the data.
 */
export async function* streamColumns<S extends Readonly<Record<string, VectorType>>>(
  engine: Engine,
  types: S,
  expressions: { readonly [K in keyof S]: string },
  from: string,
): AsyncGenerator<{ rows: number; columns: Columns<S> }> {
  const names = Object.keys(types);
  const projection = names
    .map((name) => `CAST(${expressions[name as keyof S]} AS ${types[name]}) AS "${name}"`)
    .join(', ');
  const query = `SELECT ${projection} ${from}`;
  const result = await engine.connection.stream(query);
  let next = result.fetchChunk();
  try {
    for (;;) {
      const chunk = await next;
      if (!chunk || chunk.rowCount === 0) {
        // A stream that fails ends like one that is complete: a damaged page would cut off its file without a word.
        if (result.returnType === duckdb.ResultType.INVALID) await failAgain(engine, query, names);
        return;
      }
      // The engine works on the next chunk while this one is used.
      next = result.fetchChunk();
      const rows = chunk.rowCount;
      const columns = Object.fromEntries(
        names.map((name, k) => [name, readVector(duckdb.data_chunk_get_vector(chunk.chunk, k), rows, types[name])]),
      );
      yield { rows, columns: columns as Columns<S> };
    }
  } finally {
    // A reader that stops early leaves the engine free for the next query; what fails now concerns nobody.
    await next.catch(() => undefined);
  }
}

/** The engine does not say why a stream failed: the query is run to its end once more, for the error. */
async function failAgain(engine: Engine, query: string, columns: readonly string[]): Promise<never> {
  await engine.connection.run(`SELECT ${columns.map((name) => `sum("${name}")`).join(', ')} FROM (${query})`);
  throw new Error('the rows could not be read to their end');
}

/** A query of a known number of rows as whole columns. */
export async function collectColumns<S extends Readonly<Record<string, VectorType>>>(
  engine: Engine,
  types: S,
  expressions: { readonly [K in keyof S]: string },
  from: string,
  rows: number,
): Promise<Columns<S>> {
  const names = Object.keys(types);
  const out = Object.fromEntries(
    names.map((name) => [name, types[name] === 'DOUBLE' ? new Float64Array(rows) : new Int32Array(rows)]),
  );
  let at = 0;
  for await (const { rows: count, columns } of streamColumns(engine, types, expressions, from)) {
    for (const name of names) out[name].set(columns[name], at);
    at += count;
  }
  return out as Columns<S>;
}

function readVector(vector: duckdb.Vector, rows: number, type: VectorType): Float64Array | Int32Array {
  const bytes = duckdb.vector_get_data(vector, rows * (type === 'DOUBLE' ? 8 : 4));
  const data =
    type === 'DOUBLE'
      ? new Float64Array(bytes.buffer, bytes.byteOffset, rows)
      : new Int32Array(bytes.buffer, bytes.byteOffset, rows);
  const validity = duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null;
  if (!validity || allValid(validity, rows)) return data;
  const copy = data.slice();
  for (let k = 0; k < rows; k++) if (!isValid(validity, k)) copy[k] = type === 'DOUBLE' ? Number.NaN : NULL_CODE;
  return copy;
}

const isValid = (validity: Uint8Array, k: number): boolean => ((validity[k >> 3] >> (k & 7)) & 1) === 1;

function allValid(validity: Uint8Array, rows: number): boolean {
  for (let k = 0; k < rows >> 3; k++) if (validity[k] !== 255) return false;
  for (let k = rows & ~7; k < rows; k++) if (!isValid(validity, k)) return false;
  return true;
}

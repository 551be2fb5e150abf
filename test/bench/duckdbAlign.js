// The heart of `xim align` as one would write it in DuckDB: mids as of bucket edges, moves, signed flow by bucket.
// Usage: node test/bench/duckdbAlign.js DATA DATE EPOCH OUTPUT; EPOCH is the session's start, nanoseconds of UTC.
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const BUCKETS = 23_400;
const BUCKET_NS = 1_000_000_000;
const STALE_NS = 30 * BUCKET_NS;

const [data, date, epoch, output] = process.argv.slice(2);
const tape = (dataset) =>
  `read_parquet('${join(data, dataset, `date=${date}`, '*.parquet')}', hive_partitioning = false)`;

/** Edge 0 opens the session, every other one ends a bucket; a quote older than 30 s says nothing. */
const market = `
  WITH books AS (SELECT symbol::name AS symbol, ts, (bid::DOUBLE + ask::DOUBLE) / 2 AS mid FROM ${tape('quotes')}),
  edges AS (
    SELECT symbol, k, make_timestamp_ns(${epoch} + k * ${BUCKET_NS}) AS ts FROM names, range(${BUCKETS + 1}) r(k)),
  mids AS (
    SELECT edges.*, CASE WHEN epoch_ns(edges.ts) - epoch_ns(books.ts) <= ${STALE_NS} THEN mid END AS mid
    FROM edges ASOF LEFT JOIN books ON edges.symbol = books.symbol AND edges.ts >= books.ts)
  SELECT ts, symbol::VARCHAR AS symbol, mid,
    1e4 * ln(mid / lag(mid) OVER (PARTITION BY symbol ORDER BY k)) AS ret_bps
  FROM mids QUALIFY k > 0`;

const flow = `
  SELECT make_timestamp_ns(${epoch} + ${BUCKET_NS} * ceil((epoch_ns(ts) - ${epoch}) / ${BUCKET_NS})::BIGINT) AS ts,
    symbol::name::VARCHAR AS symbol, sum(side * size)::DOUBLE AS signed_qty,
    sum(side * size * price::DOUBLE) / 1e6 AS signed_notional, count(*) AS n
  FROM ${tape('trades')} WHERE side <> 0 GROUP BY ALL`;

// Codes sort faster than texts, and no order has to be kept: what is best for the engine.
const engine = await DuckDBInstance.create(':memory:', { threads: '2', preserve_insertion_order: 'false' });
const connection = await engine.connect();
const universe = `read_csv('${join(data, 'universe.csv')}')`;
await connection.run(`CREATE TYPE name AS ENUM (SELECT symbol FROM ${universe} ORDER BY symbol)`);
await connection.run(`CREATE TABLE names AS SELECT symbol::name AS symbol FROM ${universe}`);
for (const [name, query] of Object.entries({ market, flow }))
  await connection.run(`COPY (${query}) TO '${join(output, `${name}.parquet`)}' (FORMAT parquet, COMPRESSION zstd)`);

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../../src/io/duckdb.js';

/** Where a day of quotes lies: `date` is its folder, the stamps go from `from` (exclusive) to `to` (inclusive), UTC. */
export interface MinuteDay {
  readonly date: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Two names quoted half a minute into every minute, whose mids move by one cent each, up or down as a hash says, with an own
 * fill in every fifth of these minutes.
 */
export async function writeMinuteMarket(engine: Engine, folder: string, days: readonly MinuteDay[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'universe.csv'), 'symbol,block\nAAA,x\nBBB,x\n');
  for (const day of days) {
    const { quotes, fills } = queriesOf(day);
    for (const [dataset, query] of Object.entries({ quotes, fills })) {
      const place = join(folder, dataset, `date=${day.date}`);
      mkdirSync(place, { recursive: true });
      await engine.connection.run(
        `COPY (${query} ORDER BY ts, symbol) TO '${join(place, 'part.parquet')}' (FORMAT parquet)`,
      );
    }
  }
}

function queriesOf({ from, to }: MinuteDay) {
  const minutes = `SELECT m + INTERVAL 30 SECOND AS ts, m, symbol, CASE WHEN hash(m, symbol) % 2 = 0 THEN 1 ELSE -1 END AS step
    FROM generate_series(TIMESTAMP '${from}', TIMESTAMP '${to}' - INTERVAL 1 MINUTE, INTERVAL 1 MINUTE) t(m),
    (VALUES ('AAA'), ('BBB')) s(symbol)`;
  const mid = `100 + 0.01 * (sum(step) OVER (PARTITION BY symbol ORDER BY ts))`;
  return {
    quotes: `SELECT ts, symbol, ${mid} - 0.01 AS bid, ${mid} + 0.01 AS ask, 100 AS bid_size, 100 AS ask_size FROM (${minutes})`,
    fills: `SELECT ts - INTERVAL 10 SECOND AS ts, symbol, 'V' AS venue, step AS side, 100 AS qty, 100.0 AS price
      FROM (${minutes}) WHERE hash(m) % 5 = 0`,
  };
}

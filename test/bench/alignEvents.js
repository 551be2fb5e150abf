// A day of 1 M trades and 4 M quotes of 100 names through `xim align`, and through a pipeline in DuckDB beside it.
// Usage: node test/bench/alignEvents.js [FOLDER]; a folder keeps the tape for the next time.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openEngine, smallQuery } from '../../dist/io/duckdb.js';
import { median, timed, xim } from './processes.js';
import { TAPE_DATE, tapeEpoch, writeTapeCase } from './tapeCase.js';

const RUNS = 5;
const SIZE = { names: 100, trades: 1_000_000, quotes: 4_000_000 };
const MARKS = { seconds: 1.2, megabytes: 400, ratio: 2 };
const pipeline = fileURLToPath(new URL('./duckdbAlign.js', import.meta.url));

const kept = process.argv[2];
const folder = kept ?? mkdtempSync(join(tmpdir(), 'xim-tape-'));
const config = join(folder, 'xim.yaml');
if (!existsSync(config)) await writeTapeCase(folder, SIZE);
const store = join(folder, 'store');
const output = join(folder, 'duckdb');

/** In turns, so that what else the machine does hits both alike. */
function measure() {
  const [own, others] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    rmSync(store, { recursive: true, force: true });
    own.push(timed(xim, ['align', '--config', config, '--date', TAPE_DATE, '--quiet']));
    rmSync(output, { recursive: true, force: true });
    mkdirSync(output);
    others.push(timed(pipeline, [folder, TAPE_DATE, String(tapeEpoch()), output]));
  }
  return { own, others };
}

const shown = (runs) =>
  `${median(runs, 'seconds').toFixed(2).padStart(6)} s  ${median(runs, 'megabytes').toFixed(0).padStart(5)} MB`;

/** Cells in which the two disagree: a peer that answers something else is no peer. */
async function differences() {
  const engine = await openEngine({ threads: 2, memoryLimit: '2GB', temporaryFolder: folder });
  const both = (file) =>
    `read_parquet('${store}/stages/align/*/${file}.parquet') x ` +
    `FULL JOIN read_parquet('${output}/${file}.parquet') y USING (ts, symbol)`;
  const apart = (column, scale) =>
    `(x.${column} IS NULL) <> (y.${column} IS NULL) OR abs(x.${column} - y.${column}) > ${scale}`;
  const [{ moves }] = await smallQuery(
    engine,
    `SELECT count(*)::INTEGER AS moves FROM ${both('market')} WHERE ${apart('ret_bps', '1e-9')}`,
  );
  const [{ cells }] = await smallQuery(
    engine,
    `SELECT count(*)::INTEGER AS cells FROM ${both('flow')} WHERE ${apart('signed_qty', '1e-9')}`,
  );
  engine.close();
  return { moves, cells };
}

const { own, others } = measure();
const ratio = median(others, 'seconds') / median(own, 'seconds');
const { moves, cells } = await differences();
console.log(`median of ${RUNS} runs: ${SIZE.trades} trades and ${SIZE.quotes} quotes of ${SIZE.names} names`);
console.log(`xim align            ${shown(own)}   mark: ${MARKS.seconds} s, ${MARKS.megabytes} MB`);
console.log(`as-of join in DuckDB ${shown(others)}   ${ratio.toFixed(2)}×, mark: ${MARKS.ratio}×`);
console.log(`moves that differ: ${moves}, cells of flow that differ: ${cells}`);
if (kept === undefined) rmSync(folder, { recursive: true });

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, textOfCode } from '../../io/duckdb.js';
import { writeParquet } from '../../io/parquetWriter.js';
import type { DenseMatrix } from '../../numerics/dense.js';
import type { Outcome } from '../calibration/calibrateWindow.js';

/** One row per pair of names: estimate, error, sign stability and what was published. Bytes of a Parquet file. */
export async function linksParquet(
  { names, calibration, constrained }: Outcome,
  engine: Engine,
  scratch: string,
): Promise<Uint8Array> {
  const n = names.length;
  const { rows, cols } = pairsOf(n);
  const entries = (matrix: DenseMatrix) => Float64Array.from(rows, (i, k) => matrix.data[i * n + cols[k]]);
  const symbolName = textOfCode(names.map((name) => name.symbol));
  const path = join(scratch, 'links.parquet');
  await writeParquet(engine, path, [
    { name: 'symbol', values: rows, as: symbolName },
    { name: 'other', values: cols, as: symbolName },
    { name: 'K_raw', values: entries(calibration.estimate.rawK.whole) },
    {
      name: 'K_se',
      values: entries(calibration.estimate.standardErrors).map((error) => (error > 0 ? error : Number.NaN)),
    },
    { name: 'sign_stability', values: entries(calibration.estimate.signStability) },
    { name: 'K_shrunk', values: entries(calibration.K) },
    { name: 'K', values: entries(constrained.full.K) },
  ]);
  return readFileSync(path);
}

/** Every i < j, row by row. */
function pairsOf(n: number): { readonly rows: Int32Array; readonly cols: Int32Array } {
  const [rows, cols] = [new Int32Array((n * (n - 1)) / 2), new Int32Array((n * (n - 1)) / 2)];
  let at = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++, at++) [rows[at], cols[at]] = [i, j];
  return { rows, cols };
}

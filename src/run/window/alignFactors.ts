import type { Engine } from '../../io/duckdb.js';
import { readFactors } from '../../io/factorReader.js';
import type { Factors } from '../../model/buckets.js';
import type { BucketGrid } from '../../model/grid.js';
import { checkQuarantine } from '../../stages/align/align.js';
import { refuseSparseFactors } from '../../stages/align/factorHours.js';
import { bucketFactors, noFactors } from '../../stages/align/factors.js';
import { type Quarantine, quarantinedRows } from '../../stages/align/quarantine.js';
import type { AlignContext } from './alignKey.js';
import type { DatasetReport } from './dayReader.js';
import type { InputFile } from './inputs.js';
import { scanContext } from './scanContext.js';

interface AlignedFactors {
  readonly factors: Factors;
  readonly report: Readonly<Record<string, DatasetReport>>;
  readonly notes: readonly string[];
}

/** Factor moves of a day on its buckets; none where there are no files. @throws data error for moves that do not fit the grid. */
export async function alignFactors(
  context: AlignContext,
  engine: Engine,
  grid: BucketGrid,
  files: readonly InputFile[] | undefined,
): Promise<AlignedFactors> {
  if (!files) return { factors: noFactors(), report: {}, notes: [] };
  const { config } = context;
  const rows = await readFactors(engine, files, scanContext(context, grid));
  const { factors, quarantine, missingBuckets } = bucketFactors(grid, rows);
  checkQuarantine('factors', grid.date, quarantine, config.align.max_quarantine, []);
  refuseSparseFactors(grid, rows, factors);
  const notes =
    missingBuckets > 0 ? [`${grid.date}: ${missingBuckets} buckets lack a factor move and are left out`] : [];
  return { factors, report: { factors: datasetReport(files, quarantine) }, notes };
}

/** Rows of a dataset, with no examples. */
export function datasetReport(files: readonly InputFile[], quarantine: Quarantine): DatasetReport {
  return {
    files: files.map((file) => file.name),
    rows: quarantine.rows,
    used: quarantine.rows - quarantinedRows(quarantine),
    quarantined: Object.fromEntries([...quarantine.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    examples: [],
  };
}

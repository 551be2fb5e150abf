import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { diagnosticParquet } from '../../io/diagnosticTables.js';
import type { ScheduleDocument } from '../../model/scheduleDocument.js';
import { renderSchedule } from '../../report/renderSchedule.js';
import { writeAtomically } from '../../store/atomic.js';

/** Columns of the children, in the order of the files. */
const COLUMNS = {
  ts: 'text',
  symbol: 'text',
  qty: 'number',
  notional: 'number',
  participation: 'number',
  expected_cost_bps: 'number',
  marginal_cost_bps: 'number',
} as const;

type Row = Readonly<Record<keyof typeof COLUMNS, string | number | undefined>>;

/** One child a row, ordered by time, then as the basket is. */
const childRows = ({ children, rows }: ScheduleDocument): Row[] =>
  children.map((child) => ({
    ts: rows[child.row].ts,
    symbol: child.symbol,
    qty: child.qty ?? undefined,
    notional: child.notional,
    participation: child.participation,
    expected_cost_bps: child.expectedCostBps,
    marginal_cost_bps: child.marginalCostBps,
  }));

/** Writes `schedule.json`, `.csv`, `.parquet` and `.html` to a folder, each whole or not at all. @returns their paths */
export async function writeScheduleFiles(
  document: ScheduleDocument,
  folder: string,
  temporaryFolder: string,
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const rows = childRows(document);
  const scratch = mkdtempSync(join(temporaryFolder, 'schedule-'));
  try {
    const files: [string, string | Uint8Array][] = [
      ['schedule.json', `${JSON.stringify(document)}\n`],
      ['schedule.csv', csv(rows)],
      ['schedule.parquet', await diagnosticParquet({ columns: COLUMNS, rows }, scratch)],
      ['schedule.html', renderSchedule(document)],
    ];
    return files.map(([name, content]) => {
      const path = join(folder, name);
      writeAtomically(path, content);
      return path;
    });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function csv(rows: readonly Row[]): string {
  const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  const lines = rows.map((row) => names.map((name) => cell(row[name])).join(','));
  return `${[names.join(','), ...lines].join('\n')}\n`;
}

/** Quoted where it has to be, and where a spreadsheet would take a text for a formula. */
function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  return /[",\n\r]|^[=+\-@]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

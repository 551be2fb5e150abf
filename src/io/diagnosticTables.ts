import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import parquet from 'parquetjs-lite';

/** A small table of plain strings and doubles, one object per row. */
export interface DiagnosticTable {
  readonly columns: Readonly<Record<string, 'text' | 'number'>>;
  readonly rows: readonly Readonly<Record<string, string | number | undefined>>[];
}

/** Bytes of a diagnostic table as Parquet. parquetjs-lite writes row by row, which suits a few hundred rows. */
export async function diagnosticParquet(table: DiagnosticTable, temporaryFolder: string): Promise<Uint8Array> {
  const fields = Object.entries(table.columns).map(
    ([name, kind]) =>
      [name, { type: kind === 'text' ? ('UTF8' as const) : ('DOUBLE' as const), optional: true }] as const,
  );
  const path = join(temporaryFolder, 'diagnostic.parquet');
  const writer = await parquet.ParquetWriter.openFile(new parquet.ParquetSchema(Object.fromEntries(fields)), path);
  for (const row of table.rows)
    await writer.appendRow(Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)));
  await writer.close();
  const bytes = readFileSync(path);
  rmSync(path);
  return bytes;
}

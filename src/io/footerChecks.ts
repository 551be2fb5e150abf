import type { ColumnChunk, ParquetFooter } from './parquetFooter.js';

/** A footer has no checksum, but it says many things twice. */

/** What does not add up in the numbers of rows, as a sentence: the engine would read fewer rows without a word. */
export function rowsFault({ rows, groupRows, leaves, chunks }: ParquetFooter): string | undefined {
  const sum = groupRows.reduce((total, of) => total + of, 0);
  if (sum !== rows) return `its footer counts ${rows} rows, its row groups ${sum}`;
  for (const [group, of] of groupRows.entries()) {
    const own = chunks.filter(({ rowGroup }) => rowGroup === group);
    if (own.length !== leaves.length)
      return `row group ${group + 1} has ${own.length} columns, the schema ${leaves.length}`;
    const other = own.findIndex(({ values }, k) => leaves[k].isFlat && values !== of);
    if (other >= 0)
      return `row group ${group + 1} counts ${of} rows, its column "${leaves[other].path}" ${own[other].values} values`;
  }
  return undefined;
}

/** What the schema says twice, or it and the chunks of a row group, of their columns and does not agree, as a sentence. */
export function columnsFault({ leaves, chunks }: ParquetFooter): string | undefined {
  const unclear = leaves.find(({ contradiction }) => contradiction !== undefined);
  if (unclear) return `its column "${unclear.path}" ${unclear.contradiction}`;
  const at = chunks.findIndex((chunk, k) => !isOf(chunk, leaves[k % leaves.length]));
  if (at < 0) return undefined;
  return `its schema and row group ${chunks[at].rowGroup + 1} name different columns: "${leaves[at % leaves.length].path}" and "${chunks[at].column}"`;
}

const isOf = ({ column, type }: ColumnChunk, leaf: { readonly path: string; readonly type: number }): boolean =>
  column === leaf.path && type === leaf.type;

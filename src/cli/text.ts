import { printable } from '../model/plainText.js';

/** A table for people: columns aligned, numbers to the right. */
export function textTable(headers: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [headers, ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const widths = headers.map((_, c) => Math.max(...cells.map((row) => row[c].length)));
  const numeric = headers.map(
    (_, c) =>
      rows.length > 0 &&
      rows.every((row) => typeof row[c] === 'number' || /^[-+–]?[\d.]*(e[-+]?\d+)?$/.test(String(row[c]))),
  );
  return cells
    .map((row) =>
      row
        .map((cell, c) => (numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function fixed(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined) return '–';
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7)) return value.toExponential(2);
  return value.toFixed(digits);
}

const BAR_WIDTH = 20;

/** How much of something is done, as a bar. */
export function progressBar(done: number, all: number): string {
  const filled = all === 0 ? BAR_WIDTH : Math.floor((BAR_WIDTH * done) / all);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}

import { table } from '../elements.js';
import { html, type Markup, shown } from '../html.js';
import type { ReportData } from '../reportData.js';

/** What impact of the right size is multiplied by in every state of the market. */
export function regimes({ regimes: { cells } }: ReportData): Markup {
  if (cells.length === 0) return html`<p>One regime.</p>`;
  return table(
    ['regime', 'realised / predicted', 'standard error', 'multiplier', 'buckets'],
    cells.map(({ cell, slope, standardError, multiplier, buckets }) => [
      stateWords(cell),
      shown(slope, 3),
      shown(standardError, 2),
      shown(multiplier, 3),
      buckets,
    ]),
  );
}

/** `spread:high|volatility:low` as it is said. */
export const stateWords = (cell: string): string => cell.replaceAll('|', ', ').replaceAll(':', ' ');

import { html, type Markup } from '../html.js';
import { ACROSS, px } from './frame.js';

/** Rows of a schedule, as an axis sees them. */
export interface ChartRow {
  readonly start: string;
  readonly end: string;
  readonly kind: 'continuous' | 'auction' | 'cleanUp';
}

/** Places of rows from left to right, with room where the market breaks. */
export interface RowAxis {
  readonly left: (row: number) => number;
  readonly width: number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  /** Between rows that do not follow each other. */
  readonly breaks: readonly { readonly at: number; readonly text: string }[];
}

const MOST_TICKS = 6;
/** Places that a break takes. */
const BREAK = 1.5;

export function rowAxis(rows: readonly ChartRow[], [from, to]: readonly [number, number] = ACROSS): RowAxis {
  const gaps = rows.map(({ start, kind }, t) => t > 0 && kind === 'continuous' && rows[t - 1].end !== start);
  let passed = 0;
  const places = gaps.map((isGap, t) => {
    if (isGap) passed += BREAK;
    return t + passed;
  });
  const width = (to - from) / Math.max(1, rows.length + passed);
  const left = (row: number) => from + places[row] * width;
  const breaks = gaps.flatMap((isGap, t) =>
    isGap ? [{ at: left(t) - (BREAK / 2) * width, text: `no trading ${rows[t - 1].end}–${rows[t].start}` }] : [],
  );
  const ticks = timeTicks(rows, gaps, left, width).map(({ at, text }) => ({ at: Math.min(at, to - 12), text }));
  return { left, width, ticks, breaks };
}

/** Even steps, the start after a break, and what is no bucket; none so near another that they would run together. */
function timeTicks(
  rows: readonly ChartRow[],
  gaps: readonly boolean[],
  left: (row: number) => number,
  width: number,
): RowAxis['ticks'] {
  const every = Math.max(1, Math.ceil(rows.length / MOST_TICKS));
  const wanted = [...rows.keys()].filter((t) => rows[t].kind !== 'continuous' || gaps[t] || t % every === 0);
  const ordered = [...wanted].sort((a, b) => rank(rows[a], gaps[a], a) - rank(rows[b], gaps[b], b) || a - b);
  const kept: number[] = [];
  for (const t of ordered) if (kept.every((other) => Math.abs(left(other) - left(t)) > 46)) kept.push(t);
  return kept
    .sort((a, b) => a - b)
    .map((t) => {
      const { kind, start } = rows[t];
      const at = kind === 'continuous' ? left(t) : left(t) + width / 2;
      return { at, text: kind === 'auction' ? 'auction' : kind === 'cleanUp' ? 'after' : start };
    });
}

const rank = ({ kind }: ChartRow, isGap: boolean, row: number): number =>
  kind !== 'continuous' || row === 0 ? 0 : isGap ? 1 : 2;

/** A dotted line where the market breaks. */
export const breakLines = ({ breaks }: RowAxis, top: number, bottom: number): Markup[] =>
  breaks.map(
    ({ at, text }) =>
      html`<line class="break" x1="${px(at)}" x2="${px(at)}" y1="${top}" y2="${bottom}"><title>${text}</title></line>`,
  );

import { stack, stackOffsetDiverging } from 'd3-shape';
import { html, type Markup } from '../html.js';
import { axes, frame, HEIGHT, MARGIN, px, valueAxis, valueScale } from './frame.js';
import { breakLines, type ChartRow, rowAxis } from './rowAxis.js';

/** What is drawn in one colour. */
export interface StackedGroup {
  readonly label: string;
  readonly colour: string;
  /** Signed, by row: bought and sold apart, since a group may do both at once. */
  readonly bought: readonly number[];
  readonly sold: readonly number[];
}

/** An edge would hide what is thinner. */
const LEAST_EDGED = 3;

interface StackedSchedule {
  readonly rows: readonly ChartRow[];
  readonly groups: readonly StackedGroup[];
  readonly unit: string;
  /** What a piece of the stack says. */
  readonly titleOf: (group: number, row: number, side: 'bought' | 'sold') => string;
}

/** What is traded by row, one group on another: bought above the line, sold below it. */
export function scheduleChart({ rows, groups, unit, titleOf }: StackedSchedule): Markup {
  const x = rowAxis(rows);
  const sides = (['bought', 'sold'] as const).flatMap((side) => groups.map((group, g) => ({ side, group, g })));
  const pieces = stack<number, number>()
    .keys([...sides.keys()])
    .value((t, k) => sides[k].group[sides[k].side][t])
    .offset(stackOffsetDiverging)([...rows.keys()]);
  const ends = pieces.flatMap((piece) => piece.flat());
  const y = valueScale(Math.min(0, ...ends), Math.max(0, ...ends));
  const bars = pieces.flatMap((piece, k) =>
    piece.flatMap(([low, high], t) => {
      const { side, group, g } = sides[k];
      if (group[side][t] === 0) return [];
      const isThick = y(low) - y(high) > LEAST_EDGED;
      const [left, top, width, height] = [x.left(t), y(high), x.width, y(low) - y(high)].map(px);
      const title = html`<title>${titleOf(g, t, side)}</title>`;
      return [
        html`<rect class="${isThick ? 'bar ' : ''}${group.colour}" x="${left}" y="${top}" width="${width}" height="${height}">${title}</rect>`,
      ];
    }),
  );
  const zero = html`<line class="zero" x1="${px(x.left(0))}" x2="${px(x.left(rows.length - 1) + x.width)}" y1="${px(y(0))}" y2="${px(y(0))}"/>`;
  const description = `${groups.length} groups over ${rows.length} buckets, from ${rows[0].start} to ${rows[rows.length - 1].end}.`;
  return frame({ title: 'What is traded when', description }, [
    ...axes({ ticks: x.ticks, label: '' }, valueAxis(y, unit)),
    ...breakLines(x, MARGIN.top, HEIGHT - MARGIN.bottom),
    ...bars,
    zero,
  ]);
}

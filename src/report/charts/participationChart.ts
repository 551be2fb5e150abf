import { html, type Markup } from '../html.js';
import { ACROSS, axes, frame, HEIGHT, MARGIN, px, valueScale } from './frame.js';
import { breakLines, type ChartRow, rowAxis } from './rowAxis.js';

export interface RowParticipation {
  /** Share of the volume of all names that trade in the row. */
  readonly together: number;
  /** Of the name that takes the largest share. */
  readonly largest: number;
  readonly title: string;
}

/** Share of the volume that is taken by row: the name that takes most as bars, all together as a line, and the cap. */
export function participationChart(
  rows: readonly ChartRow[],
  shares: readonly RowParticipation[],
  cap: number | undefined,
): Markup {
  const x = rowAxis(rows);
  const most = Math.max(1e-6, ...shares.map(({ largest }) => largest));
  const y = valueScale(0, 100 * Math.max(most, cap !== undefined && cap < 3 * most ? cap : 0));
  const bars = shares.map(({ largest, title }, t) => {
    const [left, top, width, height] = [x.left(t), y(100 * largest), x.width, y(0) - y(100 * largest)].map(px);
    return html`<rect class="bar model0" x="${left}" y="${top}" width="${width}" height="${height}"><title>${title}</title></rect>`;
  });
  const steps = shares.map(({ together }, t) => `M${px(x.left(t))} ${px(y(100 * together))}h${px(x.width)}`).join('');
  const isCapShown = cap !== undefined && 100 * cap <= y.domain()[1];
  const line = isCapShown
    ? [
        html`<line class="cap" x1="${ACROSS[0]}" x2="${ACROSS[1]}" y1="${px(y(100 * cap))}" y2="${px(y(100 * cap))}"><title>cap ${100 * cap} %</title></line>`,
      ]
    : [];
  const ticks = y.ticks(5).map((value) => ({ at: y(value), text: `${Number(value.toPrecision(3))} %` }));
  return frame(
    { title: 'Share of the volume', description: `At most ${Number((100 * most).toPrecision(3))} % of a bucket.` },
    [
      ...axes({ ticks: x.ticks, label: '' }, { ticks, label: 'of the volume' }),
      ...breakLines(x, MARGIN.top, HEIGHT - MARGIN.bottom),
      ...bars,
      html`<path class="series" d="${steps}"/>`,
      ...line,
    ],
  );
}

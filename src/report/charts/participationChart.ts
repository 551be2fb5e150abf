import { html, type Markup } from '../html.js';
import { axes, frame, HEIGHT, MARGIN, px, valueScale } from './frame.js';
import { breakLines, type ChartRow, type RowAxis, rowAxis } from './rowAxis.js';

export interface RowParticipation {
  /** Share of the volume of all names that trade in the row. */
  readonly together: number;
  /** Of the name that takes the largest share. */
  readonly largest: number;
  readonly title: string;
}

/** Share of the volume that is taken by row: the name that takes most as bars, all together as strokes, and the caps. */
export function participationChart(
  rows: readonly ChartRow[],
  shares: readonly RowParticipation[],
  caps: readonly (number | undefined)[],
): Markup {
  const x = rowAxis(rows);
  const most = Math.max(1e-6, ...shares.map(({ largest }) => largest));
  const inSight = caps.map((cap) => (cap !== undefined && cap < 3 * most ? cap : 0));
  const y = valueScale(0, 100 * Math.max(most, ...inSight));
  const bars = shares.map(({ largest, title }, t) => {
    const [left, top, width, height] = [x.left(t), y(100 * largest), x.width, y(0) - y(100 * largest)].map(px);
    return html`<rect class="bar model0" x="${left}" y="${top}" width="${width}" height="${height}"><title>${title}</title></rect>`;
  });
  const stroke = (share: number, t: number) =>
    share > 0 ? `M${px(x.left(t))} ${px(y(100 * share))}h${px(x.width)}` : '';
  const ticks = y.ticks(5).map((value) => ({ at: y(value), text: `${Number(value.toPrecision(3))} %` }));
  const description = `At most ${Number((100 * most).toPrecision(3))} % of a bucket.`;
  return frame({ title: 'Share of the volume', description }, [
    ...axes({ ticks: x.ticks, label: '' }, { ticks, label: 'of the volume' }),
    ...breakLines(x, MARGIN.top, HEIGHT - MARGIN.bottom),
    ...bars,
    html`<path class="series" d="${shares.map(({ together }, t) => stroke(together, t)).join('')}"/>`,
    html`<path class="cap" d="${capPath(x, inSight, (cap) => y(100 * cap))}"/>`,
  ]);
}

/** One line as long as the cap stays what it is: dashes begin anew with every piece. */
function capPath(x: RowAxis, caps: readonly number[], heightOf: (cap: number) => number): string {
  return caps
    .map((cap, t) => {
      const isOn = t > 0 && caps[t - 1] === cap;
      return cap > 0 ? `${isOn ? 'L' : 'M'}${px(x.left(t))} ${px(heightOf(cap))}h${px(x.width)}` : '';
    })
    .join('');
}

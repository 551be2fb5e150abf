import { scaleLinear } from 'd3-scale';
import { html, type Markup } from '../html.js';
import { frame, px } from './frame.js';
import { breakLines, type ChartRow, rowAxis } from './rowAxis.js';

const WIDTH = 220;
const HEIGHT = 104;
const LEFT = 48;
const [TOP, BOTTOM] = [8, HEIGHT - 20];

/** What is left to do, as a share of the whole, after every row; a dashed line for an even pace. */
export function inventoryChart(
  name: string,
  colour: string,
  rows: readonly ChartRow[],
  left: readonly number[],
): Markup {
  const x = rowAxis(rows, [LEFT, WIDTH - 8]);
  const [low, high] = [Math.min(0, ...left), Math.max(1, ...left)];
  const y = scaleLinear().domain([low, high]).range([BOTTOM, TOP]);
  const before = (t: number) => (t === 0 ? 1 : left[t - 1]);
  const step = rows
    .map((_, t) => `L${px(x.left(t))} ${px(y(before(t)))}L${px(x.left(t) + x.width)} ${px(y(left[t]))}`)
    .join('');
  const start = `M${px(x.left(0))} ${px(y(0))}`;
  const end = x.left(rows.length - 1) + x.width;
  const ticks = [1, 0].map((value) => [
    html`<line x1="${LEFT}" x2="${WIDTH - 8}" y1="${px(y(value))}" y2="${px(y(value))}"/>`,
    html`<text x="${LEFT - 4}" y="${px(y(value) + 4)}" text-anchor="end">${100 * value} %</text>`,
  ]);
  const times = [
    html`<text x="${LEFT}" y="${HEIGHT - 4}">${rows[0].start}</text>`,
    html`<text x="${WIDTH - 8}" y="${HEIGHT - 4}" text-anchor="end">${rows[rows.length - 1].end}</text>`,
  ];
  const even = html`<line class="even" x1="${px(x.left(0))}" x2="${px(end)}" y1="${px(y(1))}" y2="${px(y(0))}"/>`;
  const last = left[left.length - 1];
  const description = `${Math.round(100 * last)} % is left at the end.`;
  return frame({ title: `What is left of ${name}`, description, width: WIDTH, height: HEIGHT }, [
    html`<g class="axis">${ticks}${times}</g>`,
    ...breakLines(x, TOP, BOTTOM),
    even,
    html`<path class="${colour}" fill-opacity="0.55" d="${start}${step}L${px(end)} ${px(y(0))}Z"/>`,
  ]);
}

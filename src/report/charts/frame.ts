import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { html, Markup, shown } from '../html.js';

/**
 * What charts share: inline SVG with a title and a text alternative, scales that fill the frame, axes. Lengths are in
 * units of the view box; colours come from the page's custom properties.
 */
export const WIDTH = 560;
export const HEIGHT = 240;
export const MARGIN = { top: 12, right: 16, bottom: 36, left: 52 };

/** From the left edge to the right one. */
export const ACROSS = [MARGIN.left, WIDTH - MARGIN.right] as const;
/** From the bottom to the top: larger values stand higher. */
const UP = [HEIGHT - MARGIN.bottom, MARGIN.top] as const;

interface Frame {
  readonly title: string;
  readonly description: string;
  readonly width?: number;
  readonly height?: number;
  /** Attributes of a chart whose cells can be read one by one, by the arrow keys. */
  readonly cells?: Markup;
}

/** The description is read to those who cannot see the chart; the label is its accessible name. */
export function frame(
  { title, description, width = WIDTH, height = HEIGHT, cells = NONE }: Frame,
  body: readonly Markup[],
): Markup {
  const drawing = html`<title>${title}</title>${body}`;
  return html`<svg${cells} viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}. ${description}">${drawing}</svg>`;
}

const NONE = new Markup('');

/** A coordinate to a tenth of a unit. */
export const px = (coordinate: number): string => coordinate.toFixed(1);

/** Values from the bottom of the frame to its top, ends rounded to those of a tick. */
export const valueScale = (low: number, high: number): ScaleLinear<number, number> =>
  scaleLinear().domain([low, high]).nice().range(UP);

/** Places 0 … count−1 from left to right, `before` and `after` away from the edges. */
export const placeScale = (count: number, before: number, after: number): ScaleLinear<number, number> =>
  scaleLinear()
    .domain([0, Math.max(1, count - 1)])
    .range([ACROSS[0] + before, ACROSS[1] - after]);

interface Axis {
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
  readonly label: string;
}

export const valueAxis = (y: ScaleLinear<number, number>, label: string): Axis => ({
  ticks: y.ticks(5).map((value) => ({ at: y(value), text: shown(value, 3) })),
  label,
});

export const axes = (x: Axis, y: Axis): Markup[] => [horizontalAxis(x), verticalAxis(y)];

/** Lines from `top` to `bottom` at the ticks of a scale that runs across rows, with what they stand for and the unit under them. */
export function acrossAxis(
  x: ScaleLinear<number, number>,
  { top, bottom, label }: { readonly top: number; readonly bottom: number; readonly label: string },
): Markup {
  const [left, right] = x.range();
  const marks = x
    .ticks(6)
    .map((value) => [
      html`<line x1="${px(x(value))}" x2="${px(x(value))}" y1="${top}" y2="${bottom}"/>`,
      html`<text x="${px(x(value))}" y="${bottom + 14}" text-anchor="middle">${shown(value, 3)}</text>`,
    ]);
  const unit = html`<text x="${(left + right) / 2}" y="${bottom + 30}" text-anchor="middle">${label}</text>`;
  return html`<g class="axis">${marks}${unit}</g>`;
}

function horizontalAxis({ ticks, label }: Axis): Markup {
  const y = HEIGHT - MARGIN.bottom + 16;
  const marks = ticks.map(({ at, text }) => html`<text x="${px(at)}" y="${y}" text-anchor="middle">${text}</text>`);
  const middle = (WIDTH + MARGIN.left) / 2;
  return html`<g class="axis">${marks}<text x="${middle}" y="${HEIGHT - 4}" text-anchor="middle">${label}</text></g>`;
}

/** With a line across the chart at every tick. */
function verticalAxis({ ticks, label }: Axis): Markup {
  const marks = ticks.map(({ at, text }) => [
    html`<line x1="${ACROSS[0]}" x2="${ACROSS[1]}" y1="${px(at)}" y2="${px(at)}"/>`,
    html`<text x="${MARGIN.left - 6}" y="${px(at + 4)}" text-anchor="end">${text}</text>`,
  ]);
  const turned = `translate(12 ${HEIGHT / 2}) rotate(-90)`;
  return html`<g class="axis">${marks}<text transform="${turned}" text-anchor="middle">${label}</text></g>`;
}

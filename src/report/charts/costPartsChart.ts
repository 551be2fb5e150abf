import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { html, type Markup } from '../html.js';
import { frame, px, WIDTH } from './frame.js';

export interface CostPart {
  readonly words: string;
  readonly colour: string;
  readonly value: number;
}

export interface CostBar {
  readonly label: string;
  readonly isChosen: boolean;
  /** What is negative stands left of zero. */
  readonly parts: readonly CostPart[];
  readonly total: number;
  /** What who made it takes the cost for, where that is something else. */
  readonly believed?: number | undefined;
}

interface Layout {
  readonly x: ScaleLinear<number, number>;
  readonly text: (value: number) => string;
  readonly top: number;
  readonly height: number;
  /** Where labels end and totals begin. */
  readonly labelled: boolean;
}

const ROW = 30;
const [LABELS, TOTALS] = [96, 62];

/** Costs in parts, a bar each, one part on another, with their totals: what helps stands left of zero. */
export function costPartsChart(title: string, bars: readonly CostBar[], text: (value: number) => string): Markup {
  const labelled = bars.length > 1;
  const lows = bars.map(({ parts }) => sumOf(parts, (value) => Math.min(0, value)));
  const highs = bars.map(({ parts, believed = 0 }) =>
    Math.max(
      believed,
      sumOf(parts, (value) => Math.max(0, value)),
    ),
  );
  const x = scaleLinear()
    .domain([Math.min(0, ...lows), Math.max(1e-12, ...highs)])
    .range([labelled ? LABELS + 8 : 4, labelled ? WIDTH - TOTALS - 8 : WIDTH - 4]);
  const height = bars.length * ROW + 8;
  const rows = bars.map((bar, k) => barOf(bar, { x, text, top: 4 + k * ROW, height: ROW - 8, labelled }));
  const zero = html`<line class="zero" x1="${px(x(0))}" x2="${px(x(0))}" y1="1" y2="${height - 1}"/>`;
  const description = bars.map(({ label, total }) => `${label} ${text(total)}`).join(', ');
  return frame({ title, description: `${description}.`, height }, [...rows, zero]);
}

const sumOf = (parts: readonly CostPart[], of: (value: number) => number): number =>
  parts.reduce((total, { value }) => total + of(value), 0);

function barOf({ label, isChosen, parts, total, believed }: CostBar, layout: Layout): Markup {
  const { x, text, top, height, labelled } = layout;
  let [low, high] = [0, 0];
  const pieces = parts.map((part) => {
    const [from, to] = part.value < 0 ? [low + part.value, low] : [high, high + part.value];
    if (part.value < 0) low = from;
    else high = to;
    return pieceOf(part, x(from), x(to), layout);
  });
  const middle = px(top + height / 2 + 4);
  const kind = isChosen ? 'label chosen' : 'label';
  const words = labelled
    ? html`<text class="${kind}" x="${LABELS}" y="${middle}" text-anchor="end">${label}</text><text class="value" x="${WIDTH}" y="${middle}" text-anchor="end">${text(total)}</text>`
    : undefined;
  const mark = html`<line class="total" x1="${px(x(total))}" x2="${px(x(total))}" y1="${top - 3}" y2="${top + height + 3}"><title>${label}: ${text(total)} in all</title></line>`;
  const ring =
    believed === undefined
      ? undefined
      : html`<circle class="thinks" cx="${px(x(believed))}" cy="${px(top + height / 2)}" r="4.5"><title>${label}: its own model thinks ${text(believed)}</title></circle>`;
  return html`<g>${pieces}${mark}${ring}${words}</g>`;
}

/** With its number on it where there is room. */
function pieceOf(
  { words, colour, value }: CostPart,
  from: number,
  to: number,
  { text, top, height, labelled }: Layout,
) {
  const title = html`<title>${words}: ${text(value)}</title>`;
  const number = text(value);
  const hasRoom = to - from > 7 * number.length + 10;
  const on =
    hasRoom && !labelled
      ? html`<text class="on" x="${px((from + to) / 2)}" y="${px(top + height / 2 + 4)}" text-anchor="middle">${number}</text>`
      : undefined;
  return html`<rect class="bar ${colour}" x="${px(from)}" y="${top}" width="${px(to - from)}" height="${height}">${title}</rect>${on}`;
}

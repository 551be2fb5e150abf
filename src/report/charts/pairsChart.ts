import { scaleLinear } from 'd3-scale';
import { html, type Markup } from '../html.js';
import { frame, px, WIDTH } from './frame.js';

export interface PairBar {
  readonly label: string;
  /** Positive where it hurts. */
  readonly value: number;
  readonly title: string;
}

const ROW = 21;
const TOP = 20;

/** What one name's trades cost another: what hurts stands right of the line, what helps left of it, with words at the top. */
export function pairsChart(bars: readonly PairBar[], text: (value: number) => string): Markup {
  const longest = Math.max(...bars.map(({ label }) => [...label].length));
  const left = Math.min(270, 9 * longest + 10);
  const most = Math.max(1e-12, ...bars.map(({ value }) => Math.abs(value)));
  const x = scaleLinear()
    .domain([-most, most])
    .range([left + 56, WIDTH - 56]);
  const height = TOP + bars.length * ROW + 4;
  const rows = bars.map(({ label, value, title }, k) => {
    const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
    const top = TOP + k * ROW;
    const kind = value < 0 ? 'positive' : 'negative';
    const number = { x: value < 0 ? from - 5 : to + 5, anchor: value < 0 ? 'end' : 'start' };
    return html`<text class="value" x="${left}" y="${top + 13}" text-anchor="end">${label}</text><rect class="${kind}" x="${px(from)}" y="${top + 2}" width="${px(Math.max(0.5, to - from))}" height="${ROW - 6}"><title>${title}</title></rect><text class="value" x="${px(number.x)}" y="${top + 13}" text-anchor="${number.anchor}">${text(value)}</text>`;
  });
  const heads = html`<g class="axis"><text x="${px(x(0) - 8)}" y="12" text-anchor="end">◀ helps: cheaper</text><text x="${px(x(0) + 8)}" y="12">hurts: dearer ▶</text></g>`;
  const zero = html`<line class="zero" x1="${px(x(0))}" x2="${px(x(0))}" y1="${TOP - 4}" y2="${height - 2}"/>`;
  const description = `${bars.length} pairs, the strongest first: ${bars[0].title}.`;
  return frame({ title: 'Who hurts whom', description, height }, [heads, ...rows, zero]);
}

import { scaleBand } from 'd3-scale';
import { html, type Markup, shown } from '../html.js';
import { ACROSS, axes, frame, px, valueAxis, valueScale } from './frame.js';

/** Names on the axis that are still legible. */
const MOST_TICKS = 12;

/** Bars of out-of-sample R² by name, one colour per model. */
export function scoreChart(
  symbols: readonly string[],
  perName: Readonly<Record<string, readonly number[]>>,
  models: readonly string[],
): Markup {
  const values = models.flatMap((model) => perName[model]);
  const x = scaleBand<number>()
    .domain(symbols.map((_, i) => i))
    .range(ACROSS)
    .padding(0.25);
  const y = valueScale(Math.min(0, ...values), Math.max(0.01, ...values));
  const left = (i: number) => x(i)!;
  const width = x.bandwidth() / models.length;
  const bar = (symbol: string, i: number, model: string, m: number) => {
    const value = perName[model][i];
    const place = { left: left(i) + m * width, top: Math.min(y(value), y(0)), height: Math.abs(y(value) - y(0)) };
    return scoreBar({ ...place, width: Math.max(0.5, width - 1), m, title: `${symbol}, ${model}: ${shown(value, 3)}` });
  };
  const every = Math.ceil(symbols.length / MOST_TICKS);
  const ticks = symbols
    .map((symbol, i) => ({ at: left(i) + x.bandwidth() / 2, text: symbol }))
    .filter((_, i) => i % every === 0);
  const description = `${models.join(', ')} for ${symbols.length} names.`;
  return frame({ title: 'Out-of-sample R² by name', description }, [
    ...axes({ ticks, label: '' }, valueAxis(y, 'R²')),
    ...symbols.flatMap((symbol, i) => models.map((model, m) => bar(symbol, i, model, m))),
  ]);
}

interface Bar {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Index of the model, which gives the colour. */
  readonly m: number;
  readonly title: string;
}

function scoreBar({ left, top, width, height, m, title }: Bar): Markup {
  const [x, y, w, h] = [left, top, width, height].map(px);
  return html`<rect class="model${m}" x="${x}" y="${y}" width="${w}" height="${h}"><title>${title}</title></rect>`;
}

import { scaleBand } from 'd3-scale';
import { html, type Markup, shown } from '../html.js';
import { ACROSS, axes, frame, placeScale, px, valueAxis, valueScale } from './frame.js';

/** Names on the axis that are still legible. */
const MOST_TICKS = 12;

/** With more names than these bars are thinner than a line. */
const MOST_BARS = 40;

/** Out-of-sample R² by name, one colour per model: bars, or lines over names in the order of the last model where they are many. */
export function scoreChart(
  symbols: readonly string[],
  perName: Readonly<Record<string, readonly number[]>>,
  models: readonly string[],
): Markup {
  return symbols.length <= MOST_BARS ? bars(symbols, perName, models) : ranked(symbols.length, perName, models);
}

function ranked(
  count: number,
  perName: Readonly<Record<string, readonly number[]>>,
  models: readonly string[],
): Markup {
  const last = perName[models[models.length - 1]];
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => last[a] - last[b] || a - b);
  const values = models.flatMap((model) => perName[model]);
  const x = placeScale(count, 4, 4);
  const y = valueScale(Math.min(0, ...values), Math.max(0.01, ...values));
  const every = Math.ceil(count / MOST_TICKS);
  const ticks = order.flatMap((_, k) => (k % every === 0 ? [{ at: x(k), text: String(k + 1) }] : []));
  const lines = models.map((model, m) => {
    const points = order.map((i, k) => `${px(x(k))},${px(y(perName[model][i]))}`);
    return html`<polyline class="line model${m}" points="${points.join(' ')}"><title>${model}</title></polyline>`;
  });
  const description = `${models.join(', ')} for ${count} names.`;
  return frame({ title: 'Out-of-sample R² by name', description }, [
    ...axes({ ticks, label: `names, by R² of ${models[models.length - 1]}` }, valueAxis(y, 'R²')),
    ...lines,
  ]);
}

function bars(
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

import { line } from 'd3-shape';
import { html, type Markup, shown } from '../html.js';
import { axes, frame, placeScale, px, valueAxis, valueScale } from './frame.js';

/** A value of a date; null where nothing says. */
export interface Measured {
  readonly date: string;
  readonly value: number | null;
}

/** Dates on the axis that are still legible. */
const MOST_TICKS = 6;

/** One measure over calibrations; a date without a value leaves a gap. */
export function healthChart(label: string, points: readonly Measured[]): Markup {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return html`<p>No calibration says.</p>`;
  const x = placeScale(points.length, 8, 24);
  const y = valueScale(Math.min(...known), Math.max(...known));
  const path = line<Measured>(
    (_, k) => x(k),
    ({ value }) => y(value!),
  ).defined(({ value }) => value !== null)(points);
  const every = Math.ceil(points.length / MOST_TICKS);
  const ticks = points.map(({ date }, k) => ({ at: x(k), text: date })).filter((_, k) => k % every === 0);
  const dot = (date: string, value: number, k: number) => {
    const title = html`<title>${date}: ${shown(value)}</title>`;
    return html`<circle class="after" cx="${px(x(k))}" cy="${px(y(value))}" r="3">${title}</circle>`;
  };
  return frame({ title: label, description: `From ${shown(known[0])} to ${shown(known[known.length - 1])}.` }, [
    ...axes({ ticks, label: '' }, valueAxis(y, '')),
    html`<path class="series" d="${path ?? ''}"/>`,
    ...points.flatMap(({ date, value }, k) => (value === null ? [] : [dot(date, value, k)])),
  ]);
}

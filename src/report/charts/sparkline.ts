import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { html, type Markup, shown } from '../html.js';
import { frame, px } from './frame.js';
import type { Measured } from './healthChart.js';

const [WIDTH, HEIGHT] = [180, 44];
/** So that the first and the last dot are whole. */
const ROOM = 5;

/** A series without axes, its last value marked: for comparing shapes. A date without a value leaves a gap. */
export function sparkline(label: string, points: readonly Measured[]): Markup {
  const known = points.flatMap(({ value }) => value ?? []);
  const size = { width: WIDTH, height: HEIGHT };
  if (known.length === 0) return frame({ title: label, description: 'No calibration says.', ...size }, []);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = scaleLinear()
    .domain([0, Math.max(1, points.length - 1)])
    .range([ROOM, WIDTH - ROOM]);
  // A series that stands still is a line in the middle.
  const y = scaleLinear()
    .domain(low < high ? [low, high] : [low - 1, high + 1])
    .range([HEIGHT - ROOM, ROOM]);
  const path = line<Measured>(
    (_, k) => x(k),
    ({ value }) => y(value!),
  ).defined(({ value }) => value !== null)(points);
  const last = points.findLastIndex(({ value }) => value !== null);
  const { date, value } = points[last];
  const dot = html`<circle class="after" cx="${px(x(last))}" cy="${px(y(value!))}" r="3.5"><title>${date}: ${shown(value)}</title></circle>`;
  const description = `${points.length} calibrations, from ${shown(low)} to ${shown(high)}, last ${shown(value)}.`;
  return frame({ title: label, description, ...size }, [html`<path class="series" d="${path ?? ''}"/>`, dot]);
}

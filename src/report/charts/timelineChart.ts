import { scaleLinear } from 'd3-scale';
import type { Segment } from '../../model/guardrails.js';
import { html, type Markup, shown } from '../html.js';
import { ACROSS, frame, px } from './frame.js';

const ROW = 22;

/** A row per day, coloured by the level in force: the whole day is there, whatever its length. */
export function timelineChart(segments: readonly Segment[], bucketMs: number): Markup {
  const dates = [...new Set(segments.map(({ date }) => date))];
  const last = segments.reduce((most, { toBucket }) => Math.max(most, toBucket), 1);
  const x = scaleLinear().domain([0, last]).range([90, ACROSS[1]]);
  const height = dates.length * ROW + 24;
  const hours = shown((last * bucketMs) / 3_600_000, 3);
  const below = segments.filter(({ state }) => state !== 'full').length;
  const rows = dates.map((date, k) => html`<text x="84" y="${k * ROW + 15}" text-anchor="end">${date}</text>`);
  const length = html`<text x="${ACROSS[1]}" y="${height - 6}" text-anchor="end">${hours} h of sessions</text>`;
  const bars = segments.map((segment) => {
    const [from, to] = [x(segment.fromBucket), x(segment.toBucket)];
    return stretch(segment, { from, width: Math.max(0.5, to - from), top: dates.indexOf(segment.date) * ROW + 2 });
  });
  const description = `${dates.length} days of ${hours} hours; ${below} stretches below the full model.`;
  return frame({ title: 'Guardrails', description, height }, [html`<g class="axis">${rows}${length}</g>`, ...bars]);
}

function stretch(
  { date, fromBucket, toBucket, state, reasons }: Segment,
  { from, width, top }: { readonly from: number; readonly width: number; readonly top: number },
): Markup {
  const why = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  const title = html`<title>${date}, buckets ${fromBucket + 1} to ${toBucket}: ${state}${why}</title>`;
  const [x, w] = [from, width].map(px);
  return html`<rect class="level-${state}" x="${x}" y="${top}" width="${w}" height="${ROW - 4}">${title}</rect>`;
}

import { scaleLinear } from 'd3-scale';
import { type GroupScore, LOCATIONS } from '../../model/scorecard.js';
import type { UnitWords } from '../../model/units.js';
import { html, type Markup, shown } from '../html.js';
import { ACROSS, acrossAxis, frame, px } from './frame.js';

const ROW = 18;

/** Location of costs by arm, each measure with its interval. */
export function tailChart(
  arms: readonly Pick<GroupScore, 'group' | 'shortfall'>[],
  { move }: Pick<UnitWords, 'move'>,
): Markup {
  const marks = arms.flatMap(({ group, shortfall }) =>
    LOCATIONS.map((measure) => ({ text: `${group}, ${measure}`, ...shortfall[measure] })),
  );
  const bottom = marks.length * ROW + 8;
  const lows = marks.map(({ value, low }) => low ?? value);
  const highs = marks.map(({ value, high }) => high ?? value);
  const x = scaleLinear()
    .domain([Math.min(0, ...lows), Math.max(...highs)])
    .nice()
    .range([150, ACROSS[1]]);
  const rows = marks.map(({ text, value }, k) => {
    const y = k * ROW + 16;
    const interval = html`<line x1="${px(x(lows[k]))}" x2="${px(x(highs[k]))}" y1="${y}" y2="${y}"/>`;
    const mark = html`<g class="lag">${interval}<circle cx="${px(x(value))}" cy="${y}" r="3"/></g>`;
    return html`<text x="142" y="${y + 4}" text-anchor="end">${text}</text>${mark}`;
  });
  const [{ group, shortfall }] = arms;
  const description = `q95 of ${group} ${shown(shortfall.q95.value, 3)} ${move}.`;
  return frame({ title: 'Shortfall', description, height: bottom + 36 }, [
    acrossAxis(x, { top: 4, bottom, label: move }),
    html`<g class="axis">${rows}</g>`,
  ]);
}

import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { html, type Markup, shown } from '../html.js';
import { ACROSS, axes, frame, HEIGHT, MARGIN, px, valueAxis, valueScale } from './frame.js';

export interface CostAndRisk {
  readonly label: string;
  readonly deviation: number;
  readonly expected: number;
  readonly title: string;
}

interface Frontier {
  /** From no hurry to great hurry. */
  readonly points: readonly CostAndRisk[];
  readonly chosen: CostAndRisk;
  /** Other ways to work it. */
  readonly others: readonly CostAndRisk[];
  readonly unit: string;
}

/** Expected cost against its risk: the cheapest for every risk as a line, what was chosen, and other ways to work it. */
export function frontierChart({ points, chosen, others, unit }: Frontier): Markup {
  const all = [...points, ...others, chosen];
  const deviations = all.map(({ deviation }) => deviation);
  const expected = all.map((point) => point.expected);
  const [left, right] = [Math.min(...deviations), Math.max(...deviations)];
  const room = 0.06 * (right - left || Math.abs(left) || 1);
  const x = scaleLinear()
    .domain([left - room, right + room])
    .range(ACROSS);
  const [low, high] = [Math.min(...expected), Math.max(...expected)];
  const margin = 0.08 * (high - low || Math.abs(low) || 1);
  const y = valueScale(low - margin, high + margin);
  const path = line<CostAndRisk>(
    (point) => x(point.deviation),
    (point) => y(point.expected),
  )([...points]);
  const ticks = x.ticks(6).map((value) => ({ at: x(value), text: shown(value, 3) }));
  const place = (point: CostAndRisk) => ({ x: x(point.deviation), y: y(point.expected) });
  const dot = (point: CostAndRisk, radius: number) =>
    html`<circle cx="${px(place(point).x)}" cy="${px(place(point).y)}" r="${radius}"><title>${point.title}</title></circle>`;
  const description = `${chosen.label}: ${shown(chosen.expected)} ${unit} expected, ±${shown(chosen.deviation)} of risk.`;
  return frame({ title: 'Cost against risk', description }, [
    ...axes({ ticks, label: `risk, ± ${unit}` }, valueAxis(y, `expected, ${unit}`)),
    html`<path class="series" d="${path ?? ''}"/>`,
    html`<g class="positive">${points.map((point) => dot(point, 3))}</g>`,
    html`<g class="other">${others.map((point) => dot(point, 4))}</g>`,
    html`<g class="chosen">${dot(chosen, 6)}</g>`,
    ...labels([chosen, ...others], [chosen, ...others, ...points], place),
  ]);
}

/** Labels that find a place beside their points where no other one and no point stands; what finds none has its title. */
function labels(
  points: readonly CostAndRisk[],
  obstacles: readonly CostAndRisk[],
  place: (point: CostAndRisk) => { x: number; y: number },
): Markup[] {
  const taken = obstacles.map((point) => {
    const { x, y } = place(point);
    return { left: x - 4, right: x + 4, y: y + 4 };
  });
  return points.flatMap((point, k) => {
    const { x, y } = place(point);
    const width = 7.5 * point.label.length;
    const spots = [-10, 18, -24, 32].flatMap((up) => [
      { left: x + 8, right: x + 8 + width, y: y + up },
      { left: x - 8 - width, right: x - 8, y: y + up },
    ]);
    const spot = spots.find(
      (one) =>
        one.left >= ACROSS[0] &&
        one.right <= ACROSS[1] &&
        one.y > MARGIN.top &&
        one.y < HEIGHT - MARGIN.bottom - 2 &&
        taken.every((other) => one.right < other.left || one.left > other.right || Math.abs(one.y - other.y) > 11),
    );
    if (!spot) return [];
    taken.push(spot);
    const kind = k === 0 ? 'label chosen' : 'label';
    return [html`<text class="${kind}" x="${px(spot.left)}" y="${px(spot.y)}">${point.label}</text>`];
  });
}

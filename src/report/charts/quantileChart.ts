import { scaleLinear } from 'd3-scale';
import type { ShortfallDistribution } from '../../model/scorecard.js';
import type { UnitWords } from '../../model/units.js';
import { html, type Markup, percent, shown } from '../html.js';
import { ACROSS, acrossAxis, frame, px } from './frame.js';

const ROW = 34;

/** Pairs of probabilities that a strip is drawn between, the widest first, and how thick it is there. */
const STRIPS = [
  { from: 0.01, to: 0.99, thickness: 2 },
  { from: 0.05, to: 0.95, thickness: 10 },
  { from: 0.25, to: 0.75, thickness: 20 },
] as const;

/** Costs of orders by arm: where the middle half, nine in ten and all but the last hundredth of them lie. */
export function quantileChart(
  distributions: readonly ShortfallDistribution[],
  { move }: Pick<UnitWords, 'move'>,
): Markup {
  const bottom = distributions.length * ROW + 8;
  const values = distributions.flatMap(({ shortfall }) => shortfall);
  const x = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0, ...values)])
    .nice()
    .range([150, ACROSS[1]]);
  const rows = distributions.map((one, k) => strip(one, x, k * ROW + ROW / 2 + 4));
  const [first] = distributions;
  const description = `Half of ${first.group} costs ${shown(at(first, 0.25), 3)} to ${shown(at(first, 0.75), 3)} ${move}.`;
  return frame({ title: 'Distribution of shortfalls', description, height: bottom + 36 }, [
    acrossAxis(x, { top: 4, bottom, label: move }),
    ...rows,
  ]);
}

function strip(one: ShortfallDistribution, x: (value: number) => number, middle: number): Markup {
  const bars = STRIPS.map(({ from, to, thickness }) => {
    const [left, right] = [at(one, from), at(one, to)];
    const title = html`<title>${one.group}, ${percent(from, 0)} to ${percent(to, 0)}: ${shown(left, 3)} to ${shown(right, 3)}</title>`;
    const place = { x: px(x(left)), y: px(middle - thickness / 2), width: px(x(right) - x(left)) };
    return html`<rect class="strip" x="${place.x}" y="${place.y}" width="${place.width}" height="${thickness}">${title}</rect>`;
  });
  const median = px(x(at(one, 0.5)));
  const title = html`<title>${one.group}, median: ${shown(at(one, 0.5), 3)}</title>`;
  return html`${[
    html`<g class="axis"><text x="142" y="${middle + 4}" text-anchor="end">${one.group}</text></g>`,
    ...bars,
    html`<line class="median" x1="${median}" x2="${median}" y1="${middle - 13}" y2="${middle + 13}">${title}</line>`,
  ]}`;
}

const at = ({ probabilities, shortfall }: ShortfallDistribution, probability: number): number =>
  shortfall[probabilities.indexOf(probability)];

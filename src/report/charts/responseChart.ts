import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import type { UnitWords } from '../../model/units.js';
import { html, type Markup, shown } from '../html.js';
import type { ReportResponse } from '../impactData.js';
import { frame, px, WIDTH } from './frame.js';

const COLUMNS = 3;
const PANEL = { width: WIDTH / COLUMNS, height: 160 };
const MARGIN = { top: 22, right: 8, bottom: 22, left: 34 };
/** Room for the label of the horizontal axes. */
const FOOT = 18;
/** Standard errors to either side of a point: 90 % of a normal. */
const REACH = 1.645;

type Words = Pick<UnitWords, 'move'>;

/** Moves at once by the size of own flow, a panel for every name: the model as a line, what happened as points. */
export function responseChart(responses: readonly ReportResponse[], words: Words): Markup {
  const rows = Math.ceil(responses.length / COLUMNS);
  const height = rows * PANEL.height + FOOT;
  const label = `own flow of a bucket, millions; move in its direction, ${words.move}`;
  const foot = html`<text x="${WIDTH / 2}" y="${height - 4}" text-anchor="middle">${label}</text>`;
  return frame({ title: 'Response to own flow by size', description: described(responses, words), height }, [
    ...responses.map((response, k) => {
      const [left, top] = [(k % COLUMNS) * PANEL.width, Math.floor(k / COLUMNS) * PANEL.height];
      return html`<g transform="translate(${px(left)} ${top})">${panel(response)}</g>`;
    }),
    html`<g class="axis">${foot}</g>`,
  ]);
}

/** Points whose interval leaves out the line, by name. */
export function misfits({ curve, points }: ReportResponse): { readonly above: number; readonly below: number } {
  const off = points.map(({ flow, move, error }) => (move - modelAt(curve, flow)) / error);
  return { above: off.filter((t) => t > REACH).length, below: off.filter((t) => t < -REACH).length };
}

function described(responses: readonly ReportResponse[], { move }: Words): string {
  const each = responses.map((response) => {
    const last = response.points[response.points.length - 1];
    const { above, below } = misfits(response);
    const observed = `${shown(last.move, 3)} ${move} at ${shown(last.flow, 3)} million`;
    const said = `the model says ${shown(modelAt(response.curve, last.flow), 3)}`;
    return `${response.symbol}: ${observed}, ${said}; ${above} of ${response.points.length} points above the line, ${below} below.`;
  });
  return each.join(' ');
}

/** Between the steps of the curve. */
function modelAt(curve: ReportResponse['curve'], flow: number): number {
  const next = Math.max(
    1,
    Math.min(
      curve.length - 1,
      curve.findIndex((point) => point.flow >= flow),
    ),
  );
  const [a, b] = [curve[next - 1], curve[next]];
  return b.flow > a.flow ? a.move + ((flow - a.flow) / (b.flow - a.flow)) * (b.move - a.move) : a.move;
}

interface Scales {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

function panel({ symbol, curve, points }: ReportResponse): Markup {
  const bounds = points.flatMap(({ move, error }) => [move - REACH * error, move + REACH * error]);
  const moves = [...curve.map(({ move }) => move), ...bounds, 0];
  const x = scaleLinear()
    .domain([0, curve[curve.length - 1].flow])
    .range([MARGIN.left, PANEL.width - MARGIN.right]);
  const y = scaleLinear()
    .domain([Math.min(...moves), Math.max(...moves)])
    .range([PANEL.height - MARGIN.bottom, MARGIN.top]);
  const title = html`<text class="name" x="${MARGIN.left}" y="14">${symbol}</text>`;
  return html`${[axes({ x, y }), title, modelLine(curve, { x, y }), points.map((point) => mark(point, { x, y }))]}`;
}

function axes({ x, y }: Scales): Markup {
  const across = y.ticks(4).map((value) => {
    const at = px(y(value));
    const rule = html`<line x1="${MARGIN.left}" x2="${px(PANEL.width - MARGIN.right)}" y1="${at}" y2="${at}"/>`;
    return html`${rule}<text x="${MARGIN.left - 4}" y="${px(y(value) + 4)}" text-anchor="end">${shown(value, 3)}</text>`;
  });
  const bottom = PANEL.height - MARGIN.bottom + 14;
  const below = x
    .ticks(3)
    .map((value) => html`<text x="${px(x(value))}" y="${bottom}" text-anchor="middle">${shown(value, 3)}</text>`);
  return html`<g class="axis">${across}${below}</g>`;
}

function modelLine(curve: ReportResponse['curve'], { x, y }: Scales): Markup {
  const path = line<ReportResponse['curve'][number]>(
    ({ flow }) => x(flow),
    ({ move }) => y(move),
  ).curve(curveMonotoneX)(curve);
  return html`<path class="series" d="${path ?? ''}"/>`;
}

function mark({ flow, move, error }: ReportResponse['points'][number], { x, y }: Scales): Markup {
  const at = px(x(flow));
  const [low, high] = [px(y(move - REACH * error)), px(y(move + REACH * error))];
  const interval = html`<line x1="${at}" x2="${at}" y1="${low}" y2="${high}"/>`;
  return html`<g class="lag">${interval}<circle cx="${at}" cy="${px(y(move))}" r="2"/></g>`;
}

import { type ScaleLinear, scaleLinear } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import { log } from '../../numerics/elementary/elementary.js';
import { html, type Markup, shown } from '../html.js';
import type { DecayPoint, ReportKernel } from '../impactData.js';
import { ACROSS, axes, frame, px, valueAxis, valueScale } from './frame.js';

interface Scales {
  readonly x: (seconds: number) => number;
  readonly y: ScaleLinear<number, number>;
}

/** What is left of impact against time since the trade, on a logarithmic axis: the fit and its band, lags as points. */
export function kernelChart(kernel: ReportKernel): Markup {
  const curve = kernel.curve.filter((point) => point.seconds > 0);
  const [first, last] = [curve[0], curve[curve.length - 1]];
  const lags = shownLags(kernel);
  const x = logScale(Math.min(first.seconds, ...lags.map((lag) => lag.seconds)), last.seconds);
  const y = valueScale(
    Math.min(0, ...lags.flatMap(({ level, low = level, predicted = level }) => [low, predicted])),
    Math.max(1, ...lags.flatMap(({ level, high = level, predicted = level }) => [high, predicted])),
  );
  const seconds = DECADES.filter((s) => s >= first.seconds && s <= last.seconds);
  const ticks = seconds.map((s) => ({ at: x(s), text: s < 60 ? `${s} s` : `${s / 60} min` }));
  const description = `From 1 at the trade to ${shown(last.level, 3)} after ${shown(last.seconds, 3)} seconds.`;
  return frame({ title: 'Decay of impact', description }, [
    ...axes({ ticks, label: 'time since the trade' }, valueAxis(y, 'share of impact left')),
    ...band(kernel.bands, last.seconds, { x, y }),
    fitted(curve, { x, y }),
    ...predictedLine(lags, { x, y }),
    ...lags.map((lag) => lagMark(lag, { x, y })),
  ]);
}

/** Across the frame by the logarithm; that of d3 has the engine's digits. */
function logScale(low: number, high: number): Scales['x'] {
  const across = scaleLinear()
    .domain([log(low), log(high)])
    .range(ACROSS);
  return (seconds) => across(log(seconds));
}

/** Seconds that the axis may name. */
const DECADES = [0.25, 1, 5, 30, 60, 300, 1800];

/** A lag of no bucket has no place on a logarithmic axis: it stands half a bucket after the trade. */
const shownLags = ({ lags, bucketMs }: ReportKernel): ReportKernel['lags'] =>
  lags.map((lag) => ({ ...lag, seconds: Math.max(lag.seconds, bucketMs / 2000) }));

/** Along the upper bounds and back along the lower ones. */
function band(bands: ReportKernel['bands'], last: number, { x, y }: Scales): Markup[] {
  const bounds = bands.flatMap(({ seconds, low, high }) =>
    low === undefined || high === undefined || seconds <= 0 || seconds > last ? [] : [{ seconds, low, high }],
  );
  if (bounds.length < 2) return [];
  const point = (seconds: number, level: number) => `${px(x(seconds))},${px(y(level))}`;
  const upper = bounds.map(({ seconds, high }) => point(seconds, high));
  const lower = bounds.map(({ seconds, low }) => point(seconds, low)).reverse();
  return [html`<polygon class="band" points="${[...upper, ...lower].join(' ')}"/>`];
}

function fitted(curve: readonly DecayPoint[], { x, y }: Scales): Markup {
  const path = line<DecayPoint>(
    ({ seconds }) => x(seconds),
    ({ level }) => y(level),
  ).curve(curveMonotoneX)(curve);
  return html`<path class="series" d="${path ?? ''}"/>`;
}

/** What a concave model says lag by lag, where there is one. */
function predictedLine(lags: ReportKernel['lags'], { x, y }: Scales): Markup[] {
  const points = lags.flatMap(({ seconds, predicted }) =>
    predicted === undefined ? [] : [`${px(x(seconds))},${px(y(predicted))}`],
  );
  return points.length > 0 ? [html`<polyline class="predicted" points="${points.join(' ')}"/>`] : [];
}

/** A point and its interval. */
function lagMark({ seconds, level, low, high }: ReportKernel['lags'][number], { x, y }: Scales): Markup {
  const at = px(x(seconds));
  const interval = html`<line x1="${at}" x2="${at}" y1="${px(y(low ?? level))}" y2="${px(y(high ?? level))}"/>`;
  return html`<g class="lag">${interval}<circle cx="${at}" cy="${px(y(level))}" r="3"/></g>`;
}

import { healthChart } from './charts/healthChart.js';
import { sparkline } from './charts/sparkline.js';
import { figure, table } from './elements.js';
import { html, type Markup, shown } from './html.js';
import { page, section } from './page.js';

/** One calibration among those before and after it; `null` where the artifact does not say. */
export interface HealthPoint {
  readonly date: string;
  readonly version: string;
  readonly names: number;
  readonly certificate: string;
  readonly gatesFailed: readonly string[];
  readonly conditionNumber: number | null;
  readonly crossShare: number | null;
  readonly basketNorm: number | null;
  /** Share of the last window's moves that are there. */
  readonly coverage: number | null;
  readonly outOfSampleR2: number | null;
  readonly crossGain: number | null;
  /** Realised on predicted moves at the shortest horizon: 1 where impact is of the right size. */
  readonly realisedOnPredicted: number | null;
  /** Relative change of normalised K since the calibration before. */
  readonly turnover: number | null;
}

/** What is drawn and tabulated, in the order of the reader's interest. */
export const HEALTH_MEASURES = [
  { key: 'conditionNumber', label: 'condition number' },
  { key: 'crossShare', label: 'cross share' },
  { key: 'realisedOnPredicted', label: 'realised / predicted' },
  { key: 'coverage', label: 'coverage' },
  { key: 'outOfSampleR2', label: 'out-of-sample R²' },
  { key: 'crossGain', label: 'gain of links' },
  { key: 'turnover', label: 'turnover' },
] as const satisfies readonly { key: keyof HealthPoint; label: string }[];

/** The series as one self-contained page. */
export function renderHealth(model: string, points: readonly HealthPoint[]): string {
  return page(`${model} – health`, [
    header(model, points),
    overview(points),
    ...HEALTH_MEASURES.map((measure) => section(capitalised(measure.label), chart(measure, points))),
    section('Calibrations', calibrations(points)),
  ]);
}

const capitalised = (label: string): string => label.charAt(0).toUpperCase() + label.slice(1);

function header(model: string, points: readonly HealthPoint[]): Markup {
  const failed = points.filter((point) => point.gatesFailed.length > 0 || point.certificate !== 'passed').length;
  const verdict =
    failed === 0 ? 'Every calibration passed its gates' : `${failed} calibration${failed > 1 ? 's' : ''} failed a gate`;
  const span = `${points[0].date} to ${points[points.length - 1].date}, ${points.length} calibrations`;
  return html`<header>${[
    html`<h1>${model} <span class="soft">health</span></h1>`,
    html`<p class="verdict ${failed === 0 ? 'passed' : 'failed'}">${verdict}.</p>`,
    html`<p class="soft">${span}.</p>`,
  ]}</header>`;
}

/** Every measure at a glance, its last value beside it. */
function overview(points: readonly HealthPoint[]): Markup {
  const figures = HEALTH_MEASURES.map(({ key, label }) => {
    const series = points.map((point) => ({ date: point.date, value: point[key] }));
    const last = html`<strong>${shown(points[points.length - 1][key])}</strong> ${label}`;
    return figure(sparkline(label, series), last);
  });
  return html`<div class="sparks">${figures}</div>`;
}

function chart({ key, label }: (typeof HEALTH_MEASURES)[number], points: readonly HealthPoint[]): Markup {
  const series = points.map((point) => ({ date: point.date, value: point[key] }));
  return html`<figure>${healthChart(label, series)}</figure>`;
}

function calibrations(points: readonly HealthPoint[]): Markup {
  const headers = ['date', 'version', 'certificate', 'gates failed', ...HEALTH_MEASURES.map(({ label }) => label)];
  const rows = points.map((point) => [
    point.date,
    point.version,
    point.certificate,
    point.gatesFailed.join(', '),
    ...HEALTH_MEASURES.map(({ key }) => shown(point[key])),
  ]);
  return table(headers, rows);
}

import { healthChart } from './charts/healthChart.js';
import { html, shown } from './html.js';
import { page, section, table } from './page.js';

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
  const failed = points.filter((point) => point.gatesFailed.length > 0 || point.certificate !== 'passed');
  const span = `${points[0].date} to ${points[points.length - 1].date}, ${points.length} calibrations`;
  const verdict =
    failed.length === 0 ? 'Every calibration passed its gates' : `${failed.length} calibrations failed a gate`;
  const header = html`<header><h1>${model} <span class="soft">health</span></h1><p class="verdict ${failed.length === 0 ? 'passed' : 'failed'}">${verdict}.</p><p class="soft">${span}.</p></header>`;
  const charts = HEALTH_MEASURES.map(({ key, label }) =>
    section(
      label.charAt(0).toUpperCase() + label.slice(1),
      html`<figure>${healthChart(
        label,
        points.map((point) => ({ date: point.date, value: point[key] })),
      )}</figure>`,
    ),
  );
  const rows = points.map((point) => [
    point.date,
    point.version,
    point.certificate,
    point.gatesFailed.join(', '),
    ...HEALTH_MEASURES.map(({ key }) => shown(point[key])),
  ]);
  const headers = ['date', 'version', 'certificate', 'gates failed', ...HEALTH_MEASURES.map(({ label }) => label)];
  return page(`${model} – health`, [header, ...charts, section('Calibrations', table(headers, rows))]);
}

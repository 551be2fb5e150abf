import { plainPill } from './elements.js';
import { html, type Markup } from './html.js';
import { GLOSSARY_TITLE, type IndexEntry, index, page, section } from './page.js';
import type { ReportData } from './reportData.js';
import { admission } from './sections/admission.js';
import { answers } from './sections/answers.js';
import { certificate } from './sections/certificate.js';
import { decay } from './sections/decay.js';
import { failureModes } from './sections/failureModes.js';
import { baskets, horizons, orders, scores } from './sections/fit.js';
import { gateTable } from './sections/gates.js';
import { guardrailHistory } from './sections/guardrailHistory.js';
import { linkMaps } from './sections/links.js';
import { dataQuality, names } from './sections/names.js';
import { notes, provenance } from './sections/provenance.js';
import { regimes } from './sections/regimes.js';
import { scheduleReplay } from './sections/scheduleReplay.js';
import { scorecard } from './sections/scorecard.js';
import { shapeOfImpact } from './sections/shape.js';
import { shrinkage } from './sections/shrinkage.js';

/** The report as one self-contained page: no network, inline SVG, light and dark, prints to A4. */
export function renderHtml(data: ReportData): string {
  const parts = partsOf(data);
  return page(`${data.model} ${data.asof} – cross-impact`, [
    header(data),
    answers(data),
    index([...parts, { title: GLOSSARY_TITLE }]),
    ...parts.map(({ title, body }) => section(title, body)),
  ]);
}

/** Sections in the order of the reader's interest. */
function partsOf(data: ReportData): (IndexEntry & { readonly body: Markup })[] {
  return [
    { title: 'Gates', body: gateTable(data), mark: markOf(data.verdict.gates) },
    { title: 'What may have gone wrong', body: failureModes(data), mark: redMark(data) },
    { title: 'What orders cost', body: scorecard(data) },
    { title: 'Would cross-aware scheduling have paid?', body: scheduleReplay(data) },
    { title: 'Links between names', body: linkMaps(data) },
    { title: 'Cost of reference orders', body: orders(data) },
    { title: 'Cost of reference baskets', body: baskets(data) },
    { title: 'Out-of-sample fit', body: scores(data) },
    { title: 'Shape of impact', body: shapeOfImpact(data) },
    { title: 'Decay', body: decay(data) },
    { title: 'Fit by markout horizon', body: horizons(data) },
    { title: 'No-arbitrage certificate', body: certificate(data), mark: markOf(data.certificate.status) },
    { title: 'Price of admission', body: admission(data) },
    { title: 'Shrinkage', body: shrinkage(data) },
    { title: 'Regimes', body: regimes(data) },
    { title: 'Guardrails over history', body: guardrailHistory(data) },
    { title: 'Names', body: names(data) },
    { title: 'Data quality', body: dataQuality(data) },
    { title: 'Notes', body: notes(data) },
    { title: 'Provenance', body: provenance(data) },
  ];
}

const markOf = (verdict: string): Markup => html` ${plainPill(verdict)}`;

function redMark({ diagnoses }: ReportData): Markup | undefined {
  const red = diagnoses.filter(({ verdict }) => verdict === 'red').length;
  return red > 0 ? html` <span class="pill red">${red} red</span>` : undefined;
}

/** What the reader must know before anything else. */
function header({ model, asof, verdict, ...data }: ReportData): Markup {
  return html`<header>${[
    html`<h1>${model} <span class="soft">as of ${asof}</span></h1>`,
    html`<p class="verdict ${verdict.gates}">${verdict.headline}.</p>`,
    html`<p class="soft">${extent(data)} Certificate: ${data.certificate.status}.</p>`,
  ]}</header>`;
}

function extent({ names: all, window, kernel }: Pick<ReportData, 'names' | 'window' | 'kernel'>): string {
  const { dates, folds, buckets } = window;
  const span = dates.length === 1 ? dates[0] : `${dates[0]} to ${dates.at(-1)}, ${dates.length} days`;
  return `${all.length} names, ${span}, ${buckets} buckets of ${kernel.bucketMs} ms in ${folds} folds.`;
}

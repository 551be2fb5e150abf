import { html, type Markup } from './html.js';
import { page, section } from './page.js';
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
  const sections = [
    header(data),
    answers(data),
    section('Gates', gateTable(data)),
    section('What may have gone wrong', failureModes(data)),
    section('What orders cost', scorecard(data)),
    section('Would cross-aware scheduling have paid?', scheduleReplay(data)),
    section('Links between names', linkMaps(data)),
    section('Cost of reference orders', orders(data)),
    section('Cost of reference baskets', baskets(data)),
    section('Out-of-sample fit', scores(data)),
    section('Shape of impact', shapeOfImpact(data)),
    section('Decay', decay(data)),
    section('Fit by markout horizon', horizons(data)),
    section('No-arbitrage certificate', certificate(data)),
    section('Price of admission', admission(data)),
    section('Shrinkage', shrinkage(data)),
    section('Regimes', regimes(data)),
    section('Guardrails over history', guardrailHistory(data)),
    section('Names', names(data)),
    section('Data quality', dataQuality(data)),
    section('Notes', notes(data)),
    section('Provenance', provenance(data)),
  ];
  return page(`${data.model} ${data.asof} – cross-impact`, sections);
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

import { isFailing } from '../model/gate.js';
import { html, type Markup, shown } from './html.js';
import { page, section } from './page.js';
import { markdownTable, markdownText } from './renderMarkdown.js';
import type { MatrixReportData } from './reportData.js';
import { certificate } from './sections/certificate.js';
import { gateTable, headline } from './sections/gates.js';
import { linkMaps } from './sections/links.js';
import { notes, provenance } from './sections/provenance.js';

/** The report of a matrix that came without data: what admission made of it. */
export function renderMatrixHtml(data: MatrixReportData): string {
  return page(`${data.model} ${data.asof} – cross-impact`, [
    header(data),
    section('Gates', gateTable(data)),
    section('Links between names', linkMaps(data, 'As given')),
    section('No-arbitrage certificate', certificate(data)),
    section('Notes', notes(data)),
    section('Provenance', provenance(data)),
  ]);
}

function header({ model, asof, gates, names, certificate: { status } }: MatrixReportData): Markup {
  const when = asof === 'undated' ? 'undated matrix' : `as of ${asof}`;
  return html`<header>${[
    html`<h1>${model} <span class="soft">${when}</span></h1>`,
    html`<p class="verdict ${gates.some(isFailing) ? 'failed' : 'passed'}">${headline(gates)}.</p>`,
    html`<p class="lead">A matrix brought from elsewhere, ${names.length} names. Certificate: ${status}.</p>`,
  ]}</header>`;
}

export function renderMatrixMarkdown(data: MatrixReportData): string {
  return `${[
    `# ${markdownText(data.model)}, ${data.asof}`,
    '',
    `**${headline(data.gates)}.** Certificate: ${data.certificate.status}.`,
    '',
    ...markdownTable(
      ['check', 'value', 'bound', 'holds'],
      data.certificate.checks.map((c) => [c.name, shown(c.value), shown(c.bound), c.passed ? 'yes' : 'no']),
    ),
    '',
    ...data.notes.map((note) => `- ${markdownText(note)}`),
  ].join('\n')}\n`;
}

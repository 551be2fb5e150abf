import { isFailing } from '../model/gate.js';
import { certificate, linkMaps } from './constraintSections.js';
import { html, shown } from './html.js';
import { gateTable, headline, notes, page, provenance, section } from './page.js';
import { markdownTable, markdownText } from './renderMarkdown.js';
import type { MatrixReportData } from './reportData.js';

/** The report of a matrix that came without data: what admission made of it. */
export function renderMatrixHtml(data: MatrixReportData): string {
  const failed = data.gates.some(isFailing);
  const header = html`<header><h1>${data.model} <span class="soft">${data.asof === 'undated' ? 'undated matrix' : `as of ${data.asof}`}</span></h1><p class="verdict ${failed ? 'failed' : 'passed'}">${headline(data.gates)}.</p><p class="lead">A matrix brought from elsewhere, ${data.names.length} names. Certificate: ${data.certificate.status}.</p></header>`;
  return page(`${data.model} ${data.asof} – cross-impact`, [
    header,
    section('Gates', gateTable(data)),
    section('Links between names', linkMaps(data, 'As given')),
    section('No-arbitrage certificate', certificate(data)),
    section('Notes', notes(data)),
    section('Provenance', provenance(data)),
  ]);
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

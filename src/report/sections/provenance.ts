import { bullets, details, table } from '../elements.js';
import { html, type Markup } from '../html.js';
import type { ReportData } from '../reportData.js';

export function notes({ notes: all }: Pick<ReportData, 'notes'>): Markup {
  return all.length > 0 ? bullets(all) : html`<p>None.</p>`;
}

/** What the version was made from and with. */
export function provenance({ producer, inputs, config }: Pick<ReportData, 'producer' | 'inputs' | 'config'>): Markup {
  const files = table(
    ['dataset', 'date', 'rows', 'sha256'],
    inputs.map((i) => [i.dataset, i.date ?? '', i.rows, i.sha256]),
  );
  const settings = html`<pre tabindex="0">${JSON.stringify(config, null, 2)}</pre>`;
  const { name, packageVersion, methodVersion } = producer;
  const program = html`<p>${name} ${packageVersion}, method ${methodVersion}.</p>`;
  return html`${program}${details('Inputs', files)}${details('Configuration', settings)}`;
}

import { isFailing } from '../model/gate.js';
import { html, Markup, shown } from './html.js';
import type { ReportData } from './reportData.js';
import { SORT_SCRIPT, STYLE } from './style.js';

/** One self-contained page: no network, inline SVG, light and dark, prints to A4. */
export function page(title: string, sections: readonly Markup[]): string {
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>${title}</title><style>${new Markup(STYLE)}</style></head><body><main>${sections}</main><script>${new Markup(SORT_SCRIPT)}</script></body></html>`
      .text
  }\n`;
}

export function section(title: string, body: Markup): Markup {
  return html`<section><h2>${title}</h2>${body}</section>`;
}

/** What failed, in words. */
export function headline(gates: ReportData['gates']): string {
  const failed = gates.filter(isFailing).map((gate) => gate.name);
  return failed.length === 0
    ? 'All gates pass'
    : `${failed.length} gate${failed.length > 1 ? 's' : ''} failed: ${failed.join(', ')}`;
}

export function gateTable(data: Pick<ReportData, 'gates'>): Markup {
  return table(
    ['gate', 'verdict', 'value', 'bound', '95 % interval', 'meaning'],
    data.gates.map((g) => [
      g.name,
      html`<span class="pill ${g.verdict.replaceAll(' ', '-')}">${g.verdict}</span>`,
      shown(g.value),
      shown(g.bound),
      g.low === undefined ? '' : `${shown(g.low, 3)} … ${shown(g.high, 3)}`,
      g.reason,
    ]),
  );
}

export function notes(data: Pick<ReportData, 'notes'>): Markup {
  return data.notes.length > 0
    ? html`<ul>${data.notes.map((note) => html`<li>${note}</li>`)}</ul>`
    : html`<p>None.</p>`;
}

export function provenance(data: Pick<ReportData, 'producer' | 'inputs' | 'config'>): Markup {
  const { name, packageVersion, methodVersion } = data.producer;
  return html`<p>${name} ${packageVersion}, method ${methodVersion}.</p><details><summary>Inputs</summary>${table(
    ['dataset', 'date', 'rows', 'sha256'],
    data.inputs.map((i) => [i.dataset, i.date ?? '', i.rows, i.sha256]),
  )}</details><details><summary>Configuration</summary><pre tabindex="0">${JSON.stringify(data.config, null, 2)}</pre></details>`;
}

type Cell = string | number | Markup;

/** A table that a click on a heading sorts. */
export function table(headers: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const numeric = headers.map((_, c) =>
    rows.every(
      (row) => typeof row[c] === 'number' || (typeof row[c] === 'string' && /^[–\d.\-+e %]*$/.test(row[c] as string)),
    ),
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${headers.join(', ')}"><table><thead><tr>${headers.map((h, c) => html`<th scope="col"${numeric[c] ? new Markup(' class="number"') : ''}><button type="button">${h}</button></th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell, c) => html`<td${numeric[c] ? new Markup(' class="number"') : ''}>${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}

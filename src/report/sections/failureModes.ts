import { bullets, details, NOTHING, pill, table } from '../elements.js';
import { explained } from '../glossary/terms.js';
import { html, inWords, type Markup, percent, shown } from '../html.js';
import type { ReportData } from '../reportData.js';
import { stateWords } from './regimes.js';

/** What commonly goes wrong, whether it did, and what to do about it. */
export function failureModes({ diagnoses }: ReportData): Markup {
  if (diagnoses.length === 0)
    return html`<p>Not looked for: the window has a single fold, or factors are derived from the names.</p>`;
  const red = diagnoses.filter(({ verdict }) => verdict === 'red');
  const lead =
    red.length === 0
      ? html`<p>No diagnostic is red.</p>`
      : bullets(red.map(({ mode, remedy }) => html`<strong>${explained(mode, 'diagnostic')}</strong>: ${remedy}.`));
  const verdicts = table(
    ['failure mode', 'verdict', 'value', 'bound', 'effect on cost', 'evidence'],
    diagnoses.map((d) => [
      explained(d.mode, 'diagnostic'),
      pill(d.verdict),
      shown(d.value, 3),
      shown(d.bound, 3),
      d.effect === undefined ? '' : percent(d.effect, 1),
      d.evidence,
    ]),
  );
  return html`${lead}${verdicts}${diagnoses.filter(({ detail }) => detail.length > 0).map(numbersBehind)}`;
}

/** Rows of a detail that are shown; the others are in report.json. */
const MOST_ROWS = 60;

function numbersBehind({ mode, detail }: ReportData['diagnoses'][number]): Markup {
  const columns = [...new Set(detail.flatMap((row) => Object.keys(row)))];
  const cell = (value: number | string | undefined) =>
    typeof value === 'number' ? shown(value, 3) : stateWords(value ?? '');
  const rows = detail.slice(0, MOST_ROWS).map((row) => columns.map((column) => cell(row[column])));
  const more = detail.length > MOST_ROWS ? html`<p class="soft">${MOST_ROWS} of ${detail.length} rows.</p>` : NOTHING;
  return details(`Numbers behind “${mode}”`, html`${table(columns.map(inWords), rows)}${more}`);
}

import { timelineChart } from './charts.js';
import { html, type Markup, percent, shown } from './html.js';
import { table } from './page.js';
import type { ReportData } from './reportData.js';

/** What commonly goes wrong, whether it did, and what to do about it. */
export function failureModes({ diagnoses }: ReportData): Markup {
  if (diagnoses.length === 0)
    return html`<p>Not looked for: the window has a single fold, or factors are derived from the names.</p>`;
  const red = diagnoses.filter(({ verdict }) => verdict === 'red');
  const lead =
    red.length === 0
      ? html`<p>No diagnostic is red.</p>`
      : html`<ul>${red.map(({ mode, remedy }) => html`<li><strong>${mode}</strong>: ${remedy}.</li>`)}</ul>`;
  const rows = diagnoses.map((d) => [
    d.mode,
    html`<span class="pill ${d.verdict.replaceAll(' ', '-')}">${d.verdict}</span>`,
    shown(d.value, 3),
    shown(d.bound, 3),
    d.effect === undefined ? '' : percent(d.effect, 1),
    d.evidence,
  ]);
  const details = diagnoses.filter(({ detail }) => detail.length > 0).map(detailTable);
  return html`${lead}${table(['failure mode', 'verdict', 'value', 'bound', 'effect on cost', 'evidence'], rows)}${details}`;
}

/** Rows of a detail that are shown; the others are in report.json. */
const MOST_ROWS = 60;

function detailTable({ mode, detail }: ReportData['diagnoses'][number]): Markup {
  const columns = [...new Set(detail.flatMap((row) => Object.keys(row)))];
  const rows = detail
    .slice(0, MOST_ROWS)
    .map((row) =>
      columns.map((column) => (typeof row[column] === 'number' ? shown(row[column], 3) : (row[column] ?? ''))),
    );
  const more = detail.length > MOST_ROWS ? html`<p class="soft">${MOST_ROWS} of ${detail.length} rows.</p>` : html``;
  return html`<details><summary>Numbers behind “${mode}”</summary>${table(columns, rows)}${more}</details>`;
}

const LEVEL_WORDS = {
  full: 'all links',
  crossFrozen: 'links held',
  blockDiagonal: 'links inside blocks',
  diagonal: 'self impact alone',
} as const;

/** When the guardrails would have fired, for how long, and what that would have done to prediction and predicted cost. */
export function guardrailHistory({ guardrailHistory: history }: ReportData): Markup {
  if (!history) return html`<p>Not replayed: the window has a single fold, or factors are derived from the names.</p>`;
  const { totals, guardrails, segments, bucketMs } = history;
  const share = (level: keyof typeof LEVEL_WORDS) => percent(totals.inState[level] / Math.max(1, totals.buckets), 1);
  const minutes = (buckets: number) => shown((buckets * bucketMs) / 60_000, 3);
  const rows = guardrails.map((g) => [
    WORDS[g.guardrail] ?? g.guardrail,
    g.fired,
    minutes(g.buckets),
    minutes(g.longest),
    LEVEL_WORDS[g.demands],
    g.moves > 0 ? percent(g.squaredErrorFallback / g.squaredErrorFull - 1, 2) : '',
    g.moves > 0 ? shown(g.moneyFallback - g.moneyFull, 3) : '',
  ]);
  const levels = (Object.keys(LEVEL_WORDS) as (keyof typeof LEVEL_WORDS)[])
    .map((level) => `${LEVEL_WORDS[level]} ${share(level)}`)
    .join(', ');
  return html`<p>A live system that had loaded the model of the days before would have priced ${totals.buckets} buckets with ${levels}.</p><figure>${timelineChart(segments, bucketMs)}<figcaption>${(Object.keys(LEVEL_WORDS) as (keyof typeof LEVEL_WORDS)[]).map((level) => html`<span class="key level-${level}"></span>${LEVEL_WORDS[level]} `)}</figcaption></figure>${table(['guardrail', 'fired', 'minutes', 'longest, minutes', 'falls back to', 'squared error, change', 'predicted cost, change'], rows)}<p class="soft">A change below zero says that falling back would have predicted better while the guardrail was active, or that the flow would have been thought cheaper, in units of the reporting currency.</p>`;
}

const WORDS: Readonly<Record<string, string>> = {
  conditionNumber: 'condition number',
  crossShare: 'cross share',
  basketNorm: 'basket norm',
  regimeBreak: 'regime break',
  dataLag: 'data lag',
  venueOutage: 'venue outage',
  canary: 'canary',
};

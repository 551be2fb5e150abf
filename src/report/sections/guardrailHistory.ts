import { type Guardrail, type GuardrailHistory, LEVELS, type Level } from '../../model/guardrails.js';
import { timelineChart } from '../charts/timelineChart.js';
import { figure, key, table } from '../elements.js';
import { explained } from '../glossary/terms.js';
import { html, type Markup, percent, shown } from '../html.js';
import type { ReportData } from '../reportData.js';

const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  full: 'all links',
  crossFrozen: 'links held',
  blockDiagonal: 'links inside blocks',
  diagonal: 'self impact alone',
};

const GUARDRAIL_WORDS: Readonly<Record<Guardrail, string>> = {
  conditionNumber: 'condition number',
  crossShare: 'cross share',
  basketNorm: 'basket norm',
  regimeBreak: 'regime break',
  dataLag: 'data lag',
  venueOutage: 'venue outage',
  canary: 'canary',
  frozenLinks: 'frozen links',
};

/** When the guardrails would have fired, for how long, and what that would have done to prediction and cost. */
export function guardrailHistory({ guardrailHistory: history }: ReportData): Markup {
  if (!history) return html`<p>Not replayed: the window has a single fold, or factors are derived from the names.</p>`;
  const { totals, guardrails, segments, bucketMs } = history;
  const legend = LEVELS.map((level) => html`${key(`level-${level}`)}${LEVEL_WORDS[level]} `);
  return html`${[
    timeAtLevels(totals),
    figure(timelineChart(segments, bucketMs), legend),
    firings(guardrails, bucketMs),
    html`<p class="soft">${MEANING}</p>`,
  ]}`;
}

const MEANING =
  'A change below zero says that falling back would have predicted better while the guardrail was active, ' +
  'or that the flow would have been thought cheaper, in units of the reporting currency.';

function timeAtLevels({ inState, buckets }: GuardrailHistory['totals']): Markup {
  const shares = LEVELS.map((level) => `${LEVEL_WORDS[level]} ${percent(inState[level] / Math.max(1, buckets), 1)}`);
  const model = 'A live system that had loaded the model of the days before';
  return html`<p>${model} would have priced ${buckets} buckets with ${shares.join(', ')}.</p>`;
}

function firings(guardrails: GuardrailHistory['guardrails'], bucketMs: number): Markup {
  const minutes = (buckets: number) => shown((buckets * bucketMs) / 60_000, 3);
  const rows = guardrails.map((g) => [
    explained(g.guardrail, 'guardrail', GUARDRAIL_WORDS[g.guardrail]),
    g.fired,
    minutes(g.buckets),
    minutes(g.longest),
    explained(g.demands, 'level', LEVEL_WORDS[g.demands]),
    g.moves > 0 ? percent(g.squaredErrorFallback / g.squaredErrorFull - 1, 2) : '',
    g.moves > 0 ? shown(g.moneyFallback - g.moneyFull, 3) : '',
  ]);
  const changes = ['squared error, change', 'predicted cost, change'];
  return table(['guardrail', 'fired', 'minutes', 'longest, minutes', 'falls back to', ...changes], rows);
}

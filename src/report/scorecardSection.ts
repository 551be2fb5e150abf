import { tailChart } from './charts/tailChart.js';
import { html, type Markup, percent, shown } from './html.js';
import { table } from './page.js';
import type { ReportData, ReportEstimate, ReportScorecard } from './reportData.js';

/** What the parent orders of the window cost, in parts and by group, and how arms compare. */
export function scorecard({ scorecard: card, names }: ReportData): Markup {
  if (!card) return html`<p>No parent orders on the days of the window.</p>`;
  const { groups, intervals, issues } = card;
  const arms = groups.filter(
    ({ dimension }) => dimension === (groups.some((g) => g.dimension === 'arm') ? 'arm' : 'all'),
  );
  const parts = Object.keys(groups[0].parts);
  const rows = groups
    .filter(({ dimension }) => dimension !== 'block' || names.length <= MOST_NAMES)
    .map((g) => [
      g.dimension === 'all' ? 'all' : `${g.dimension} ${g.group}`,
      shown(g.parents, 5),
      bounded(g.shortfall.mean),
      shown(g.shortfall.median.value, 3),
      bounded(g.shortfall.q95),
      shown(g.shortfall.q99.value, 3),
      ...parts.map((part) => shown(g.parts[part], 3)),
      percent(g.completion, 1),
      g.deadlineMisses,
    ]);
  const issueRows = issues.map(({ issue, count, meaning }) => [issue.replaceAll('_', ' '), count, meaning]);
  return html`<p>Implementation shortfall of ${card.parents} parent orders against the mid at arrival, bps of the arrival notional, what was not filled valued at the deadline. The parts sum to the mean. ${percent(intervals.coverage, 0)} intervals resample ${intervals.clusters} clusters (by ${intervals.clusteredBy}).</p><figure>${tailChart(arms)}<figcaption>Mean, median, q95 and q99 with their intervals</figcaption></figure>${table(['orders', 'count', 'mean', 'median', 'q95', 'q99', ...parts, 'completion', 'misses'], rows)}${comparisons(card)}${issueRows.length > 0 ? html`<details><summary>What was wrong with orders and fills</summary>${table(['issue', 'rows', 'what became of them'], issueRows)}</details>` : html``}${card.notes.length > 0 ? html`<ul>${card.notes.map((note) => html`<li>${note}</li>`)}</ul>` : html``}`;
}

/** With more names there are more blocks than a reader compares. */
const MOST_NAMES = 150;

/** Kept on one line. */
function bounded({ value, low, high }: ReportEstimate): string {
  const interval = low === undefined || high === undefined ? '' : ` (${shown(low, 3)} … ${shown(high, 3)})`;
  return `${shown(value, 3)}${interval}`.replaceAll(' ', '\u00a0');
}

function comparisons({ comparisons: all }: ReportScorecard): Markup {
  if (all.length === 0) return html`<p>The orders are not in two arms: nothing is compared.</p>`;
  const rows = all.map((c) => [
    `${c.treatment} − ${c.control}`,
    `${c.orders.treatment} / ${c.orders.control}`,
    bounded(c.mean),
    shown(c.mean.pValue, 3),
    bounded(c.q95),
    shown(c.q95.pValue, 3),
    c.q95Improvement ? percent(c.q95Improvement.value, 1) : '',
    bounded(c.completion),
    c.power ? percent(c.power.probability, 0) : '',
  ]);
  return table(['arms', 'orders', 'mean, bps', 'p', 'q95, bps', 'p', 'q95 improved', 'completion', 'power'], rows);
}

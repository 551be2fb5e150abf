import type { Interval } from '../../model/interval.js';
import type { GroupScore } from '../../model/scorecard.js';
import { type UnitWords, wordsOf } from '../../model/units.js';
import { quantileChart } from '../charts/quantileChart.js';
import { tailChart } from '../charts/tailChart.js';
import { bullets, details, figure, NOTHING, table } from '../elements.js';
import { html, type Markup, percent, range, shown, unbroken } from '../html.js';
import type { ReportData, ReportScorecard } from '../reportData.js';
import { stateWords } from './regimes.js';

/** With more names there are more blocks than a reader compares. */
const MOST_NAMES = 150;

/** What the parent orders of the window cost, in parts and by group, and how arms compare. */
export function scorecard({ scorecard: card, names, config }: ReportData): Markup {
  if (!card) return html`<p>No parent orders on the days of the window.</p>`;
  const { groups } = card;
  const units = wordsOf({ config });
  const dimension = groups.some((g) => g.dimension === 'arm') ? 'arm' : 'all';
  const arms = groups.filter((g) => g.dimension === dimension);
  const listed = groups.filter((g) => g.dimension !== 'block' || names.length <= MOST_NAMES);
  return html`${[
    introduction(card, units),
    html`<div class="pair wide">${[
      distributed(card, units),
      figure(tailChart(arms, units), 'Mean, median, q95 and q99 with their intervals'),
    ]}</div>`,
    groupTable(listed),
    comparisons(card, units),
    issueTable(card),
    card.notes.length > 0 ? bullets(card.notes) : NOTHING,
  ]}`;
}

function introduction({ parents, intervals }: ReportScorecard, { ofNotional }: UnitWords): Markup {
  const { coverage, clusters, clusteredBy } = intervals;
  const sentences = [
    `Implementation shortfall of ${parents} parent orders against the mid at arrival, ${ofNotional},`,
    'what was not filled valued at the deadline. The parts sum to the mean.',
    `${percent(coverage, 0)} intervals resample ${clusters} clusters (by ${clusteredBy}).`,
  ];
  return html`<p>${sentences.join(' ')}</p>`;
}

const STRIP_EXPLAINED =
  'Shortfall of orders: the stroke is the median, the thick bar the middle half, the thin one nine in ten, the line all but the ' +
  'first and the last hundredth.';

const distributed = ({ distributions = [] }: ReportScorecard, units: UnitWords): Markup =>
  distributions.length > 0 ? figure(quantileChart(distributions, units), STRIP_EXPLAINED) : NOTHING;

function groupTable(groups: readonly GroupScore[]): Markup {
  const parts = Object.keys(groups[0].parts);
  const rows = groups.map((g) => [
    g.dimension === 'all' ? 'all' : `${g.dimension} ${inWords(g)}`,
    shown(g.parents, 5),
    bounded(g.shortfall.mean),
    shown(g.shortfall.median.value, 3),
    bounded(g.shortfall.q95),
    shown(g.shortfall.q99.value, 3),
    ...Object.values(g.parts).map((part) => shown(part, 3)),
    percent(g.completion, 1),
    shown(g.deadlineMisses, 5),
  ]);
  return table(['orders', 'count', 'mean', 'median', 'q95', 'q99', ...parts, 'completion', 'misses'], rows);
}

const inWords = ({ dimension, group }: GroupScore): string => (dimension === 'regime' ? stateWords(group) : group);

function bounded(estimate: Interval): string {
  const interval = range(estimate);
  return unbroken(`${shown(estimate.value, 3)}${interval === '' ? '' : ` (${interval})`}`);
}

function comparisons({ comparisons: all }: ReportScorecard, { move }: UnitWords): Markup {
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
  const [mean, q95] = [`mean, ${move}`, `q95, ${move}`];
  return table(['arms', 'orders', mean, 'p', q95, 'p', 'q95 improved', 'completion', 'power'], rows);
}

function issueTable({ issues }: ReportScorecard): Markup {
  if (issues.length === 0) return NOTHING;
  const rows = issues.map(({ issue, count, meaning }) => [issue.replaceAll('_', ' '), count, meaning]);
  return details('What was wrong with orders and fills', table(['issue', 'rows', 'what became of them'], rows));
}
